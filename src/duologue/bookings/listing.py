"""Which of one's sessions come next on a list? Pages by cursor that cost the same for 10 and 10,000.

A person's sessions lie under two indexes, one for each side they can be on. Each is read only as far
as the page needs, and the two are merged; an OR over both would sort everything first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import merge
from itertools import islice
from uuid import UUID

from django.db.models import Q, QuerySet

from duologue.bookings import queries
from duologue.bookings.models import Booking
from duologue.bookings.queries import PEOPLE, past, upcoming
from duologue.bookings.states import AGREED, COMPLETES_AFTER, Status
from duologue.core.cursors import Cursor

LONGEST = timedelta(minutes=480)
"""No session lasts longer, so none that began earlier than this can still be on."""


class Tab(StrEnum):
    UPCOMING = "upcoming"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Page:
    bookings: list[Booking]
    following: Cursor | None


STATUSES: dict[Tab, tuple[Status, ...]] = {
    Tab.UPCOMING: (Status.CONFIRMED, Status.IN_PROGRESS, Status.PENDING_PAYMENT),
    Tab.PAST: (Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW, Status.EXPIRED),
}
"""What each tab can be narrowed to. Expired holds show only when they are asked for (DASH-2)."""

_KEPT_AS: dict[Status, tuple[Status, ...]] = {
    Status.CONFIRMED: (Status.CONFIRMED,),
    Status.IN_PROGRESS: (Status.IN_PROGRESS, Status.CONFIRMED),
    Status.PENDING_PAYMENT: (Status.PENDING_PAYMENT,),
    Status.COMPLETED: (Status.COMPLETED, Status.IN_PROGRESS, Status.CONFIRMED),
    Status.CANCELLED: (Status.CANCELLED,),
    Status.NO_SHOW: (Status.NO_SHOW,),
    Status.EXPIRED: (Status.EXPIRED, Status.PENDING_PAYMENT),
}
"""What may be written down of a state that holds now, while the worker has not got round to it."""


@dataclass(frozen=True, slots=True)
class Only:
    """What a list is narrowed to: words of the other one's name (folded), starts in `[since, before)`."""

    words: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None
    status: Status | None = None


ALL = Only()


@dataclass(frozen=True, slots=True)
class _Side:
    """A side that somebody can be on, and where the other one's name stands."""

    whose: Q
    name: str


def page(
    *,
    user_id: int,
    host_id: int | None,
    tab: Tab,
    now: datetime,
    limit: int,
    after: Cursor | None = None,
    only: Only = ALL,
) -> Page:
    """One page of a person's sessions: upcoming nearest first, past latest first."""
    slices = _slices(_sides(user_id, host_id), tab, now, only)
    parts = [_behind(query, tab, after)[: limit + 1] for query in slices]
    found = _by_name(parts, tab, limit) if only.words else _read(parts, tab, limit)
    shown = found[:limit]
    more = len(found) > limit
    return Page(shown, Cursor(shown[-1].starts_at, shown[-1].pk) if more else None)


def count(*, user_id: int, host_id: int | None, tab: Tab, now: datetime, most: int, only: Only = ALL) -> int:
    """How many there are, counted no further than `most`."""
    total = 0
    for query in _slices(_sides(user_id, host_id), tab, now, only):
        total += query.order_by().values("pk")[: most - total].count() if total < most else 0
    return total


def _read(parts: Iterable[QuerySet[Booking]], tab: Tab, limit: int) -> list[Booking]:
    rows = [iter(part.select_related(*PEOPLE)) for part in parts]
    merged = merge(*rows, key=_order, reverse=tab is Tab.PAST)
    return list(islice(_once(merged), limit + 1))


