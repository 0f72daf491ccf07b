"""Who has time? Claims, sessions elsewhere and holds, read under the lock (law 1)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from duologue.accounts.models import Host, normal_email
from duologue.bookings.models import Booking
from duologue.bookings.queries import claiming
from duologue.bookings.states import CLAIMING, Status
from duologue.scheduling.seconds import Read

# `queries.claiming` once more, for reading what is asked for most; a test holds the two equal.
_CLAIMING = f"""
status IN ({", ".join(f"'{status.value}'" for status in sorted(CLAIMING))})
AND NOT (status = '{Status.PENDING_PAYMENT.value}' AND hold_expires_at <= %s)
"""
_AS_HOST = f"""
SELECT host_id, {{begin:blocked_from}}, {{end:blocked_until}}, '' FROM bookings_booking
WHERE host_id IN ({{keys}}) AND blocked_until > %s AND blocked_from < %s AND {_CLAIMING}
"""  # noqa: S608 (made of constants)
_AS_ATTENDEE = f"""
SELECT attendee_id, {{begin:starts_at}}, {{end:ends_at}}, '' FROM bookings_booking
WHERE attendee_id IN ({{keys}}) AND ends_at > %s AND starts_at < %s AND {_CLAIMING}
"""  # noqa: S608
_STARTS = f"""
SELECT event_type_id, {{begin:starts_at}}, 0, '' FROM bookings_booking
WHERE event_type_id IN ({{keys}}) AND starts_at >= %s AND starts_at < %s AND {_CLAIMING}
"""  # noqa: S608


def claims_read(host_ids: Iterable[int], start: datetime, end: datetime, *, now: datetime) -> Read:
    """What bookings claim of hosts' `[start, end)`: host id, begin, end."""
    return Read(_AS_HOST, tuple(host_ids), (start, end, now))


def elsewhere_read(user_ids: Iterable[int], start: datetime, end: datetime, *, now: datetime) -> Read:
    """When users sit in sessions of others: user id, begin, end."""
    return Read(_AS_ATTENDEE, tuple(user_ids), (start, end, now))


def starts_read(event_type_ids: Iterable[int], start: datetime, end: datetime, *, now: datetime) -> Read:
    """The starts in `[start, end)` that are booked: event type id, start."""
    return Read(_STARTS, tuple(event_type_ids), (start, end, now))


def is_host_free(booking: Booking, *, now: datetime) -> bool:
    """Whether nothing else takes the time that a booking claims."""
    others = Booking.objects.filter(claiming(now)).exclude(pk=booking.pk)
    as_host = others.filter(
        host_id=booking.host_id,
        blocked_until__gt=booking.blocked_from,
        blocked_from__lt=booking.blocked_until,
    )
    as_attendee = others.filter(
        attendee_id=booking.host.user_id,
        ends_at__gt=booking.blocked_from,
        starts_at__lt=booking.blocked_until,
    )
    return not as_host.exists() and not as_attendee.exists()


def has_session(
    *,
    user_id: int | None,
    email: str,
    start: datetime,
    end: datetime,
    now: datetime,
    besides: UUID | None = None,
) -> bool:
    """Whether a person sits in another session during `[start, end)`, on either side (BOOK-6)."""
    person = Q(pk__in=[])
    if user_id is not None:
        person |= Q(attendee_id=user_id) | Q(host__user_id=user_id)
    if email:
        person |= Q(attendee_email=normal_email(email)) | Q(host__user__email=normal_email(email))
    sessions = Booking.objects.filter(claiming(now), person, ends_at__gt=start, starts_at__lt=end)
    if besides is not None:
        sessions = sessions.exclude(pk=besides)
    return sessions.exists()


def dead_holds(host: Host, start: datetime, end: datetime, *, now: datetime) -> list[Booking]:
    """Holds that ended but are not yet written down as expired, in the way of `[start, end)`."""
    return list(
        Booking.objects.filter(
            host=host,
            status=Status.PENDING_PAYMENT.value,
            hold_expires_at__lte=now,
            blocked_until__gt=start,
            blocked_from__lt=end,
        )
    )


def living_holds(*, now: datetime) -> Q:
    return Q(status=Status.PENDING_PAYMENT.value, hold_expires_at__gt=now)
