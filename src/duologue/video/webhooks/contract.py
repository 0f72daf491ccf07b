"""What must be known of a platform whose webhooks tell who joined? Pure; and the parts all of them share.

Each platform has a module here with the three functions of `Source`.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from duologue.core.errors import Invalid
from duologue.video.contract import Role

TOLERANCE = timedelta(seconds=300)
"""How old, or how far ahead of our clock, a signature may be: what was overheard is soon worthless."""
_NAME = re.compile(r"[!-~]{1,255}")
_DIGITS_OF_MILLISECONDS = 13


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a platform tells. `id` is its own, or the body's SHA-256 where it gives none."""

    id: str
    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sighted:
    """Somebody entered a room, or left it. `room_id` is that of `CreatedMeeting`.

    `visit` is what the platform calls this one visit, the same when it ends; empty where it says nothing.
    """

    room_id: str
    role: Role
    at: datetime
    visit: str = ""
    has_left: bool = False


class Source(Protocol):
    """One platform's webhooks. `OVERLOOKS` are the roles that may be in a room without its saying so."""

    OVERLOOKS: frozenset[Role]

    def verify(
        self, body: bytes, headers: Mapping[str, str], secrets: Iterable[str], *, now: datetime
    ) -> str:
        """The secret that signed this body just now; raises Invalid when none did.

        `headers` finds names in lower case.
        """

    def read(self, body: bytes) -> Event:
        """The event in a body; raises Invalid for anything else."""

    def sighted(self, event: Event) -> Sighted | None:
        """Who came or went, where the event tells it; None for others and for what cannot be believed."""


def fitting(secrets: Iterable[str], given: Iterable[bytes], sign: Callable[[str], bytes]) -> str:
    """The secret whose signature is one of those given; raises Invalid."""
    offered = list(given)
    for secret in secrets:
        ours = sign(secret)
        if any(hmac.compare_digest(ours, one) for one in offered):
            return secret
    raise Invalid("No secret fits the signature.")


def stamped(header: str) -> tuple[str, list[bytes]]:
    """The time and the signatures of a header such as `t=1,v1=a,v1=b`; raises Invalid."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    given = [value.encode() for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not given:
        raise Invalid("The signature header is missing or has another form.")
    return times[0], given


def check_fresh(seconds: str, now: datetime) -> None:
    """Raise Invalid unless these unix seconds, or milliseconds, are about now."""
    if not re.fullmatch(r"[0-9]{1,13}", seconds):
        raise Invalid("The signature tells no time.")
    at = int(seconds) / (1000 if len(seconds) == _DIGITS_OF_MILLISECONDS else 1)
    if abs(now.timestamp() - at) > TOLERANCE.total_seconds():
        raise Invalid("The signature is too old, or from the future.")


def parse(body: bytes) -> dict[str, Any]:
    """The object in a body; raises Invalid."""
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid("This is no event.")
    return found


def event(id_: Any, type_: Any, data: Any) -> Event:
    """The event, if all its parts are what they should be; raises Invalid."""
    names = (isinstance(one, str) and _NAME.fullmatch(one) for one in (id_, type_))
    if not all(names) or len(type_) > 100 or not isinstance(data, dict):
        raise Invalid("This is no event.")
    return Event(id_, type_, data)


def id_of(body: bytes) -> str:
    """For vendors whose events have no id: a repetition has the same body."""
    return hashlib.sha256(body).hexdigest()


def text_at(data: Any, *path: str) -> str:
    """The name at the end of a path through objects; empty for anything else."""
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return data if isinstance(data, str) and _NAME.fullmatch(data) else ""


def instant(value: Any) -> datetime | None:
    """An ISO time with its zone, or unix seconds, as UTC; None for anything else."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None
