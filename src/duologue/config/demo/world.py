"""How does the demo world come to be? Fresh relative to now, so there is always a past and a next hour."""

import random
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.text import slugify

from duologue.accounts.models import Host, User
from duologue.accounts.search import search_text
from duologue.bookings import join_links
from duologue.bookings.models import Booking, BookingTransition, Party
from duologue.bookings.names import write_on
from duologue.bookings.reasons import FOR_PARTIES
from duologue.bookings.states import COMPLETES_AFTER, Status
from duologue.bookings.transitions import SYSTEM
from duologue.config.demo import money, plans, reviews
from duologue.config.demo.people import (
    ATTENDEES,
    DEMO_ATTENDEE,
    DEMO_HOST,
    HOSTS,
    OPERATOR_EMAIL,
    DemoAttendee,
    DemoHost,
)
from duologue.core.ids import uuid7
from duologue.jobs import queue
from duologue.scheduling.intervals import instant
from duologue.scheduling.models import AvailabilityRule, EventType
from duologue.scheduling.schedules import schedules_of
from duologue.scheduling.windows import open_intervals
from duologue.usecases import make_link, timers
from duologue.usecases.confirm import confirm

BOOKINGS = 300
DAYS_BACK, DAYS_AHEAD = 75, 21
PASSWORD = "duologue-demo"  # noqa: S105 (development only; staging gets a random one)
_DAYS_AGO, _IN_DAYS = timedelta(days=9), timedelta(days=4)
_OUTCOMES = ((Status.COMPLETED, 88), (Status.CANCELLED, 7), (Status.NO_SHOW, 5))
NOTE = """I am moving from print to product design.
My portfolio has nine projects and I suspect it should have three."""
_PORTRAITS = files("duologue.config.demo") / "portraits"


def load(now: datetime) -> list[str]:
    """Build the world once; returns the lines that tell where to sign in as whom, the last what happens soon.

    Raises RuntimeError in production.
    """
    if settings.ENV == "production":
        msg = "The demo world is for development and staging only."
        raise RuntimeError(msg)
    if User.objects.filter(email=OPERATOR_EMAIL).exists():
        return ["The demo world is loaded already."]
    password = PASSWORD if settings.ENV == "development" else secrets.token_urlsafe(12)
    hashed = make_password(password)
    chance = random.Random(now.date().toordinal())  # noqa: S311 (a believable world needs no secrets)
    with transaction.atomic():
        _operator(hashed, now)
        hosts = [_host(one, hashed, now) for one in HOSTS]
        attendees = [_attendee(one, hashed, now) for one in ATTENDEES]
        _next_session(hosts[0], attendees[0], now)
        over, ahead = _bookings([host for host in hosts if host.is_bookable], attendees, chance, now)
        plans.make(over, ahead, now)
    return [
        "The demo world is here. Sign in with any of these; the password is the same.",
        f"  attendee  {DEMO_ATTENDEE.email}",
        f"  host      {DEMO_HOST.email}",
        f"  operator  {OPERATOR_EMAIL}",
        f"  password  {password}",
        "A session between attendee and host starts in ten minutes: sign in as each, in two browsers.",
    ]


def _user(email: str, name: str, *, zone: str, password: str, now: datetime) -> User:
    return User.objects.create(
        email=email,
        password=password,
        name=name,
        time_zone=zone,
        time_zone_chosen=True,
        email_proved_at=now,
        date_joined=now - timedelta(days=90),
    )


def _operator(password: str, now: datetime) -> None:
    user = _user(OPERATOR_EMAIL, "Olive Operator", zone="Europe/Berlin", password=password, now=now)
    user.is_staff = True
    user.save(update_fields=["is_staff"])


def _portrait(user: User, key: str) -> None:
    picture = (_PORTRAITS / f"{key}.jpg").read_bytes()
    user.photo.save(f"{secrets.token_urlsafe(16)}.jpg", ContentFile(picture))


