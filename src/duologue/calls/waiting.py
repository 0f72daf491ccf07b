"""Who is at the session alone, and since when? From what was seen, not from clicks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from duologue.bookings.models import Booking, Party
from duologue.calls import presence
from duologue.calls.models import Join, Presence, Sighting

_THERE = frozenset({presence.State.WAITING, presence.State.DOOR, presence.State.HERE})
BELIEVED_FOR = timedelta(minutes=30)
"""Platforms tell when somebody comes, but not all tell when they go."""


@dataclass(frozen=True, slots=True)
class Waits:
    """This party is there by itself; the other one has not come at all."""

    party: Party
    since: datetime


def who_waits(booking: Booking, *, now: datetime) -> Waits | None:
    """None when nobody is there, or both were, or the other one pressed Join and is on the way."""
    for party, other in ((Party.HOST, Party.ATTENDEE), (Party.ATTENDEE, Party.HOST)):
        came = _is_there_since(booking, party, now)
        if came is not None and not _is_coming(booking, other):
            return Waits(party, max(came, booking.starts_at))
    return None


def _is_there_since(booking: Booking, party: Party, now: datetime) -> datetime | None:
    stay = presence.latest(booking, party)
    if stay is not None and presence.state(stay, now) in _THERE:
        return stay.arrived_at
    seen = Sighting.objects.filter(booking=booking, party=party.value).order_by("-at").first()
    return seen.at if seen is not None and now - seen.at <= BELIEVED_FOR else None


def _is_coming(booking: Booking, party: Party) -> bool:
    """Seen at any time, or on the way: a click is not attendance, but nobody is called who comes already."""
    mine = {"booking": booking, "party": party.value}
    return any(model.objects.filter(**mine).exists() for model in (Presence, Sighting, Join))
