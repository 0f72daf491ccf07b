"""What does Zoom keep of a meeting, and how does it show it?"""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from duologue_simulators.oauth import Person
from duologue_simulators.zoom import checks

KEPT_FOR = timedelta(days=30)
START_URL_LIVES = timedelta(hours=2)
LISTED_AGENDA = 250


@dataclass
class Meeting:
    """One scheduled meeting. `keys` are the tokens in its `start_url`s, with their end."""

    id: int
    host: Person
    given: dict[str, Any]
    created: datetime
    uuid: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(16)).decode())
    encrypted: str = field(default_factory=lambda: f"{secrets.token_urlsafe(22)}.1")
    started: bool = False
    ended: bool = False
    keys: dict[str, datetime] = field(default_factory=dict)

    @property
    def starts(self) -> datetime:
        return checks.instant(self.given) if "start_time" in self.given else self.created

    @property
    def ends(self) -> datetime:
        return self.starts + timedelta(minutes=self.given.get("duration", 60))

    def is_forgotten(self, now: datetime) -> bool:
        return now > max(self.starts, self.created) + KEPT_FOR

    def change(self, given: dict[str, Any]) -> None:
        inner = {**self.given.get("settings", {}), **given.get("settings", {})}
        self.given = {**self.given, **given, "settings": inner}

    def join_url(self, base: str) -> str:
        return f"{base}/j/{self.id}?pwd={self.encrypted}"

    def start_url(self, base: str, now: datetime) -> str:
        """The host's address, made anew each time; whoever has it is the host for two hours."""
        key = f"zak-{secrets.token_urlsafe(24)}"
        self.keys[key] = now + START_URL_LIVES
        return f"{base}/s/{self.id}?zak={key}"

    def opens_for_host(self, key: str, now: datetime) -> bool:
        return key in self.keys and now < self.keys[key]

    def whole(self, base: str, now: datetime) -> dict[str, Any]:
        """As created or fetched."""
        return {
            **self.short(base),
            "host_email": self.host.email,
            "status": "started" if self.started else "waiting",
            "agenda": self.given.get("agenda", ""),
            "start_url": self.start_url(base, now),
            "join_url": self.join_url(base),
            "password": self.given.get("password", ""),
            "encrypted_password": self.encrypted,
            "pre_schedule": False,
            "settings": self.given.get("settings", {}),
        }

    def short(self, base: str) -> dict[str, Any]:
        """As listed: no passcode, and of the agenda only the beginning."""
        return {
            "uuid": self.uuid,
            "id": self.id,
            "host_id": self.host.id,
            "topic": self.given.get("topic", "Zoom Meeting"),
            "type": self.given.get("type", 2),
            "start_time": zulu(self.starts),
            "duration": self.given.get("duration", 60),
            "timezone": self.given.get("timezone", "UTC"),
            "agenda": self.given.get("agenda", "")[:LISTED_AGENDA],
            "created_at": zulu(self.created),
            "join_url": f"{base}/j/{self.id}",
        }

    def joined(self, who: Person | None, at: datetime) -> dict[str, Any]:
        """The event of somebody entering; only people who are signed in have an id."""
        participant = {
            "user_id": str(16778240 + secrets.randbelow(1000)),
            "user_name": who.name if who else "Guest",
            "id": who.id if who else "",
            "participant_uuid": secrets.token_hex(16),
            "join_time": zulu(at),
            "email": who.email if who else "",
        }
        about = {
            "id": str(self.id),
            "uuid": self.uuid,
            "host_id": self.host.id,
            "topic": self.given.get("topic", ""),
            "type": 2,
            "start_time": zulu(self.starts),
            "timezone": "UTC",
            "duration": self.given.get("duration", 60),
            "participant": participant,
        }
        return {
            "event": "meeting.participant_joined",
            "event_ts": int(at.timestamp() * 1000),
            "payload": {"account_id": "account-of-this-zoom", "object": about},
        }


def zulu(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
