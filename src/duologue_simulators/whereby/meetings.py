"""What does Whereby take for a meeting, what does it keep of it, and who is in its room?"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

GONE_AFTER = timedelta(hours=1)
FIELDS: Mapping[str, type] = {
    "endDate": str,
    "startDate": str,
    "isLocked": bool,
    "roomMode": str,
    "roomNamePrefix": str,
    "roomNamePattern": str,
    "fields": list,
}
_CHOICES = {"roomMode": {"group", "normal"}, "roomNamePattern": {"uuid", "human-short"}}
EXTRAS = {"hostRoomUrl", "viewerRoomUrl"}
_SHORT = "abcdefghijkmnopqrstuvwxyz23456789"


def instant(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def wrong_wish(body: Any, now: datetime) -> str:
    """What Whereby does not like about a meeting that is asked for; empty when it makes it."""
    if not isinstance(body, dict):
        return "an object is wanted"
    for name, value in body.items():
        if name not in FIELDS or not isinstance(value, FIELDS[name]):
            return f"{name} is unknown or of another type"
        if value not in _CHOICES.get(name, [value]):
            return f"{name} cannot be {value}"
    if not re.fullmatch("[a-z0-9-]{0,39}", body.get("roomNamePrefix", "")):
        return "roomNamePrefix has up to 39 letters of a-z0-9"
    ends_at = instant(body.get("endDate", ""))
    if ends_at is None or ends_at < now:
        return "endDate has to be a date to come"
    return "" if set(body.get("fields", [])) <= EXTRAS else "fields has unknown names"


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody in a room. `external_id` is what stood in their address."""

    name: str
    external_id: str
    role: str


@dataclass
class Meeting:
    """`knocking` waits at the door of a locked room, `admitted` was let in (external ids)."""

    url: str
    given: Mapping[str, Any]
    created: datetime
    id: str = field(default_factory=lambda: str(secrets.randbelow(10**9)))
    key: str = field(default_factory=lambda: secrets.token_urlsafe(40))
    knocking: dict[str, str] = field(default_factory=dict)
    admitted: set[str] = field(default_factory=set)
    clients: list[Client] = field(default_factory=list)
    room: str = ""

    def __post_init__(self) -> None:
        is_short = self.given.get("roomNamePattern") == "human-short"
        name = "".join(secrets.choice(_SHORT) for _ in range(6)) if is_short else str(uuid4())
        prefix = self.given.get("roomNamePrefix", "")
        self.room = f"{prefix}-{name}" if prefix else name

    @property
    def ends_at(self) -> datetime:
        return instant(self.given["endDate"]) or self.created

    @property
    def is_locked(self) -> bool:
        return bool(self.given.get("isLocked"))

    def is_gone(self, now: datetime) -> bool:
        """Rooms open when they are made, whatever `startDate` says, and go an hour after their end."""
        return now >= self.ends_at + GONE_AFTER

    def shown(self, extras: set[str]) -> dict[str, Any]:
        room_url = f"{self.url}/{self.room}"
        more = {"hostRoomUrl": f"{room_url}?roomKey={self.key}", "viewerRoomUrl": f"{room_url}?viewer"}
        return {
            "meetingId": self.id,
            "roomName": f"/{self.room}",
            "roomUrl": room_url,
            "startDate": _zulu(self.created),
            "endDate": _zulu(self.ends_at),
            **{name: more[name] for name in sorted(extras)},
        }


def _zulu(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
