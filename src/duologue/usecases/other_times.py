"""To which times can a session be moved? Open slots of what was sold, as if its own time were free already.

The rules are those of booking (BOOK-1) as the host has them now; only the length is the one that was agreed.
What is not offered to others any more can still be moved.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from duologue.bookings.models import Booking
from duologue.core.errors import NotFound
from duologue.scheduling import seconds, slots, terms
from duologue.scheduling.intervals import Interval, epoch, instant
from duologue.scheduling.slots import Question
from duologue.scheduling.terms import Terms
from duologue.usecases import find_slots

_A_SECOND = timedelta(seconds=1)


def terms_of(booking: Booking) -> Terms:
    """The offer's rules as they are now, with the length of this session."""
    sold = terms.sold(booking.event_type_id)
    if sold is None:
        raise NotFound(_("There is no such offer."))
    length = int(booking.duration.total_seconds())
    return replace(sold.terms, rules=replace(sold.terms.rules, duration=length))


def question(booking: Booking, asked: Terms, start: datetime, end: datetime, *, now: datetime) -> Question:
    """Everything that decides which starts in `[start, end)` this session could have instead."""
    found = seconds.together(*find_slots.reads([asked], start, end, now=now))
    whole = find_slots.answered([asked], found, now=now)[asked.event_type_id]
    return slots.without(whole, _claim(booking), epoch(booking.starts_at))


def refusal(booking: Booking, asked: Terms, to: datetime, *, now: datetime) -> slots.Refusal | None:
    """Why the session cannot begin then; None when it can. The present start is as good as any other."""
    beyond = find_slots.out_of_reach(to, now=now)
    if beyond is not None:
        return beyond
    return find_slots.refusal_of(question(booking, asked, to, to + _A_SECOND, now=now), to)


def near(booking: Booking, around: datetime, *, now: datetime, count: int = 3) -> list[datetime]:
    """The times closest to one that cannot be had, in order of time, without the present one."""
    asked = terms_of(booking)
    start, end = max(now, around - find_slots.NEAR), around + find_slots.NEAR
    if start >= end or not booking.host.is_bookable:
        return []
    found = slots.open_slots(question(booking, asked, start, end, now=now), epoch(start), epoch(end))
    others = (one for one in found if one != epoch(booking.starts_at))
    return [instant(one) for one in sorted(sorted(others, key=lambda one: abs(one - epoch(around)))[:count])]


def _claim(booking: Booking) -> Interval:
    """As `seconds` reads it: the whole seconds that the claim touches."""
    until = booking.blocked_until
    return epoch(booking.blocked_from), epoch(until) + (1 if until.microsecond else 0)
