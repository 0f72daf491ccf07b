"""What must stand in the demo world for a picture? Each function does it and returns a visitor's cookie."""

from datetime import UTC, datetime, timedelta

from bench.world import cookie_of
from duologue.accounts.models import User
from duologue.bookings.models import Booking
from duologue.core import clock
from duologue.core.errors import Refused
from duologue.scheduling.models import EventType
from duologue.usecases.book import Wish, book
from duologue.usecases.find_slots import open_slots
from duologue.usecases.give_details import Details, give_details
from duologue.video.models import MeetingLink

DAY = timedelta(days=1)
AMARA, SOMEBODY_NEW = "amara@demo.example", "nils@people.example"


def settled() -> str:
    """The demo world as it is, with one time that is held and not paid."""
    amara = _amara()
    for offer in EventType.objects.filter(price_amount__gt=0).exclude(host=_next(amara).host).order_by("pk"):
        for slot in open_slots(offer, _now() + 2 * DAY, _now() + 14 * DAY, now=_now()):
            wish = Wish(offer.pk, datetime.fromtimestamp(slot, UTC), browser="b" * 64, user=amara)
            try:
                booking = book(wish, now=_now())
            except Refused:
                continue  # she is elsewhere then
            give_details(booking, Details(name=amara.name, email=amara.email, user=amara), now=_now())
            return cookie_of(amara)
    msg = "Nobody has a time that Amara could hold."
    raise RuntimeError(msg)


def roomless() -> str:
    """The next session has no room yet."""
    amara = _amara()
    MeetingLink.objects.filter(booking=_next(amara)).delete()
    return cookie_of(amara)


def empty() -> str:
    """Somebody has just come."""
    made = User.objects.create_user(
        SOMEBODY_NEW, name="Nils Newman", date_joined=_now(), email_proved_at=_now()
    )
    return cookie_of(made)


def _amara() -> User:
    return User.objects.get(email=AMARA)


def _next(attendee: User) -> Booking:
    return attendee.bookings.select_related("host").filter(starts_at__gt=_now()).earliest("starts_at")


def _now() -> datetime:
    return clock.now()
