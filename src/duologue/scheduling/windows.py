"""When is a host open? Wall-time windows of the week and of single dates, turned into instants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from duologue.scheduling.intervals import Interval, instant, meeting, merge
from duologue.scheduling.zones import Stretch, offset_at, stretches

MINUTES_A_DAY = 24 * 60
HOURS_BEGIN = date(2000, 1, 3)
"""No window lies on an earlier local date. So hours without any pause have a beginning too, from which starts
are counted, and it depends neither on the range that is asked for nor on the present."""

_DAY = 86400
_DAY_ZERO = date(1970, 1, 1).toordinal()
_ONE_DAY = timedelta(days=1)
# An instant's local date is at most a day from its UTC date, and clocks jump by at most a day.
_MARGIN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class WallWindow:
    """`[start, end)` in minutes of the local day; 1440 is 24:00."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            msg = "A window starts before it ends, between 0:00 and 24:00 of one day."
            raise ValueError(msg)


WeeklyHours = Mapping[int, Sequence[WallWindow]]
"""Windows by weekday; Monday is 0."""

Overrides = Mapping[date, Sequence[WallWindow]]
"""Windows that hold on one date instead of its weekday's; an empty sequence means off."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A host's hours: what recurs, what single dates change, and whose clocks are meant."""

    weekly: WeeklyHours
    overrides: Overrides
    zone: ZoneInfo

    def on(self, day: date) -> Sequence[WallWindow]:
        found = self.overrides.get(day)
        return self.weekly.get(day.weekday(), ()) if found is None else found


def open_intervals(
    weekly: WeeklyHours, overrides: Overrides, zone: ZoneInfo, *, first: date, last: date
) -> list[Interval]:
    """The windows of the local dates first..last as merged UTC intervals."""
    schedule = Schedule(weekly, overrides, zone)
    start, end = midnight(first), midnight(last) + _DAY
    offsets = stretches(zone, start - 2 * _DAY, end + 2 * _DAY)
    found: list[Interval] = []
    at = 0
    for wall in range(start, end, _DAY):
        windows = schedule.on(date.fromordinal(_DAY_ZERO + wall // _DAY))
        while offsets[at][1] + offsets[at][2] < wall:
            at += 1
        begin, until, offset = offsets[at]
        steady = begin + offset + 2 * _DAY <= wall <= until + offset - 2 * _DAY
        for window in windows:
            opens, closes = wall + window.start * 60, wall + window.end * 60
            if steady:
                found.append((opens - offset, closes - offset))
            else:
                found.append((_first_reading(offsets, opens), _last_reading(offsets, closes)))
    return merge(found)


def openings(schedule: Schedule, start: int, end: int) -> list[Interval]:
    """The merged open intervals that meet `[start, end)`, each from its true beginning, however long ago.

    What lies after `end` may be cut off.
    """
    first = max(instant(start).date() - _MARGIN, HOURS_BEGIN)
    last = instant(end).date() + _MARGIN
    found = _meeting(_dates(schedule, first, last), start, end)
    while found and first > HOURS_BEGIN and found[0][0] <= closes_at(schedule.zone, midnight(first)):
        first, earlier = _before(schedule, first)
        found = _meeting(merge([*earlier, *found]), start, end)
    return found


def opens_at(zone: ZoneInfo, wall: int) -> int:
    """The instant a window begins whose `from` is that wall time: the first at which clocks show it or later.

    A wall time is written as the second since 1970 that it would be in UTC. One that comes twice means the
    first, one that does not exist the end of the gap.
    """
    return _first_reading(stretches(zone, wall - 2 * _DAY, wall + 2 * _DAY), wall)


def closes_at(zone: ZoneInfo, wall: int) -> int:
    """The instant a window ends whose `to` is that wall time: the last up to which clocks show it or earlier.

    One that comes twice means the second, one that does not exist the end of the gap.
    """
    return _last_reading(stretches(zone, wall - 2 * _DAY, wall + 2 * _DAY), wall)


def midnight(day: date) -> int:
    """The wall time at which a date begins."""
    return (day.toordinal() - _DAY_ZERO) * _DAY


def local_date(zone: ZoneInfo, moment: int) -> date:
    return instant(moment + offset_at(zone, moment)).date()


def span_of_dates(zone: ZoneInfo, first: date, last: date) -> Interval:
    """An interval that holds every instant at which clocks show one of the dates first..last."""
    return opens_at(zone, midnight(first)), closes_at(zone, midnight(last) + _DAY)


def instants_of_date(zone: ZoneInfo, day: date) -> list[Interval]:
    """The instants at which clocks show that date; two intervals if clocks go back over its midnight."""
    wall = midnight(day)
    return merge(
        (max(begin, wall - offset), min(end, wall + _DAY - offset))
        for begin, end, offset in stretches(zone, wall - 2 * _DAY, wall + 3 * _DAY)
    )


def _first_reading(offsets: Sequence[Stretch], wall: int) -> int:
    return next(max(begin, wall - offset) for begin, end, offset in offsets if end + offset > wall)


def _last_reading(offsets: Sequence[Stretch], wall: int) -> int:
    return next(min(end, wall - offset) for begin, end, offset in reversed(offsets) if begin + offset <= wall)


def _dates(schedule: Schedule, first: date, last: date) -> list[Interval]:
    return open_intervals(schedule.weekly, schedule.overrides, schedule.zone, first=first, last=last)


def _meeting(found: list[Interval], start: int, end: int) -> list[Interval]:
    return list(meeting(found, start, end))


def _before(schedule: Schedule, first: date) -> tuple[date, list[Interval]]:
    """Open intervals of dates right before `first`, back to one that is not open all day, and that date.

    Days that are open from 0:00 to 24:00 follow each other without a pause, so a run of them is one interval,
    whatever the clocks do within it.
    """
    pause = _last_pause(schedule, first)
    if pause is None:
        return HOURS_BEGIN, [_run(schedule.zone, HOURS_BEGIN, first)]
    found = _dates(schedule, pause, pause)
    if pause + _ONE_DAY < first:
        found.append(_run(schedule.zone, pause + _ONE_DAY, first))
    return pause, found


def _run(zone: ZoneInfo, first: date, until: date) -> Interval:
    return opens_at(zone, midnight(first)), closes_at(zone, midnight(until))


def _last_pause(schedule: Schedule, before: date) -> date | None:
    """The last date before that one which is not open from 0:00 to 24:00, if any since the beginning."""
    if all(_is_full(schedule.weekly.get(weekday, ())) for weekday in range(7)):
        pauses = (day for day, windows in schedule.overrides.items() if not _is_full(windows))
        return max((day for day in pauses if HOURS_BEGIN <= day < before), default=None)
    day = before - _ONE_DAY
    while day >= HOURS_BEGIN:
        if not _is_full(schedule.on(day)):
            return day
        day -= _ONE_DAY
    return None


def _is_full(windows: Sequence[WallWindow]) -> bool:
    return merge((window.start, window.end) for window in windows) == [(0, MINUTES_A_DAY)]
