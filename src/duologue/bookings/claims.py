"""Who has time? Claims, sessions elsewhere and holds, read under the lock (law 1)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from duologue.accounts.models import Host, normal_email
from duologue.bookings.models import Booking
from duologue.bookings.queries import claiming
from duologue.bookings.states import Status
from duologue.scheduling.intervals import Interval, covering, epoch


@dataclass(frozen=True, slots=True)
class HostTime:
    """What bookings take from a host: busy intervals, and the booked starts by event type."""

    busy: list[Interval] = field(default_factory=list)
    starts: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def time_of_hosts(
    hosts: Iterable[Host], start: datetime, end: datetime, *, now: datetime
) -> dict[int, HostTime]:
    """What of `[start, end)` is taken, by host id: claims as host, and sessions as somebody's attendee."""
    by_user = {host.user_id: host.pk for host in hosts}
    taken: dict[int, HostTime] = defaultdict(HostTime)
    rows = Booking.objects.filter(
        claiming(now), host__in=by_user.values(), blocked_until__gt=start, blocked_from__lt=end
    ).values_list("host_id", "event_type_id", "blocked_from", "blocked_until", "starts_at")
    for host_id, event_type_id, begin, until, starts_at in rows:
        taken[host_id].busy.append(covering(begin, until))
        taken[host_id].starts[event_type_id].append(epoch(starts_at))
    elsewhere = Booking.objects.filter(
        claiming(now), attendee__in=by_user, ends_at__gt=start, starts_at__lt=end
    ).values_list("attendee_id", "starts_at", "ends_at")
    for user_id, begin, until in elsewhere:
        taken[by_user[user_id or 0]].busy.append(covering(begin, until))
    return taken


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
