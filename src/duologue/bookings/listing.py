"""Which of one's sessions come next on a list? Pages by cursor that cost the same for 10 and 10,000.

A person's sessions lie under two indexes, one for each side they can be on. Each is read only as far
as the page needs, and the two are merged; an OR over both would sort everything first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import merge
from itertools import islice
from uuid import UUID

from django.db.models import Q, QuerySet

from duologue.bookings.models import Booking
from duologue.bookings.queries import PEOPLE, past, upcoming
from duologue.bookings.states import COMPLETES_AFTER, Status
from duologue.core import clock

LONGEST = timedelta(minutes=480)
"""No session lasts longer, so none that began earlier than this can still be on."""


class Tab(StrEnum):
    UPCOMING = "upcoming"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last session of the page before: the next page begins behind it."""

    starts_at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.starts_at.isoformat()}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """None for anything that is no cursor of ours."""
        when, _, name = text.rpartition("_")
        try:
            return cls(clock.aware(datetime.fromisoformat(when)), UUID(name))
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class Page:
    bookings: list[Booking]
    following: Cursor | None


def page(
    *, user_id: int, host_id: int | None, tab: Tab, now: datetime, limit: int, after: Cursor | None = None
) -> Page:
    """One page of a person's sessions: upcoming nearest first, past latest first."""
    queries = [side for whose in _sides(user_id, host_id) for side in _slices(whose, tab, now)]
    rows = [query[: limit + 1] for query in (_behind(query, tab, after) for query in queries)]
    merged = merge(*(iter(found) for found in rows), key=_order, reverse=tab is Tab.PAST)
    found = list(islice(_once(merged), limit + 1))
    shown = found[:limit]
    more = len(found) > limit
    return Page(shown, Cursor(shown[-1].starts_at, shown[-1].pk) if more else None)


def count(*, user_id: int, host_id: int | None, tab: Tab, now: datetime, most: int) -> int:
    """How many there are, counted no further than `most`."""
    total = 0
    for whose in _sides(user_id, host_id):
        for query in _slices(whose, tab, now):
            total += query.order_by().values("pk")[: most - total].count() if total < most else 0
    return total


def _sides(user_id: int, host_id: int | None) -> list[Q]:
    mine = [Q(attendee_id=user_id)]
    if host_id is not None:
        mine.append(Q(host_id=host_id))
    return mine


def _slices(whose: Q, tab: Tab, now: datetime) -> list[QuerySet[Booking]]:
    """A tab as ranges of the index on starts, so that nothing is read in vain."""
    rows = Booking.objects.filter(whose).select_related(*PEOPLE)
    if tab is Tab.UPCOMING:
        return [rows.filter(upcoming(now), starts_at__gt=now - COMPLETES_AFTER - LONGEST)]
    return [
        rows.filter(past(now), starts_at__lt=now),
        rows.filter(status=Status.CANCELLED.value, starts_at__gte=now),
    ]


def _behind(query: QuerySet[Booking], tab: Tab, after: Cursor | None) -> QuerySet[Booking]:
    if tab is Tab.UPCOMING:
        query = query.order_by("starts_at", "pk")
        if after is not None:
            query = query.filter(
                Q(starts_at__gt=after.starts_at) | Q(starts_at=after.starts_at, pk__gt=after.id),
                starts_at__gte=after.starts_at,
            )
        return query
    query = query.order_by("-starts_at", "-pk")
    if after is not None:
        query = query.filter(
            Q(starts_at__lt=after.starts_at) | Q(starts_at=after.starts_at, pk__lt=after.id),
            starts_at__lte=after.starts_at,
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
