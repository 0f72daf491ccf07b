"""Who waits at the door of our own room until the host lets them in, where the host does so by hand?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from duologue.bookings.models import Booking, Party
from duologue.calls import presence
from duologue.calls.models import Admission


@dataclass(frozen=True, slots=True)
class There:
    """Somebody is in the room, or waits at its door for the host's word."""

    since: datetime
    at_door: bool


def admissions(booking_id: Any, starts_at: Any) -> QuerySet[Admission]:
    """One at most: that of the time at which the session is now. One that is moved is another meeting."""
    return Admission.objects.filter(booking=booking_id, starts_at=starts_at)


def is_outside(booking: Booking, party: Party) -> bool:
    """Whether this one has to be let in first, where the session takes place in our own room."""
    by_hand = party is Party.ATTENDEE and booking.event_type.admits_by_hand
    return by_hand and not admissions(booking.pk, booking.starts_at).exists()


def other_there(booking: Booking, party: Party, *, now: datetime) -> There | None:
    """Where the other one is, if they are here; nothing for one who is outside."""
    stay = None if is_outside(booking, party) else presence.latest(booking, party.other)
    state, since = presence.state(stay, now), presence.since(stay, now)
    if since is None or state not in {presence.State.HERE, presence.State.DOOR}:
        return None
    return There(since, at_door=state is presence.State.DOOR)


def waits(booking: Booking, *, now: datetime) -> bool:
    """Whether the attendee stands at the door now and the host has not let them in yet."""
    at_door = presence.state(presence.latest(booking, Party.ATTENDEE), now) is presence.State.DOOR
    return at_door and not admissions(booking.pk, booking.starts_at).exists()
