"""What do a month, its days and their times show, and which was chosen? For each page that picks a time."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from duologue.core import clock
from duologue.scheduling import slots, zones
from duologue.scheduling.intervals import epoch
from duologue.scheduling.slots import Question
from duologue.web import month
from duologue.web.viewer import Viewer

Days = dict[date, list[datetime]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address says was chosen so far; each part may be missing or nonsense."""

    month: str
    day: str
    at: str


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A night on which the viewer's clocks jump, in the month that is shown."""

    at: datetime
    is_back: bool


def drawn(
    asked: Question, days: Days, choice: Choice, viewer: Viewer, *, horizon: datetime
) -> dict[str, Any]:
    """All that `booking/_month.html` and `booking/_times.html` show but the address they begin from."""
    at = chosen_time(choice.at, days)
    today = viewer.now.astimezone(viewer.zone).date()
    first_open = min(days, default=today)
    day = at.astimezone(viewer.zone).date() if at else _chosen_day(choice.day, days)
    first = month.month_of(choice.month, default=day or first_open)
    if day is None and not choice.month:
        day = first_open if days else None
    following, last = month.next_month(first), horizon.astimezone(viewer.zone).date()
    return {
        "month": first,
        "weeks": month.grid(
            first, open_days=set(days), full_days=_full_days(asked, first, viewer), today=today, chosen=day
        ),
        "previous_month": month.previous_month(first) if first > today.replace(day=1) else None,
        "next_month": following if following <= last else None,
        "day": day,
        "times": month.parts_of_day(days.get(day, [])) if day else None,
        "at": at,
        "chosen": at.timestamp() if at else None,
        "at_was_lost": bool(choice.at) and at is None,
        "clock_change": _clock_change(first, viewer),
        "has_times": bool(days),
    }


def open_days(asked: Question, viewer: Viewer, horizon: datetime) -> Days:
    """The open starts until the horizon, by the viewer's dates."""
    return month.by_date(slots.open_slots(asked, epoch(viewer.now), epoch(horizon) + 1), viewer.zone)


def chosen_time(text: str, days: Days) -> datetime | None:
    """The open start that the address names, in UTC; None when it is not (or no longer) open.

    In a zone, Python counts an hour that comes twice as one: such times equal none of another zone, and what
    is added to them is added to what clocks show.
    """
    try:
        moment = clock.aware(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
    is_open = any(start.timestamp() == moment.timestamp() for starts in days.values() for start in starts)
    return moment if is_open else None


def _full_days(asked: Question, first: date, viewer: Viewer) -> set[date]:
    """Days of the month that would have times if nobody had booked: drawn as fully booked."""
    start, end = month.bounds(first, viewer.zone)
    unbooked = replace(asked, busy=(), booked_days={})
    return set(month.by_date(slots.open_slots(unbooked, epoch(start), epoch(end)), viewer.zone))


def _chosen_day(text: str, days: Days) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day in days else None


def _clock_change(first: date, viewer: Viewer) -> ClockChange | None:
    start, end = month.bounds(first, viewer.zone)
    start = max(start, viewer.now)
    if start >= end:
        return None
    at = zones.next_change(viewer.zone, start, within_days=(end - start).days)
    return ClockChange(at, zones.shift(viewer.zone, at) < timedelta()) if at else None
