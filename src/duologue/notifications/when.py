"""How is an instant, a span of time or a sum written for one reader: in their zone, their language?

Instants come aware; zones and locales (Babel identifiers, `locale_of(language)`) come as arguments.
Only Today, its neighbours, and names of cities follow the active translation.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import DateTimePattern, format_timedelta, parse_pattern
from babel.lists import format_list
from babel.units import format_unit
from django.utils.translation import get_language, gettext

from duologue.core.money import Money
from duologue.scheduling import zones

DEFAULT_LOCALE = "en_GB"
# English is the house's language, and its order of words is designed: no comma after the weekday.
_ENGLISH = {"full": "EEEE d MMMM y", "day": "EEEE d MMMM", "short": "EEE d MMM", "plain": "d MMMM"}
_BETWEEN = "\N{NO-BREAK SPACE}\N{EN DASH}\N{NO-BREAK SPACE}"


@lru_cache(maxsize=64)
def locale_of(language: str) -> str:
    """The Babel locale for a language tag such as `en`, `de` or `pt-br`; British English when unknown."""
    if language in {"", "en"}:
        return DEFAULT_LOCALE
    try:
        return str(Locale.parse(language, sep="-" if "-" in language else "_"))
    except (UnknownLocaleError, ValueError):
        return DEFAULT_LOCALE


def day_long(day: date | datetime, zone: ZoneInfo | None = None, locale: str = DEFAULT_LOCALE) -> str:
    """Thursday 22 October 2026. A datetime needs a zone, a plain date needs none."""
    return _written(day, zone, locale, "full")


def day_name(day: date | datetime, zone: ZoneInfo | None = None, locale: str = DEFAULT_LOCALE) -> str:
    """Thursday 22 October"""
    return _written(day, zone, locale, "day")


def day_short(day: date | datetime, zone: ZoneInfo | None = None, locale: str = DEFAULT_LOCALE) -> str:
    """Thu 22 Oct"""
    return _written(day, zone, locale, "short")


def day_plain(day: date | datetime, zone: ZoneInfo | None = None, locale: str = DEFAULT_LOCALE) -> str:
    """22 October"""
    return _written(day, zone, locale, "plain")


def weekday(day: date | datetime, zone: ZoneInfo | None = None, locale: str = DEFAULT_LOCALE) -> str:
    """Thursday"""
    return _written(day, zone, locale, "weekday")


def month(day: date | datetime, zone: ZoneInfo | None = None, locale: str = DEFAULT_LOCALE) -> str:
    """October 2026"""
    return _written(day, zone, locale, "month")


def clock(at: datetime, zone: ZoneInfo, locale: str = DEFAULT_LOCALE) -> str:
    """09:30; with twelve hours where the language counts so. In an hour that comes twice, 02:30 CEST."""
    local = _local(at, zone)
    text = _pattern(locale, "clock").apply(local, locale)
    return f"{text} {zone_abbr(at, zone)}" if _comes_twice(local) else text


def _comes_twice(local: datetime) -> bool:
    """Whether clocks show this time once more, as on the night on which they go back."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def time_range(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, locale: str = DEFAULT_LOCALE) -> str:
    """09:30 – 10:15, with spaces that no line breaks at."""
    return f"{clock(starts_at, zone, locale)}{_BETWEEN}{clock(ends_at, zone, locale)}"


def moment(at: datetime, zone: ZoneInfo, locale: str = DEFAULT_LOCALE) -> str:
    """Wednesday 21 October, 09:30"""
    return f"{day_name(at, zone, locale)}, {clock(at, zone, locale)}"


def moment_short(at: datetime, zone: ZoneInfo, locale: str = DEFAULT_LOCALE) -> str:
    """Wed 21 Oct, 09:30"""
    return f"{day_short(at, zone, locale)}, {clock(at, zone, locale)}"


def relative_day(at: datetime, now: datetime, zone: ZoneInfo, locale: str = DEFAULT_LOCALE) -> str:
    """Yesterday, Today, Tomorrow; other days by name and date, with the year when it is another one."""
    day, today = _local(at, zone).date(), _local(now, zone).date()
    near = {-1: gettext("Yesterday"), 0: gettext("Today"), 1: gettext("Tomorrow")}.get((day - today).days)
    if near:
        return near
    return day_name(day, locale=locale) if day.year == today.year else day_long(day, locale=locale)


def days_apart(at: datetime, other: datetime, zone: ZoneInfo) -> int:
    """How many midnights lie between two instants in a zone; negative when `at` is the earlier one."""
    return (_local(at, zone).date() - _local(other, zone).date()).days


