"""What does Daily keep of a room, who may enter it, and until when may they stay?"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a room. `leaves_at` in unix seconds is when Daily throws them out, None for never."""

    session: str
    user_id: str
    name: str
    is_owner: bool
    joined_at: float
    leaves_at: float | None


@dataclass
class Room:
    name: str
    created_at: float
    privacy: str = "public"
    config: dict[str, Any] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    id: str = field(default_factory=lambda: secrets.token_hex(16))

    def change(self, given: Mapping[str, Any]) -> None:
        self.privacy = given.get("privacy", self.privacy)
        self.config |= given.get("properties", {})

    def shown(self, base: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "api_created": True,
            "privacy": self.privacy,
            "url": f"{base}/{self.name}",
            "created_at": datetime.fromtimestamp(self.created_at, UTC).isoformat(timespec="milliseconds"),
            "config": self.config,
        }

    def inside(self, now: float) -> list[Person]:
        """Who is there now."""
        return [one for one in self.people if one.leaves_at is None or now < one.leaves_at]

    def is_over(self, now: float) -> bool:
        return now >= float(self.config.get("exp", "inf"))

    def refusal(self, token: Mapping[str, Any] | None, now: float) -> str:
        """Why nobody with this token enters now; empty when they do."""
        if token is None and self.privacy == "private":
            return "You are not allowed to join this meeting"
        shown = token or {}
        # A token that names no room opens them all.
        if shown.get("room_name", self.name) != self.name:
            return "You are not allowed to join this meeting"
        if now < max(self.config.get("nbf", 0), shown.get("nbf", 0)):
            return "This meeting has not opened yet"
        if self.is_over(now) or now >= shown.get("exp", float("inf")):
            return "The meeting link has expired"
        if len(self.inside(now)) >= self.config.get("max_participants", 200):
            return "This meeting is full"
        return ""

    def enter(self, token: Mapping[str, Any] | None, now: float) -> Person:
        shown = token or {}
        person = Person(
            session=secrets.token_hex(16),
            user_id=shown.get("user_id", secrets.token_hex(8)),
            name=shown.get("user_name", "Guest"),
            is_owner=shown.get("is_owner", False),
            joined_at=now,
            leaves_at=self._end(shown, now),
        )
        self.people.append(person)
        return person

    def _end(self, token: Mapping[str, Any], now: float) -> float | None:
        """A token that says anything of throwing out overrides all that the room says of it."""
        rules, flag = self.config, "eject_at_room_exp"
        if "eject_at_token_exp" in token or "eject_after_elapsed" in token:
            rules, flag = dict(token), "eject_at_token_exp"
        ends = [rules["exp"]] if rules.get(flag) and "exp" in rules else []
        if "eject_after_elapsed" in rules:
            ends.append(now + rules["eject_after_elapsed"])
        return min(ends, default=None)
