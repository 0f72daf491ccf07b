"""What stands in the database while we measure? One busy host, one busy attendee, and a crowd with tokens."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.test import Client

from duologue.accounts.models import Host, User
from duologue.api import tokens
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.core.ids import uuid7
from duologue.scheduling.models import AvailabilityRule, EventType

BOOKINGS = 1000
HOURS = range(7, 15)


@dataclass(frozen=True, slots=True)
class Offer:
    """Where the measured host's slots are asked for."""

    host: Host
    event_type: EventType

    @property
    def path(self) -> str:
        return f"/api/hosts/{self.host.slug}/event-types/{self.event_type.slug}/slots"


def person(name: str) -> User:
    now = clock.now()
    return User.objects.create_user(
        f"{name}@people.example", name=name.title(), date_joined=now, email_proved_at=now
    )


def cookie_of(user: User) -> str:
    """The secret of a browser that somebody is signed in with."""
    client = Client()
    client.force_login(user)
    value: str = client.cookies[settings.SESSION_COOKIE_NAME].value
    return value


def offer(slug: str, *, price: int = 6500) -> Offer:
    """An approved host in Berlin, Monday to Friday 9 to 17, with hour-long sessions."""
    now, user = clock.now(), person(slug)
    user.time_zone = "Europe/Berlin"
    user.save()
    host = Host.objects.create(
        user=user,
        slug=slug,
        headline="Listens",
        status=Host.Status.APPROVED,
        applied_at=now,
        search_text=slug,
    )
    AvailabilityRule.objects.bulk_create(
        AvailabilityRule(host=host, weekday=day, start_minute=540, end_minute=1020) for day in range(5)
    )
    event_type = EventType.objects.create(
        host=host, slug="hour", name="An hour", price_amount=price, minimum_notice=60, horizon_days=60
    )
    return Offer(host, event_type)


def fill(sold: Offer, count: int, *, days: range, attendee: User | None = None) -> None:
    """Confirmed sessions at distinct hours of distinct days, spread over a range of days from now."""
    dice = random.Random(1)
    hours = [(day, hour) for day in days for hour in HOURS]
    now = clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    chosen = sorted(dice.sample(hours, count))
    starts = (midnight + timedelta(days=day, hours=hour) for day, hour in chosen)
    Booking.objects.bulk_create(_sessions(sold, starts, attendee, now), batch_size=500)


def _sessions(
    sold: Offer, starts: Iterator[datetime], attendee: User | None, now: datetime
) -> Iterator[Booking]:
    for number, start in enumerate(starts):
        end = start + timedelta(hours=1)
        yield Booking(
            id=uuid7(now),
            host=sold.host,
            event_type=sold.event_type,
            attendee=attendee,
            attendee_name="Amara Obi",
            attendee_email=attendee.email if attendee else f"guest{number}@people.example",
            status=Status.CONFIRMED.value,
            starts_at=start,
            ends_at=end,
            blocked_from=start,
            blocked_until=end,
            title=sold.event_type.name,
            price_amount=sold.event_type.price_amount,
            currency="EUR",
            cancel_hours=24,
            created_at=now,
            confirmed_at=now,
        )


def crowd(size: int) -> list[str]:
    """Tokens of that many people."""
    return [tokens.issue(person(f"person{number}"), now=clock.now()) for number in range(size)]
