"""Who plays in the tests? A host, an attendee, a stranger and an operator, and ways to make more of them.

The functions write rows directly and can be called from any test that may use the database; the fixtures
of the same names as people are the standing cast.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from duologue.accounts import codes
from duologue.accounts.models import Host, MailedCode, User
from duologue.bookings import join_links
from duologue.bookings.models import Booking, BookingTransition
from duologue.bookings.names import write_on
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.core.ids import uuid7
from duologue.scheduling.models import AvailabilityRule, DateOverride, EventType

PASSWORD = "correct horse battery staple"
NINE, FIVE = 9 * 60, 17 * 60
WORKDAYS = range(5)
_numbers = count(1)


def make_user(email: str = "", *, name: str = "", password: str | None = None, **fields: Any) -> User:
    """A user with a proved address; `email_proved_at=None` makes one who has not proved it."""
    number = next(_numbers)
    joined = clock.now()
    given = {"date_joined": joined, "email_proved_at": joined, **fields}
    return User.objects.create_user(
        email or f"person{number}@people.example", password, name=name or f"Person {number}", **given
    )


def make_host(
    user: User | None = None,
    *,
    slug: str = "",
    zone: str = "Europe/Berlin",
    hours: Iterable[tuple[int, int, int]] | None = None,
    **fields: Any,
) -> Host:
    """An approved host; `hours` are (weekday, from minute, to minute), else Monday to Friday 9 to 17."""
    person = user or make_user()
    person.time_zone, person.time_zone_chosen = zone, True
    person.save(update_fields=["time_zone", "time_zone_chosen"])
    now = clock.now()
    given = {"status": Host.Status.APPROVED, "applied_at": now, "approved_at": now, **fields}
    given.setdefault("headline", "Listens well")
    given.setdefault("search_text", f"{person.name} {given['headline']} {given.get('topics', '')}".lower())
    host = Host.objects.create(user=person, slug=slug or f"host-{next(_numbers)}", **given)
    set_hours(host, hours if hours is not None else [(day, NINE, FIVE) for day in WORKDAYS])
    return host


def set_hours(host: Host, hours: Iterable[tuple[int, int, int]]) -> None:
    """Give a host these weekly windows and no others."""
    host.availability_rules.all().delete()
    AvailabilityRule.objects.bulk_create(
        AvailabilityRule(host=host, weekday=day, start_minute=start, end_minute=end)
        for day, start, end in hours
    )


def set_day(host: Host, day: date, *windows: tuple[int, int]) -> DateOverride:
    """A special day: only these windows, or none at all."""
    override, _ = DateOverride.objects.update_or_create(
        host=host, date=day, defaults={"windows": [list(window) for window in windows]}
    )
    return override


def make_event_type(host: Host, *, price: int = 0, currency: str = "EUR", **fields: Any) -> EventType:
    """An offer; `price` in minor units. An hour long, a start every 30 minutes, a notice of 12 hours."""
    number = next(_numbers)
    given = {"slug": f"offer-{number}", "name": f"Offer {number}", "position": number, **fields}
    return EventType.objects.create(host=host, price_amount=price, currency=currency, **given)


def free_start(host: Host) -> datetime:
    """A whole hour, two days or more ahead, after everything this host has."""
    soonest = clock.now() + timedelta(days=2)
    last = host.bookings.order_by("-blocked_until").values_list("blocked_until", flat=True).first()
    return next_hour(max(soonest, last) if last else soonest)


def next_hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def make_booking(
    event_type: EventType,
    attendee: User | None = None,
    *,
    starts_at: datetime | None = None,
    status: Status = Status.CONFIRMED,
    **fields: Any,
) -> Booking:
    """A booking as a row in any status, with its history and its join links.

    Without an attendee it belongs to `attendee_name` and `attendee_email` alone. A hold lives for 35 minutes
    unless `hold_expires_at` says otherwise.
    """
    number, now = next(_numbers), clock.now()
    start = starts_at or free_start(event_type.host)
    end = start + timedelta(minutes=event_type.duration)
    given: dict[str, Any] = {
        "id": uuid7(now),
        "attendee_name": attendee.name if attendee else f"Guest {number}",
        "attendee_email": attendee.email if attendee else f"guest{number}@people.example",
        "attendee_time_zone": attendee.time_zone if attendee else "UTC",
        "starts_at": start,
        "ends_at": end,
        "blocked_from": start - timedelta(minutes=event_type.buffer_before),
        "blocked_until": end + timedelta(minutes=event_type.buffer_after),
        "hold_expires_at": now + timedelta(minutes=35) if status is Status.PENDING_PAYMENT else None,
        "title": event_type.name,
        "price_amount": event_type.price_amount,
        "currency": event_type.currency,
        "cancel_hours": settings.DUOLOGUE_CANCEL_HOURS,
        "created_at": now,
        "confirmed_at": None if status in {Status.PENDING_PAYMENT, Status.EXPIRED} else now,
        "cancelled_at": now if status is Status.CANCELLED else None,
        **fields,
    }
    booking = write_on(
        Booking(host=event_type.host, event_type=event_type, attendee=attendee, status=status.value, **given)
    )
    booking.save(force_insert=True)
    BookingTransition.objects.create(
        booking=booking, to_status=status.value, at=now, actor="system", cause="cast"
    )
    if booking.confirmed_at is not None:
        join_links.create(booking)
    return booking


def code_for(email: str) -> str:
    """The digits of the newest code that was mailed to an address."""
    return codes.digits_of(MailedCode.objects.filter(email=email).latest("created_at", "id"))


def signed_in(user: User) -> Client:
    """A browser in which somebody is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def host(db: None) -> Host:
    """Naoko: approved, Berlin, Monday to Friday 9 to 17, a paid hour and a free talk of 20 minutes."""
    user = make_user("naoko@people.example", name="Naoko Ishida", password=PASSWORD)
    naoko = make_host(user, slug="naoko-ishida", headline="Product design, from portfolio to lead")
    make_event_type(naoko, price=6500, slug="mentoring-hour", name="Mentoring hour", position=0)
    make_event_type(naoko, slug="first-talk", name="First talk", duration=20, slot_step=20, position=1)
    return naoko


@pytest.fixture
def paid(host: Host) -> EventType:
    """Naoko's hour for EUR 65."""
    return host.event_types.get(slug="mentoring-hour")


@pytest.fixture
def free(host: Host) -> EventType:
    """Naoko's free talk of 20 minutes."""
    return host.event_types.get(slug="first-talk")


@pytest.fixture
def attendee(db: None) -> User:
    """Amara, in Lagos, with a proved address."""
    return make_user(
        "amara@people.example",
        name="Amara Obi",
        password=PASSWORD,
        time_zone="Africa/Lagos",
        time_zone_chosen=True,
    )


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody with an account and nothing to do with any of it."""
    return make_user("stranger@people.example", name="Sam Stranger", password=PASSWORD)


@pytest.fixture
def operator(db: None) -> User:
    """Who runs the installation."""
    return make_user("operator@people.example", name="Olive Operator", password=PASSWORD, is_staff=True)


@pytest.fixture
def as_host(host: Host) -> Client:
    return signed_in(host.user)


@pytest.fixture
def as_attendee(attendee: User) -> Client:
    return signed_in(attendee)


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    return signed_in(stranger)


@pytest.fixture
def as_operator(operator: User) -> Client:
    return signed_in(operator)


@pytest.fixture
def as_nobody(db: None) -> Client:
    """A browser that nobody signed in with."""
    return Client()
