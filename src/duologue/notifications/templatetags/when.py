"""How do templates write times and sums? Filters that take the zone; the language is the active one."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.utils.translation import get_language

from duologue.core.money import Money
from duologue.notifications import when

register = template.Library()


def _locale() -> str:
    return when.locale_of(get_language() or "")


@register.filter
def day_long(day: date | datetime, zone: ZoneInfo | None = None) -> str:
    return when.day_long(day, zone, _locale())


@register.filter
def day_name(day: date | datetime, zone: ZoneInfo | None = None) -> str:
    return when.day_name(day, zone, _locale())


@register.filter
def day_short(day: date | datetime, zone: ZoneInfo | None = None) -> str:
    return when.day_short(day, zone, _locale())


@register.filter
def weekday(day: date | datetime, zone: ZoneInfo | None = None) -> str:
    return when.weekday(day, zone, _locale())


@register.filter
def month(day: date | datetime, zone: ZoneInfo | None = None) -> str:
    return when.month(day, zone, _locale())


@register.filter
def clock(at: datetime, zone: ZoneInfo) -> str:
    return when.clock(at, zone, _locale())


@register.filter
def moment(at: datetime, zone: ZoneInfo) -> str:
    return when.moment(at, zone, _locale())


@register.filter
def moment_short(at: datetime, zone: ZoneInfo) -> str:
    return when.moment_short(at, zone, _locale())


@register.filter
def zone_abbr(at: datetime, zone: ZoneInfo) -> str:
    return when.zone_abbr(at, zone)


@register.filter
def zone_label(at: datetime, zone: ZoneInfo) -> str:
    return when.zone_label(at, zone)


@register.filter
def distance(at: datetime, now: datetime) -> str:
    return when.distance(at, now, _locale())


@register.filter
def money(amount: Money) -> str:
    return when.money(amount, _locale())


@register.filter
def minutes_long(count: int) -> str:
    return when.minutes_long(count, _locale())


@register.filter
def minutes_short(count: int) -> str:
    return when.minutes_short(count, _locale())


@register.simple_tag
def time_range(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    return when.time_range(starts_at, ends_at, zone, _locale())


@register.simple_tag
def relative_day(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    return when.relative_day(at, now, zone, _locale())


@register.filter
def lasting(length: timedelta) -> str:
    return when.lasting(length, _locale())
