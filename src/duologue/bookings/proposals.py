"""Which other times does a host offer for a session, and do they still stand?

Nothing is written when time ends a proposal: it stands while the session can be moved and is still where it
was when the times were offered. What stands takes nobody's time; who accepts takes it as any move does.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from duologue.bookings.models import Booking, Proposal
from duologue.bookings.policy import can_cancel_until, is_cancellable

MOST = 3
"""Times in one proposal."""


def stands(proposal: Proposal, booking: Booking, *, now: datetime) -> bool:
    """Whether it waits for an answer: not answered, and the session neither moved nor out of reach since."""
    if proposal.state != Proposal.State.OPEN or proposal.sequence != booking.ics_sequence:
        return False
    return _can_move(booking, now) and now < answer_until(proposal, booking)


def answer_until(proposal: Proposal, booking: Booking) -> datetime:
    """The instant before which it can be answered: the session can be moved, and a time lies ahead."""
    return min(can_cancel_until(booking.starts_at, booking.cancel_hours), proposal.times[-1])


def standing(booking: Booking, *, now: datetime) -> Proposal | None:
    """The one that waits for the attendee's answer."""
    return standing_of([booking], now=now).get(booking.pk)


def standing_of(bookings: Iterable[Booking], *, now: datetime) -> dict[UUID, Proposal]:
    """The same for several, by booking, in one query at most."""
    by_id = {one.pk: one for one in bookings if _can_move(one, now)}
    if not by_id:
        return {}
    found = Proposal.objects.filter(booking__in=by_id, state=Proposal.State.OPEN)
    return {one.booking_id: one for one in found if stands(one, by_id[one.booking_id], now=now)}


def _can_move(booking: Booking, now: datetime) -> bool:
    return is_cancellable(booking.status_at(now), booking.starts_at, booking.cancel_hours, now)
