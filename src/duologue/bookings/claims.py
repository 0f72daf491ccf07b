"""Who has time? Claims, sessions elsewhere and holds, read under the lock (law 1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from duologue.accounts.models import Host, normal_email
from duologue.bookings.models import Booking
from duologue.bookings.queries import claiming
from duologue.bookings.states import CLAIMING, Status
from duologue.scheduling import seconds
from duologue.scheduling.intervals import Interval

# `queries.claiming` once more, for reading what is asked for most; a test holds the two equal.
_CLAIMING = f"""
status IN ({", ".join(f"'{status.value}'" for status in sorted(CLAIMING))})
AND NOT (status = '{Status.PENDING_PAYMENT.value}' AND hold_expires_at <= %s)
"""
_AS_HOST = f"""
SELECT host_id, {{begin:blocked_from}}, {{end:blocked_until}} FROM bookings_booking
WHERE host_id IN ({{keys}}) AND blocked_until > %s AND blocked_from < %s AND {_CLAIMING}
"""  # noqa: S608 (made of constants)
_AS_ATTENDEE = f"""
SELECT attendee_id, {{begin:starts_at}}, {{end:ends_at}} FROM bookings_booking
WHERE attendee_id IN ({{keys}}) AND ends_at > %s AND starts_at < %s AND {_CLAIMING}
"""  # noqa: S608
_STARTS = f"""
SELECT event_type_id, {{begin:starts_at}} FROM bookings_booking
WHERE event_type_id IN ({{keys}}) AND starts_at >= %s AND starts_at < %s AND {_CLAIMING}
"""  # noqa: S608


def busy_of_hosts(
    users: Mapping[int, int], start: datetime, end: datetime, *, now: datetime
) -> dict[int, list[Interval]]:
    """What of `[start, end)` is taken, by host id: claims as host, and sessions as somebody's attendee.

    `users` has the user id of each host.
    """
    taken: dict[int, list[Interval]] = defaultdict(list)
    for host_id, begin, until in seconds.rows(_AS_HOST, users, start, end, now):
        taken[host_id].append((begin, until))
    hosts = {user_id: host_id for host_id, user_id in users.items()}
    for user_id, begin, until in seconds.rows(_AS_ATTENDEE, hosts, start, end, now):
        taken[hosts[user_id]].append((begin, until))
    return taken


def booked_starts(
    event_type_ids: Iterable[int], start: datetime, end: datetime, *, now: datetime
) -> dict[int, list[int]]:
    """The starts in `[start, end)` that are booked, by event type id."""
    found: dict[int, list[int]] = defaultdict(list)
    for event_type_id, at in seconds.rows(_STARTS, event_type_ids, start, end, now):
        found[event_type_id].append(at)
    return found


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
