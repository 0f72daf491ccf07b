"""Which days stand in a month's grid, and which times on a chosen day? Values for the booking calendar."""

import calendar
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from duologue.scheduling.intervals import instant

NOON, EVENING = 12, 17
FIRST_YEAR, LAST_YEAR = 2000, 2200


@dataclass(frozen=True, slots=True)
class Day:
    """One cell: a day of this month with what it offers, or an empty place."""

    date: date | None
    is_open: bool = False
    is_full: bool = False
    is_today: bool = False
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class DayTimes:
    """A day's open starts by part of the day, in the viewer's zone."""

    morning: list[datetime] = field(default_factory=list)
    afternoon: list[datetime] = field(default_factory=list)
    evening: list[datetime] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.morning or self.afternoon or self.evening)


def month_of(text: str, *, default: date) -> date:
    """The first of the month that `2026-10` names; the default's for anything else."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return default.replace(day=1)
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else default.replace(day=1)


def next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def previous_month(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def bounds(first: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants between which a local month lies."""
    return (
        datetime.combine(first, time(), zone),
        datetime.combine(next_month(first), time(), zone),
    )


def by_date(starts: Iterable[int], zone: ZoneInfo) -> dict[date, list[datetime]]:
    """Open starts sorted onto the viewer's local dates."""
    days: dict[date, list[datetime]] = defaultdict(list)
    for start in starts:
        local = instant(start).astimezone(zone)
        days[local.date()].append(local)
    return dict(days)


def grid(
    first: date, *, open_days: set[date], full_days: set[date], today: date, chosen: date | None
) -> list[list[Day]]:
    """Weeks from Monday to Sunday; days of other months are empty places."""
    weeks = calendar.Calendar(firstweekday=0).monthdatescalendar(first.year, first.month)
    return [
        [
            Day(
                day,
                is_open=day in open_days,
                is_full=day in full_days and day not in open_days,
                is_today=day == today,
                is_chosen=day == chosen,
            )
            if day.month == first.month
            else Day(None)
            for day in week
        ]
        for week in weeks
    ]


def parts_of_day(times: Iterable[datetime]) -> DayTimes:
    found = DayTimes()
    for moment in times:
        part = (
            found.morning
            if moment.hour < NOON
            else found.afternoon
            if moment.hour < EVENING
            else found.evening
        )
        part.append(moment)
    return found
