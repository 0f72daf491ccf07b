"""Who has time? Claims, sessions elsewhere and holds, read under the lock (law 1)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from duologue.accounts.models import Host, normal_email
from duologue.bookings.listing import LONGEST
from duologue.bookings.models import Booking
from duologue.bookings.policy import HOLD_AT_MOST
from duologue.bookings.queries import claiming
from duologue.bookings.states import CLAIMING, Status
from duologue.scheduling.seconds import Read, together

# `queries.claiming` once more, for reading what is asked for most; a test holds the two equal.
_CLAIMING = f"""
booking.status IN ({", ".join(f"'{status.value}'" for status in sorted(CLAIMING))})
AND NOT (booking.status = '{Status.PENDING_PAYMENT.value}' AND booking.hold_expires_at <= %s)
"""
_LIVING = f"booking.status = '{Status.PENDING_PAYMENT.value}' AND booking.hold_expires_at > %s"
_OWN = "booking.pay_until IS NULL"
"""Made by who attends; what a host holds for somebody does not count against them."""
_DEAD = f"booking.status = '{Status.PENDING_PAYMENT.value}' AND booking.hold_expires_at <= %s"
_BOOKINGS = "bookings_booking AS booking"
_THEIR_HOST = "JOIN accounts_host AS host ON host.id = booking.host_id"
_HOST_PERSON = "JOIN accounts_user AS person ON person.id = host.user_id"

_AS_HOST = f"""
SELECT host_id, {{begin:blocked_from}}, {{end:blocked_until}}, '' FROM {_BOOKINGS}
WHERE host_id IN ({{keys}}) AND blocked_until > %s AND blocked_from < %s AND {_CLAIMING}
"""  # noqa: S608 (made of constants)
_AS_ATTENDEE = f"""
SELECT attendee_id, {{begin:starts_at}}, {{end:ends_at}}, '' FROM {_BOOKINGS}
WHERE attendee_id IN ({{keys}}) AND ends_at > %s AND starts_at < %s AND {_CLAIMING}
"""  # noqa: S608
_STARTS = f"""
SELECT event_type_id, {{begin:starts_at}}, 0, '' FROM {_BOOKINGS}
WHERE event_type_id IN ({{keys}}) AND starts_at >= %s AND starts_at < %s AND {_CLAIMING}
"""  # noqa: S608


# Sessions and holds of one person, each way to be that person under an index of its own.
_AT_THAT_TIME = f"ends_at > %s AND starts_at > %s AND starts_at < %s AND {_CLAIMING}"
_SESSIONS_OF = [
    f"SELECT 0, 0, 0, CAST(booking.id AS TEXT) FROM {whose} IN ({{keys}}) AND {_AT_THAT_TIME}"  # noqa: S608
    for whose in (
        f"{_BOOKINGS} WHERE attendee_id",
        f"{_BOOKINGS} {_THEIR_HOST} WHERE host.user_id",
        f"{_BOOKINGS} WHERE attendee_email",
        f"{_BOOKINGS} {_THEIR_HOST} {_HOST_PERSON} WHERE person.email",
    )
]
_HOLDS_OF = [
    f"SELECT 0, COUNT(*), 0, '' FROM {whose} IN ({{keys}}) AND starts_at > %s AND {_LIVING} AND {_OWN}"  # noqa: S608
    for whose in (f"{_BOOKINGS} WHERE holder", f"{_BOOKINGS} WHERE attendee_email")
]
_HELD_STARTS = f"""
SELECT COALESCE(attendee_id, 0), 0, 0, CAST(id AS TEXT) || ' ' || holder FROM {_BOOKINGS}
WHERE host_id IN ({{keys}}) AND event_type_id = %s AND starts_at = %s AND {_LIVING}
"""  # noqa: S608
_DEAD_HOLDS = f"""
SELECT 0, 0, 0, CAST(id AS TEXT) FROM {_BOOKINGS}
WHERE host_id IN ({{keys}}) AND blocked_until > %s AND blocked_from < %s AND {_DEAD}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Span:
    """`[start, end)`."""

    start: datetime
    end: datetime


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
    found = together(*session_reads(user_id, email, Span(start, end), now=now))
    return any(UUID(name) != besides for rows in found for *_, name in rows)


def session_reads(user_id: int | None, email: str, span: Span, *, now: datetime) -> list[Read]:
    """A person's sessions that meet the span: their ids, by the four ways to be that person."""
    user = (user_id,) if user_id is not None else ()
    address = (normal_email(email),) if email else ()
    rest = (span.start, span.start - LONGEST, span.end, now)
    return [
        Read(sql, keys, rest) for sql, keys in zip(_SESSIONS_OF, (user, user, address, address), strict=True)
    ]


def hold_reads(browser: str, email: str, *, now: datetime) -> list[Read]:
    """How many living holds of their own a browser has, and how many an address."""
    rest = (now - HOLD_AT_MOST, now)
    return [
        Read(sql, (key,) if key else (), rest) for sql, key in zip(_HOLDS_OF, (browser, email), strict=True)
    ]


def held_start_read(host_id: int, event_type_id: int, starts_at: datetime, *, now: datetime) -> Read:
    """The living hold on a start: its attendee, its id and its holder."""
    return Read(_HELD_STARTS, (host_id,), (event_type_id, starts_at, now))


def dead_holds_read(host_id: int, span: Span, *, now: datetime) -> Read:
    """The ids of what `dead_holds` gives."""
    return Read(_DEAD_HOLDS, (host_id,), (span.start, span.end, now))


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


def dead_holds_among(ids: Collection[UUID]) -> list[Booking]:
    """Those of the bookings, to be written down as expired."""
    return list(Booking.objects.filter(pk__in=ids)) if ids else []


def living_holds(*, now: datetime) -> Q:
    return Q(status=Status.PENDING_PAYMENT.value, hold_expires_at__gt=now)
