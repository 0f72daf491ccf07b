"""What does BOOK-1 say, word by word? Slow and plain, and shares nothing with the engine it judges.

It knows a zone only by asking, for each minute of UTC, what the clocks there show.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
HOURS_BEGIN = date(2000, 1, 3)

Window = tuple[int, int]
Span = tuple[datetime, datetime]


def covering(start: datetime, end: datetime) -> tuple[int, int]:
    """The whole seconds since 1970 that `[start, end)` touches: a fraction of a busy one is busy."""
    first, last = (int(one.replace(microsecond=0).timestamp()) for one in (start, end))
    return first, last + bool(end.microsecond)


@dataclass(frozen=True)
class Hours:
    weekly: Mapping[int, Sequence[Window]]
    overrides: Mapping[date, Sequence[Window]]
    zone: ZoneInfo


@dataclass(frozen=True)
class Ask:
    hours: Hours
    duration: timedelta
    slot_step: timedelta
    buffer_before: timedelta
    buffer_after: timedelta
    minimum_notice: timedelta
    horizon: timedelta
    daily_limit: int | None
    busy: Sequence[Span]
    booked_days: Mapping[date, int]
    now: datetime
    earliest: datetime


@lru_cache(maxsize=1000)
def clock(zone: ZoneInfo, utc_day: date) -> dict[datetime, list[datetime]]:
    """What the clocks show in each minute of a UTC day, and when they show it."""
    shown: dict[datetime, list[datetime]] = {}
    start = datetime.combine(utc_day, time(), UTC)
    for minute in range(24 * 60):
        moment = start + minute * MINUTE
        shown.setdefault(moment.astimezone(zone).replace(tzinfo=None), []).append(moment)
    return shown


def days_around(wall: datetime) -> list[date]:
    return [wall.date() - DAY, wall.date(), wall.date() + DAY]


def moments(zone: ZoneInfo, wall: datetime) -> list[datetime]:
    """When the clocks show that; none for a wall time that does not exist, two for one that comes twice."""
    return [moment for day in days_around(wall) for moment in clock(zone, day).get(wall, [])]


def end_of_gap(zone: ZoneInfo, wall: datetime) -> datetime:
    shown = sorted(
        (moment, reading)
        for day in days_around(wall)
        for reading, found in clock(zone, day).items()
        for moment in found
    )
    for (_, before), (moment, after) in pairwise(shown):
        if before < wall < after:
            return moment
    raise LookupError(wall)


def opening(zone: ZoneInfo, wall: datetime) -> datetime:
    found = moments(zone, wall)
    return found[0] if found else end_of_gap(zone, wall)


def closing(zone: ZoneInfo, wall: datetime) -> datetime:
    found = moments(zone, wall)
    return found[-1] if found else end_of_gap(zone, wall)


def windows_of(hours: Hours, day: date) -> list[Span]:
    """The windows of a local date, as instants."""
    if day < HOURS_BEGIN:
        return []
    written = hours.overrides[day] if day in hours.overrides else hours.weekly.get(day.weekday(), [])
    midnight = datetime.combine(day, time())
    spans = [
        (opening(hours.zone, midnight + start * MINUTE), closing(hours.zone, midnight + end * MINUTE))
        for start, end in written
    ]
    return [(start, end) for start, end in spans if start < end]


def dates(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def joined(hours: Hours, span: Span, enough: datetime) -> Span:
    """The span with every window that touches or overlaps it, and every one that touches those, and so on.

    Its end is only looked for up to `enough`.
    """
    start, end = span
    while True:
        near = [
            window
            for edge in (start, min(end, enough))
            for day in dates(edge.date() - 2 * DAY, edge.date() + 2 * DAY)
            for window in windows_of(hours, day)
            if window[0] <= end and window[1] >= start
        ]
        wider = (min([start, *(s for s, _ in near)]), max([end, *(e for _, e in near)]))
        if wider[0] == start and (wider[1] == end or end > enough):
            return wider
        start, end = wider


def open_spans(hours: Hours, first: date, last: date) -> list[Span]:
    """The windows of these local dates alone, minute by minute, as the fewest spans."""
    minutes: set[datetime] = set()
    for day in dates(first, last):
        for start, end in windows_of(hours, day):
            minutes.update(start + i * MINUTE for i in range((end - start) // MINUTE))
    starts = sorted(minute for minute in minutes if minute - MINUTE not in minutes)
    ends = sorted(minute + MINUTE for minute in minutes if minute + MINUTE not in minutes)
    return list(zip(starts, ends, strict=True))


def is_open(ask: Ask, start: datetime) -> bool:
    """Whether nothing but the hours and their grid can still speak against this start."""
    if not ask.now + ask.minimum_notice <= start <= ask.now + ask.horizon or start < ask.earliest:
        return False
    claim_start = start - ask.buffer_before
    claim_end = start + ask.duration + ask.buffer_after
    if any(begin < end and begin < claim_end and claim_start < end for begin, end in ask.busy):
        return False
    day = start.astimezone(ask.hours.zone).date()
    return ask.daily_limit is None or ask.booked_days.get(day, 0) < ask.daily_limit


def slots(ask: Ask, range_start: datetime, range_end: datetime) -> list[datetime]:
    around = dates(range_start.date() - 2 * DAY, range_end.date() + 2 * DAY)
    spans: set[Span] = set()
    for window in [window for day in around for window in windows_of(ask.hours, day)]:
        if not any(start <= window[0] and window[1] <= end for start, end in spans):
            spans.add(joined(ask.hours, window, range_end + ask.duration))
    found = set()
    for begin, end in spans:
        start = begin
        while start + ask.duration <= end and start < range_end:
            if range_start <= start and is_open(ask, start):
                found.add(start)
            start += ask.slot_step
    return sorted(found)
