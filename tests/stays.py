"""Who is and was in our own room, as its rows tell it?"""

from dataclasses import dataclass
from datetime import datetime

from duologue.bookings.models import Booking, Party
from duologue.calls.models import Presence
from duologue.calls.presence import State, latest, state


@dataclass(frozen=True, slots=True)
class Stay:
    """A person was in the room in `[start, end)`; `connected` says whether picture or sound ever flowed."""

    party: Party
    start: datetime
    end: datetime
    connected: bool


def here(booking: Booking, *, now: datetime) -> set[Party]:
    """Who has gone in and is there now."""
    return {party for party in Party if state(latest(booking, party), now) is State.HERE}


def stays(booking: Booking) -> list[Stay]:
    """Everyone's stays inside, oldest first. A browser that was killed ends when it was last seen."""
    entered = Presence.objects.filter(booking=booking, entered_at__isnull=False).order_by("entered_at", "id")
    return [
        Stay(Party(one.party), one.entered_at, one.left_at or one.seen_at, one.connected_at is not None)
        for one in entered
        if one.entered_at is not None
    ]


def came(booking: Booking) -> set[Party]:
    """Who was in the room at any time."""
    return {stay.party for stay in stays(booking)}


def met(booking: Booking) -> bool:
    """Whether picture or sound flowed between the two."""
    return any(stay.connected for stay in stays(booking))
