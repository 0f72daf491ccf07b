"""Sessions that were really paid for: held, checked out, settled and confirmed by the product itself."""

from datetime import UTC, datetime, timedelta

from duologue.accounts.models import User
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.payments.models import CheckoutAttempt
from duologue.payments.providers.sandbox import SandboxProvider
from duologue.scheduling.models import EventType
from duologue.usecases.begin_checkout import begin_checkout
from duologue.usecases.book import Wish, book
from duologue.usecases.find_slots import open_slots
from duologue.usecases.give_details import Details, give_details
from duologue.usecases.settle_payment import settle_payment

BROWSER = "b" * 64
ADDRESS = "amara@obi.example"


def open_start(
    offer: EventType, now: datetime, *, after: timedelta = timedelta(days=2), nth: int = 0
) -> datetime:
    """The first open start of a whole day at least so far ahead, or the nth after it.

    Whole days, so that no minute of a week is unlike another: nothing is too soon half an hour later.
    """
    begin = (now + after).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return datetime.fromtimestamp(open_slots(offer, begin, begin + timedelta(days=14), now=now)[nth], UTC)


def pay_for(booking: Booking, *, now: datetime) -> CheckoutAttempt:
    """Open the payment page and press Pay there; nobody has told us of it yet."""
    begin_checkout(booking, now=now)
    attempt = CheckoutAttempt.objects.filter(payment__booking=booking).latest("created_at")
    assert SandboxProvider().pay(attempt.external_id)
    return attempt


def hold(
    offer: EventType,
    attendee: User | None = None,
    *,
    now: datetime | None = None,
    starts_at: datetime | None = None,
    browser: str = BROWSER,
) -> Booking:
    """A held time with a name: Amara's, without an account unless one is given."""
    now = now or clock.now()
    at = starts_at or open_start(offer, now)
    booking = book(Wish(event_type_id=offer.pk, starts_at=at, browser=browser, user=attendee), now=now)
    email = attendee.email if attendee else ADDRESS
    give_details(booking, Details(name="Amara Obi", email=email, user=attendee), now=now)
    return booking


def sell(offer: EventType, attendee: User | None = None, **how: object) -> Booking:
    """A confirmed session whose price was collected. `how` is as for `hold`."""
    now = how.get("now") or clock.now()
    assert isinstance(now, datetime)
    booking = hold(offer, attendee, **how)
    settle_payment(pay_for(booking, now=now).pk, now=now)
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED
    return Booking.objects.select_related("host__user", "attendee", "event_type").get(pk=booking.pk)