def _by_name(parts: Iterable[QuerySet[Booking]], tab: Tab, limit: int) -> list[Booking]:
    """First which ones, from the indexes alone; then those few with all that a list shows."""
    rows = [iter(part.values_list("starts_at", "pk")) for part in parts]
    merged = merge(*rows, reverse=tab is Tab.PAST)
    ids = list(islice(dict.fromkeys(pk for _, pk in merged), limit + 1))
    found = Booking.objects.select_related(*PEOPLE).in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _sides(user_id: int, host_id: int | None) -> list[_Side]:
    sides = [_Side(Q(attendee_id=user_id), "host_search")]
    if host_id is not None:
        sides.append(_Side(Q(host_id=host_id), "attendee_search"))
    return sides


def _slices(sides: list[_Side], tab: Tab, now: datetime, only: Only) -> list[QuerySet[Booking]]:
    """A tab as ranges of the indexes on starts, so that nothing is read in vain."""
    span = Q()
    if only.since is not None:
        span &= Q(starts_at__gte=only.since)
    if only.before is not None:
        span &= Q(starts_at__lt=only.before)
    return [rows.filter(span) for side in sides for rows in _of_side(side, tab, now, only)]


def _of_side(side: _Side, tab: Tab, now: datetime, only: Only) -> list[QuerySet[Booking]]:
    rows = Booking.objects.filter(side.whose)
    if only.words or only.status is not None:
        named = Q(*((f"{side.name}__contains", word) for word in only.words))
        return _by_status(rows.filter(named), tab, now, only)
    if tab is Tab.UPCOMING:
        return [rows.filter(upcoming(now), starts_at__gt=now - COMPLETES_AFTER - LONGEST)]
    return [
        rows.filter(past(now), starts_at__lt=now),
        rows.filter(status=Status.CANCELLED.value, starts_at__gte=now),
    ]


def _by_status(rows: QuerySet[Booking], tab: Tab, now: datetime, only: Only) -> list[QuerySet[Booking]]:
    """One range for each status that may be written down: the indexes begin with it."""
    shown = [one for one in STATUSES[tab] if one is not Status.EXPIRED]
    wanted: list[Status] = [only.status] if only.status is not None else [*shown]
    kept = dict.fromkeys(one for status in wanted for one in _KEPT_AS[status])
    return [_kept_as(rows.filter(status=one.value), one, wanted, now) for one in kept]


def _kept_as(rows: QuerySet[Booking], kept: Status, wanted: list[Status], now: datetime) -> QuerySet[Booking]:
    """Of the rows that have a status written down, those whose state now is wanted."""
    if kept in AGREED:
        if Status.COMPLETED in wanted:
            rows = rows.filter(starts_at__lt=now)
        elif wanted == [Status.CONFIRMED]:
            rows = rows.filter(starts_at__gt=now)
        else:
            rows = rows.filter(starts_at__gt=now - COMPLETES_AFTER - LONGEST)
    elif kept is not Status.PENDING_PAYMENT:
        return rows
    held = queries.status_at(now)
    return rows.alias(held=held).filter(held__in=[status.value for status in wanted])


def _behind(query: QuerySet[Booking], tab: Tab, after: Cursor | None) -> QuerySet[Booking]:
    if tab is Tab.UPCOMING:
        query = query.order_by("starts_at", "pk")
        if after is not None:
            query = query.filter(
                Q(starts_at__gt=after.at) | Q(starts_at=after.at, pk__gt=after.id),
                starts_at__gte=after.at,
            )
        return query
    query = query.order_by("-starts_at", "-pk")
    if after is not None:
        query = query.filter(
            Q(starts_at__lt=after.at) | Q(starts_at=after.at, pk__lt=after.id),
            starts_at__lte=after.at,
        )
    return query


def _order(booking: Booking) -> tuple[datetime, UUID]:
    return booking.starts_at, booking.pk


def _once(bookings: Iterator[Booking]) -> Iterator[Booking]:
    """The same session could only come twice if somebody booked themself, which is refused; be sure."""
    seen: set[UUID] = set()
    for booking in bookings:
        if booking.pk not in seen:
            seen.add(booking.pk)
            yield booking
