"""What does Twilio take for a room, when does one close by itself, and who is in it?"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

LIMITS = {
    "MaxParticipants": (1, 50),
    "MaxParticipantDuration": (600, 86400),
    "EmptyRoomTimeout": (1, 60),
    "UnusedRoomTimeout": (1, 60),
}
_USUAL = {
    "MaxParticipants": 50,
    "MaxParticipantDuration": 14400,
    "EmptyRoomTimeout": 5,
    "UnusedRoomTimeout": 5,
}
TYPES = {"go", "peer-to-peer", "group", "group-small"}


def wrong_wish(form: Mapping[str, str]) -> str:
    """What Twilio does not like about a room that is asked for; fields that it does not know it ignores."""
    if form.get("Type", "group") not in TYPES:
        return "Invalid Type"
    for name, (least, most) in LIMITS.items():
        value = form.get(name, str(most))
        if not value.isdecimal() or not least <= int(value) <= most:
            return f"{name} is out of range"
    if not 0 < len(form.get("UniqueName", "any")) <= 128 or "/" in form.get("UniqueName", ""):
        return "Invalid UniqueName"
    return ""


@dataclass(frozen=True, slots=True)
class Participant:
    identity: str
    joined_at: float
    leaves_at: float


@dataclass
class Room:
    """`completed_at` is set when somebody ended it; unused or empty for too long it ends by itself."""

    given: Mapping[str, str]
    created_at: float
    sid: str = field(default_factory=lambda: f"RM{secrets.token_hex(16)}")
    participants: list[Participant] = field(default_factory=list)
    completed_at: float | None = None

    @property
    def unique_name(self) -> str:
        return self.given.get("UniqueName", self.sid)

    def limit(self, name: str) -> int:
        return int(self.given.get(name, _USUAL[name]))

    def inside(self, now: float) -> list[Participant]:
        """Who is there now."""
        return [] if self.is_over(now) else [one for one in self.participants if now < one.leaves_at]

    def is_over(self, now: float) -> bool:
        if self.completed_at is not None:
            return now >= self.completed_at
        if not self.participants:
            return now >= self.created_at + 60 * self.limit("UnusedRoomTimeout")
        return now >= max(one.leaves_at for one in self.participants) + 60 * self.limit("EmptyRoomTimeout")

    def enter(self, identity: str, now: float) -> None:
        """Whoever was there under the same identity is thrown out."""
        self.participants = [one for one in self.participants if one.identity != identity]
        self.participants.append(Participant(identity, now, now + self.limit("MaxParticipantDuration")))

    def leave(self, identity: str, now: float) -> None:
        self.participants = [
            Participant(one.identity, one.joined_at, now) if one.identity == identity else one
            for one in self.participants
        ]

    def shown(self, base: str, account: str, now: float) -> dict[str, Any]:
        url = f"{base}/v1/Rooms/{self.sid}"
        return {
            "account_sid": account,
            "sid": self.sid,
            "unique_name": self.unique_name,
            "status": "completed" if self.is_over(now) else "in-progress",
            "type": self.given.get("Type", "group"),
            "date_created": f"{datetime.fromtimestamp(self.created_at, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "date_updated": f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "max_participants": self.limit("MaxParticipants"),
            "max_participant_duration": self.limit("MaxParticipantDuration"),
            "empty_room_timeout": self.limit("EmptyRoomTimeout"),
            "unused_room_timeout": self.limit("UnusedRoomTimeout"),
            "url": url,
            "links": {"participants": f"{url}/Participants"},
        }
