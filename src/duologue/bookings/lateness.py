"""Who said that they come late, and by how much? A word counts for the time that it was said about."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from duologue.bookings.models import Booking, Party, RunningLate
from duologue.bookings.states import AGREED
from duologue.core.kept import Kept, given

_WORD = Kept(
    lambda: RunningLate.objects.filter(
        booking_id=given("booking"), party=given("party"), starts_at=given("starts_at")
    )
)
MINUTES = (5, 10, 15)
FROM = timedelta(minutes=15)
"""It can be said this long before the start …"""
UNTIL = timedelta(minutes=15)
"""… and this long after it."""


def may_say(booking: Booking, said: RunningLate | None, now: datetime) -> tuple[int, ...]:
    """How many minutes somebody can say now: a first word of five, then only more; none outside the time."""
    if not is_time(booking, now):
        return ()
    return MINUTES[:1] if said is None else tuple(minutes for minutes in MINUTES if minutes > said.minutes)


def is_time(booking: Booking, now: datetime) -> bool:
    """Whether anything can be said now."""
    is_near = booking.starts_at - FROM <= now < booking.starts_at + UNTIL
    return is_near and booking.status_at(now) in AGREED


def words_about(bookings: Iterable[Booking]) -> dict[tuple[UUID, Party], RunningLate]:
    """What was said, by booking and by who said it, in one query."""
    times = {booking.pk: booking.starts_at for booking in bookings}
    if not times:
        return {}
    found = RunningLate.objects.filter(booking__in=times)
    return {
        (word.booking_id, Party(word.party)): word
        for word in found
        if word.starts_at == times[word.booking_id]
    }


def word_of(booking: Booking, party: Party) -> RunningLate | None:
    """What one of the two said about the session as it is planned now."""
    return _WORD.first(booking=booking.pk, party=party.value, starts_at=booking.starts_at)


def counts(word: RunningLate | None, now: datetime) -> bool:
    """Whether it is still news: once they should be there it is not."""
    return word is not None and now < word.starts_at + timedelta(minutes=word.minutes)
