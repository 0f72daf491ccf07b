"""What do two people of the demo world still have to settle? Other times that wait for an answer, and a next
session to be paid; both made by the product itself, mails and all."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from duologue.bookings.models import Booking
from duologue.bookings.transitions import Actor
from duologue.scheduling.intervals import instant
from duologue.usecases.book_follow_up import NextTime, book_follow_up
from duologue.usecases.find_slots import open_slots
from duologue.usecases.propose_times import propose

_FROM, _TO = timedelta(days=5), timedelta(days=21)


def make(over: Booking, ahead: Booking, now: datetime) -> None:
    """The host proposes two other times for `ahead`, and books what comes after `over`."""
    following, *others = _free_days(over, now)
    propose(ahead, others[:2], now=now)
    book_follow_up(
        over, NextTime(over.event_type_id, following), by=Actor("host", over.host.user_id), now=now
    )


def _free_days(booking: Booking, now: datetime) -> Iterator[datetime]:
    """The first time of each day at which the host is open and the attendee has nothing else."""
    days = set()
    for start in open_slots(booking.event_type, now + _FROM, now + _TO, now=now):
        at = instant(start)
        if at.date() not in days and not _is_elsewhere(booking, at):
            days.add(at.date())
            yield at


def _is_elsewhere(booking: Booking, at: datetime) -> bool:
    own = Booking.objects.filter(attendee=booking.attendee_id)
    return own.filter(starts_at__lt=at + booking.duration, ends_at__gt=at).exists()
