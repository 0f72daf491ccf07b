"""What does a host's next week look like: when is it open, when is it booked?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from duologue.accounts.models import Host
from duologue.bookings.models import Booking
from duologue.bookings.queries import claiming
from duologue.calendars import busy
from duologue.scheduling import zones
from duologue.scheduling.hours import Window, minute_on
from duologue.scheduling.intervals import Interval, epoch, instant, merge, remaining
from duologue.scheduling.schedules import blocked_by_hand, schedules_of
from duologue.scheduling.windows import Schedule, WallWindow, instants_of_date, openings, span_of_dates


@dataclass(frozen=True, slots=True)
class Day:
    """One date: what is open and what is booked, in minutes of the host's clock."""

    date: date
    open: list[Window] = field(default_factory=list)
    booked: list[Window] = field(default_factory=list)


def next_week(
    host: Host, *, weekly: Mapping[int, Sequence[Window]] | None = None, zone_name: str = "", now: datetime
) -> list[Day]:
    """Monday to Sunday after this week. `weekly` and `zone_name` try out hours that are not saved yet."""
    schedule = schedules_of([host])[host.pk]
    if weekly is not None:
        wanted = {day: [WallWindow(*window) for window in windows] for day, windows in weekly.items()}
        schedule = Schedule(wanted, schedule.overrides, zones.zone(zone_name))
    zone = schedule.zone
    today = now.astimezone(zone).date()
    monday = today + timedelta(days=7 - today.weekday())
    start, end = span_of_dates(zone, monday, monday + timedelta(days=6))
    by_hand = blocked_by_hand([host.pk], instant(start), instant(end))[host.pk]
    blocked = merge([*by_hand, *busy.taken(host.pk, instant(start), instant(end), now=now)])
    is_open = [
        left for begin, until in openings(schedule, start, end) for left in remaining(begin, until, blocked)
    ]
    booked = _booked(host, start, end, now)
    dates = [monday + timedelta(days=offset) for offset in range(7)]
    return [
        Day(day, _on(day, zone.key, is_open, schedule), _on(day, zone.key, booked, schedule)) for day in dates
    ]


def _booked(host: Host, start: int, end: int, now: datetime) -> list[Interval]:
    bookings = Booking.objects.filter(
        claiming(now), host=host, ends_at__gt=instant(start), starts_at__lt=instant(end)
    )
    return [(epoch(begin), epoch(until)) for begin, until in bookings.values_list("starts_at", "ends_at")]


def _on(day: date, zone_name: str, intervals: Sequence[Interval], schedule: Schedule) -> list[Window]:
    """The part of the intervals that lies on a date."""
    found = []
    for first, last in instants_of_date(schedule.zone, day):
        for begin, until in intervals:
            start, end = max(begin, first), min(until, last)
            if start < end:
                # The last instant of a day reads as the next day's first minute; one second before does not.
                found.append((minute_on(day, start, zone_name), minute_on(day, end - 1, zone_name) + 1))
    return sorted(found)