def _host(one: DemoHost, password: str, now: datetime) -> Host:
    user = _user(one.email, one.name, zone=one.zone, password=password, now=now)
    _portrait(user, one.key)
    host = Host(
        user=user,
        slug=slugify(one.name),
        headline=one.headline,
        bio=one.bio,
        topics=one.topics,
        languages=one.languages,
        location=one.place,
        status=Host.Status.APPROVED if one.is_approved else Host.Status.WAITING,
        applied_at=now - timedelta(days=80 if one.is_approved else 2),
        approved_at=now - timedelta(days=79) if one.is_approved else None,
    )
    host.search_text = search_text(host)
    host.save()
    for position, offer in enumerate(one.offers):
        EventType.objects.create(
            host=host,
            slug=slugify(offer.name),
            name=offer.name,
            description=offer.description,
            duration=offer.minutes,
            price_amount=offer.price,
            currency=one.currency,
            buffer_after=offer.buffer_after,
            minimum_notice=offer.notice,
            daily_limit=offer.daily_limit,
            slot_step=30,
            position=position,
        )
    AvailabilityRule.objects.bulk_create(
        AvailabilityRule(host=host, weekday=day, start_minute=start, end_minute=end)
        for day, start, end in one.hours
    )
    return host


def _attendee(one: DemoAttendee, password: str, now: datetime) -> User:
    user = _user(one.email, one.name, zone=one.zone, password=password, now=now)
    if one.portrait:
        _portrait(user, one.portrait)
    return user


def _row(
    offer: EventType, attendee: User, starts_at: datetime, *, status: Status, made_at: datetime
) -> Booking:
    ends_at = starts_at + timedelta(minutes=offer.duration)
    return write_on(
        Booking(
            id=uuid7(made_at),
            host=offer.host,
            event_type=offer,
            attendee=attendee,
            attendee_name=attendee.name,
            attendee_email=attendee.email,
            attendee_time_zone=attendee.time_zone,
            status=status.value,
            starts_at=starts_at,
            ends_at=ends_at,
            blocked_from=starts_at - timedelta(minutes=offer.buffer_before),
            blocked_until=ends_at + timedelta(minutes=offer.buffer_after),
            hold_expires_at=made_at + settings.DUOLOGUE_HOLD if status is Status.PENDING_PAYMENT else None,
            title=offer.name,
            price_amount=offer.price_amount,
            currency=offer.currency,
            cancel_hours=settings.DUOLOGUE_CANCEL_HOURS,
            created_at=made_at,
            confirmed_at=None if status is Status.PENDING_PAYMENT else made_at,
            no_show_party=Party.ATTENDEE.value if status is Status.NO_SHOW else "",
            **(_cancelled(starts_at) if status is Status.CANCELLED else {}),
        )
    )


def _cancelled(starts_at: datetime) -> dict[str, object]:
    """Two days before, by one or the other, for one reason or another."""
    return {
        "cancelled_at": starts_at - timedelta(days=2),
        "cancelled_by": (Party.HOST if starts_at.day % 4 == 0 else Party.ATTENDEE).value,
        "cancellation_reason": FOR_PARTIES[starts_at.day % len(FOR_PARTIES)].value,
        "ics_sequence": 1,
    }


def _next_session(host: Host, attendee: User, now: datetime) -> None:
    """The session that starts in ten minutes, confirmed by the product itself, mails and all."""
    offer = host.event_types.select_related("host__user").order_by("position")[0]
    starts_at = (now + timedelta(minutes=10)).replace(second=0, microsecond=0)
    booking = _row(offer, attendee, starts_at, status=Status.PENDING_PAYMENT, made_at=now)
    booking.note = NOTE
    booking.save(force_insert=True)
    money.write([booking])
    confirm(booking, now=now, actor=SYSTEM, cause="paid")


def _bookings(
    hosts: list[Host], attendees: list[User], chance: random.Random, now: datetime
) -> tuple[Booking, Booking]:
    """Fill the weeks around now: free times of hosts, people who have time, the outcomes of real life.

    The first two are of the demo host and attendee: one that is over, and one that is ahead.
    """
    taken: dict[int, list[tuple[datetime, datetime]]] = {}
    for one in Booking.objects.all():
        for person in (one.host_id, -(one.attendee_id or 0)):
            taken.setdefault(person, []).append((one.blocked_from, one.blocked_until))
    candidates = list(_candidates(hosts, now))
    chance.shuffle(candidates)
    paid = [one for one in candidates if one[0].host_id == hosts[0].pk and one[0].price_amount]
    over, ahead = (
        _first(paid, attendees[0], taken, status=status, begin=now + begin, now=now)
        for status, begin in ((Status.COMPLETED, -_DAYS_AGO), (Status.CONFIRMED, _IN_DAYS))
    )
    made = [over, ahead]
    for offer, starts_at in candidates:
        # The demo attendee's own pages should have something on them.
        attendee = attendees[0] if chance.random() < 0.12 else chance.choice(attendees)
        booking = _row(
            offer,
            attendee,
            starts_at,
            status=_outcome(starts_at, offer, chance, now),
            made_at=_made_at(starts_at, now),
        )
        if not _fits(booking, taken):
            continue
        made.append(booking)
        if len(made) == BOOKINGS - 1:
            break
    _write(made, now)
    reviews.write(made, chance, now)
    return over, ahead


