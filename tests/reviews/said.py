"""Sessions that took place, and what people said of them."""

from datetime import datetime, timedelta
from typing import Any

from duologue.accounts.models import User
from duologue.bookings.models import Booking, Party
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.reviews.models import Review
from duologue.scheduling.models import EventType
from duologue.usecases.write_review import Said, write_review
from tests.cast import make_booking

GOOD = Said(5, "She found the one screen that mattered.")
FINE = Said(4, "Well prepared, and on time.")
A_DAY = timedelta(days=1)
TWO_WEEKS = timedelta(days=14)


def held(
    offer: EventType,
    attendee: User | None = None,
    *,
    ago: timedelta = timedelta(hours=30),
    status: Status = Status.COMPLETED,
    **fields: Any,
) -> Booking:
    """A session that began so long ago, with its people."""
    made = make_booking(offer, attendee, starts_at=clock.now() - ago, status=status, **fields)
    return Booking.objects.select_related("host__user", "attendee", "event_type").get(pk=made.pk)


def say(booking: Booking, by: str, said: Said = GOOD, *, now: datetime | None = None) -> Review:
    return write_review(booking, Party(by), said, now=now or clock.now())


def public(offer: EventType, attendee: User | None = None, said: Said = GOOD, **how: Any) -> Review:
    """An attendee's review that everybody reads: of a session three weeks ago or more."""
    before = offer.host.bookings.count()
    return say(held(offer, attendee, ago=timedelta(days=21, hours=3 * before), **how), "attendee", said)