def zone_abbr(at: datetime, zone: ZoneInfo) -> str:
    """CEST, JST; UTC+3 where a zone has no letters of its own."""
    return zones.abbreviation(zone, at)


def zone_label(at: datetime, zone: ZoneInfo) -> str:
    """Berlin (CEST)"""
    place, letters = city(zone.key), zone_abbr(at, zone)
    return place if place == letters else f"{place} ({letters})"


def city(zone_name: str) -> str:
    """Berlin; Berlín in Spanish: the city that a zone is named after, in the active language."""
    language = get_language() or ""
    if language in {"", "en"}:
        return zones.city(zone_name)
    known = Locale.parse(locale_of(language)).time_zones.get(zone_name, {})
    return str(known.get("city") or zones.city(zone_name))


def span(starts_at: datetime, ends_at: datetime, locale: str = DEFAULT_LOCALE) -> str:
    """45 minutes, 1 hour, 1 hour 30 minutes"""
    return minutes_long(int((ends_at - starts_at) / timedelta(minutes=1)), locale)


def minutes_long(count: int, locale: str = DEFAULT_LOCALE) -> str:
    """A length of less than a day: 1 hour 30 minutes"""
    return " ".join(format_timedelta(part, threshold=1, locale=locale) for part in _hours_and_minutes(count))


def minutes_short(count: int, locale: str = DEFAULT_LOCALE) -> str:
    """A length of less than a day in minutes alone: 90 min"""
    # British CLDR writes "mins"; pages write "min".
    return format_unit(
        count, "duration-minute", length="short", locale="en" if locale == DEFAULT_LOCALE else locale
    )


def distance(at: datetime, now: datetime, locale: str = DEFAULT_LOCALE) -> str:
    """in 12 minutes, 2 days ago"""
    return format_timedelta(at - now, add_direction=True, threshold=1, locale=locale)


def lasting(length: timedelta, locale: str = DEFAULT_LOCALE) -> str:
    """40 seconds, 2 days: one unit, without direction."""
    return format_timedelta(length, threshold=1, locale=locale)


def money(sum_: Money, locale: str = DEFAULT_LOCALE) -> str:
    """€65.00"""
    return sum_.format(locale)


def either(words: Sequence[str], locale: str = DEFAULT_LOCALE) -> str:
    """Thu 22 Oct, 09:30 or Fri 23 Oct, 14:00"""
    return format_list(words, style="or", locale=locale)


def _hours_and_minutes(count: int) -> list[timedelta]:
    parts = [timedelta(hours=count // 60), timedelta(minutes=count % 60)]
    return [part for part in parts if part]


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    if at.tzinfo is None:
        msg = "A time without a zone cannot be shown in one."
        raise ValueError(msg)
    return at.astimezone(zone)


def _written(day: date | datetime, zone: ZoneInfo | None, locale: str, kind: str) -> str:
    if isinstance(day, datetime):
        if zone is None:
            msg = "Which day an instant falls on depends on the zone: give one."
            raise ValueError(msg)
        day = _local(day, zone)
    return _pattern(locale, kind).apply(day, locale)


@lru_cache(maxsize=256)
def _pattern(locale: str, kind: str) -> DateTimePattern:
    return parse_pattern(_pattern_text(Locale.parse(locale), kind))


def _pattern_text(locale: Locale, kind: str) -> str:
    """CLDR's pattern for a kind of writing, in the house's form for English."""
    if str(locale) == DEFAULT_LOCALE and kind in _ENGLISH:
        return _ENGLISH[kind]
    skeletons = {name: str(pattern.pattern) for name, pattern in locale.datetime_skeletons.items()}
    full, short_time = str(locale.date_formats["full"].pattern), str(locale.time_formats["short"].pattern)
    return {
        "full": full,
        "day": _in_full(skeletons.get("MMMMEEEEd") or skeletons.get("MMMMEd") or skeletons["MMMEd"]),
        "plain": skeletons["MMMMd"],
        "short": skeletons["MMMEd"],
        "weekday": "EEEE",
        "month": skeletons["yMMMM"],
        "clock": short_time if "HH" in short_time else short_time.replace("H", "HH"),
    }[kind]


def _in_full(pattern: str) -> str:
    """A pattern for Thu 22 Oct as one for Thursday 22 October."""
    return re.sub(r"(?<!M)MMM(?!M)", "MMMM", re.sub(r"E+|ccc", "EEEE", pattern))
