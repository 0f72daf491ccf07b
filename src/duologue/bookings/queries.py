"""Which bookings may somebody see, and which state do they hold? The gate, and the SQL twin."""

from datetime import datetime
from uuid import UUID

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When

from duologue.accounts.models import User
from duologue.bookings.models import Booking
from duologue.bookings.states import AGREED, CLAIMING, COMPLETES_AFTER, Status
from duologue.core.errors import NotFound
from duologue.core.kept import Kept, given

PEOPLE = ("host__user", "attendee", "event_type")
_WITH_HOST = Kept(lambda: Booking.objects.select_related("host__user").filter(pk=given("id")))


def with_host(booking_id: UUID) -> Booking | None:
    """A booking with its host's person, whoever asks: for jobs."""
    return _WITH_HOST.first(id=booking_id)


def visible_to(user: User | None, *, browser: str = "") -> QuerySet[Booking]:
    """The gate: one's own bookings as host or attendee; all for operators.

    `browser` is the fingerprint of the browser's secret: it opens the bookings that this browser made and
    that belong to no user yet.
    """
    if user is not None and user.is_operator:
        return Booking.objects.all()
    mine = Q(pk__in=[])
    if user is not None:
        mine |= Q(attendee=user) | Q(host__user=user)
    if browser:
        mine |= Q(holder=browser, attendee__isnull=True)
    return Booking.objects.filter(mine)


def get_visible(booking_id: UUID, user: User | None, *, browser: str = "") -> Booking:
    """One booking with its people; raises NotFound for a stranger, as if it did not exist."""
    booking = visible_to(user, browser=browser).select_related(*PEOPLE).filter(pk=booking_id).first()
    if booking is None:
        raise NotFound("There is no such session, or it is not yours.")
    return booking


def status_at(now: datetime) -> Case:
    """SQL twin of `states.status_at`: an expression for lists and filters."""
    return Case(
        When(status=Status.PENDING_PAYMENT.value, hold_expires_at__lte=now, then=Value(Status.EXPIRED.value)),
        When(
            status__in=[status.value for status in AGREED],
            ends_at__lte=now - COMPLETES_AFTER,
            then=Value(Status.COMPLETED.value),
        ),
        When(status=Status.CONFIRMED.value, starts_at__lte=now, then=Value(Status.IN_PROGRESS.value)),
        default=F("status"),
        output_field=CharField(),
    )


def claiming(now: datetime) -> Q:
    """Bookings that take their host's time: dead holds do not."""
    return Q(status__in=[status.value for status in CLAIMING]) & ~Q(
        status=Status.PENDING_PAYMENT.value, hold_expires_at__lte=now
    )


def upcoming(now: datetime) -> Q:
    """What stands under Upcoming: agreed and not yet completed, or held and alive (STATUS-1, DASH-2)."""
    agreed = Q(status__in=[status.value for status in AGREED], ends_at__gt=now - COMPLETES_AFTER)
    return agreed | Q(status=Status.PENDING_PAYMENT.value, hold_expires_at__gt=now)


def past(now: datetime) -> Q:
    """What stands under Past: completed, cancelled, no-show; expired holds only show when asked for."""
    over = Q(status__in=[status.value for status in AGREED], ends_at__lte=now - COMPLETES_AFTER)
    return over | Q(status__in=[Status.COMPLETED.value, Status.CANCELLED.value, Status.NO_SHOW.value])
