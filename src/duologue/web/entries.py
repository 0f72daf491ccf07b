"""How do special days and blocked time read in a list?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.notifications import when
from duologue.scheduling.hours import clock
from duologue.scheduling.models import BlockedTime
from duologue.scheduling.queries import SpecialDays


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what is meant, what holds; dates or `id` name it to the page that edits or removes it."""

    title: str
    says: str
    name: str
    first: str = ""
    last: str = ""
    id: int = 0


def _locale() -> str:
    return when.locale_of(get_language() or "")


def of_special_days(found: Iterable[SpecialDays]) -> list[Entry]:
    return [_special(days) for days in found]


def _special(days: SpecialDays) -> Entry:
    name = dates_of(days)
    times = [
        _("%(start)s to %(end)s") % {"start": clock(start), "end": clock(end)} for start, end in days.windows
    ]
    first, last = days.first.isoformat(), days.last.isoformat()
    if not times:
        return Entry(name, days.label or _("Closed all day"), name, first, last)
    title = f"{name}, {days.label}" if days.label else name
    return Entry(title, _("Only %(times)s") % {"times": _(" and ").join(times)}, name, first, last)


def dates_of(days: SpecialDays) -> str:
    """Tue 3 Nov; 28 Dec to 4 Jan"""
    locale = _locale()
    if not days.is_range:
        return when.day_short(days.first, locale=locale)
    return _("%(first)s to %(last)s") % {"first": _day(days.first, locale), "last": _day(days.last, locale)}


def _day(day: date, locale: str) -> str:
    return format_skeleton("MMMd", day, locale=locale)


def of_blocked_times(found: Iterable[BlockedTime], zone: ZoneInfo) -> list[Entry]:
    locale = _locale()
    entries = []
    for blocked in found:
        starts, ends = when.moment_short(blocked.starts_at, zone, locale), blocked.ends_at.astimezone(zone)
        same_day = blocked.starts_at.astimezone(zone).date() == ends.date()
        until = when.clock(ends, zone, locale) if same_day else when.moment_short(ends, zone, locale)
        name = _("%(start)s to %(end)s") % {"start": starts, "end": until}
        entries.append(Entry(name, blocked.label or _("Blocked"), name, id=blocked.pk))
    return entries