def _first(
    candidates: list[tuple[EventType, datetime]],
    attendee: User,
    taken: dict[int, list[tuple[datetime, datetime]]],
    *,
    status: Status,
    begin: datetime,
    now: datetime,
) -> Booking:
    """One in the week from `begin` on."""
    rows = (
        _row(offer, attendee, at, status=status, made_at=_made_at(at, now))
        for offer, at in candidates
        if begin < at < begin + timedelta(days=7)
    )
    return next(row for row in rows if _fits(row, taken))


def _candidates(hosts: list[Host], now: datetime) -> Iterator[tuple[EventType, datetime]]:
    schedules = schedules_of(hosts)
    today = now.astimezone(UTC).date()
    for host in hosts:
        schedule = schedules[host.pk]
        for offer in host.event_types.select_related("host__user"):
            for start, end in open_intervals(
                schedule.weekly,
                schedule.overrides,
                schedule.zone,
                first=today - timedelta(days=DAYS_BACK),
                last=today + timedelta(days=DAYS_AHEAD),
            ):
                for at in range(start, end - offer.duration * 60 + 1, offer.slot_step * 60 * 2):
                    yield offer, instant(at)


def _outcome(starts_at: datetime, offer: EventType, chance: random.Random, now: datetime) -> Status:
    if starts_at + timedelta(minutes=offer.duration) + COMPLETES_AFTER > now:
        return Status.CONFIRMED
    states = [status for status, weight in _OUTCOMES for _ in range(weight)]
    return chance.choice(states)


def _made_at(starts_at: datetime, now: datetime) -> datetime:
    return min(starts_at - timedelta(days=6, hours=3), now - timedelta(hours=1))


def _fits(booking: Booking, taken: dict[int, list[tuple[datetime, datetime]]]) -> bool:
    """Nobody in two sessions at once; takes the time of both when it fits."""
    people = (booking.host_id, -(booking.attendee_id or 0))
    for person in people:
        for begin, end in taken.get(person, ()):
            if begin < booking.blocked_until and booking.blocked_from < end:
                return False
    for person in people:
        taken.setdefault(person, []).append((booking.blocked_from, booking.blocked_until))
    return True


def _write(made: list[Booking], now: datetime) -> None:
    Booking.objects.bulk_create(made)
    BookingTransition.objects.bulk_create(step for booking in made for step in _history(booking))
    money.write(made)
    ahead = [booking for booking in made if booking.status == Status.CONFIRMED]
    owed = []
    for booking in ahead:
        join_links.create(booking)
        make_link.give_provisional(booking, now=now)
        owed += [*timers.of_confirmed(booking, now=now), make_link.owed(booking, now=now)]
    queue.enqueue(*owed, now=now)


def _history(booking: Booking) -> Iterator[BookingTransition]:
    """The rows that a real life would have left."""
    steps = [("", Status.PENDING_PAYMENT, booking.created_at, "held")]
    paid = "free" if booking.is_free else "paid"
    steps.append((Status.PENDING_PAYMENT, Status.CONFIRMED, booking.created_at + timedelta(minutes=3), paid))
    end = booking.ends_at + COMPLETES_AFTER
    if booking.status == Status.CANCELLED and booking.cancelled_at is not None:
        steps.append((Status.CONFIRMED, Status.CANCELLED, booking.cancelled_at, booking.cancellation_reason))
    elif booking.status != Status.CONFIRMED:
        steps.append((Status.CONFIRMED, Status.IN_PROGRESS, booking.starts_at, "time"))
        absent = "attendee_absent" if booking.no_show_party else "time"
        steps.append((Status.IN_PROGRESS, Status(booking.status), end, absent))
    for old, new, at, cause in steps:
        actor = booking.cancelled_by if new is Status.CANCELLED else "system"
        yield BookingTransition(
            booking=booking, from_status=str(old), to_status=new.value, at=at, actor=actor, cause=cause
        )
