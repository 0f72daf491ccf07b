"""Which instant, which days does a client mean? Offsets and zones are asked for, never guessed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from duologue.core import clock
from duologue.core.errors import Invalid
from duologue.scheduling import zones
from duologue.scheduling.intervals import instant
from duologue.scheduling.windows import span_of_dates

USUAL_DAYS = 30
MOST_DAYS = 62
_A_DAY = 86400
_DATE_LENGTH = len("2026-10-22")
# Inside these years every zone, offset and margin can be reckoned with.
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


@dataclass(frozen=True, slots=True)
class Span:
    """`[start, end)`."""

    start: datetime
    end: datetime


def moment(text: str, field: str) -> datetime:
    """The UTC instant that ISO 8601 with an offset names; raises Invalid (`naive_time` without one)."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(_("Write a time as in 2026-10-22T09:30:00+02:00."), field=field) from None
    if read.utcoffset() is None:
        raise Invalid(
            _("A time without an offset names no instant: write it as in 2026-10-22T09:30:00+02:00."),
            code="naive_time",
            field=field,
        )
    if not _FIRST_YEAR < read.year < _LAST_YEAR:
        raise _far(field)
    return clock.aware(read)


def zone(name: str, field: str) -> ZoneInfo:
    """The zone of that name; raises Invalid."""
    try:
        return zones.zone(name)
    except ValueError:
        raise Invalid(
            _("Name a time zone by region and city, for example Europe/Berlin."), field=field
        ) from None


def span(since: str, until: str, where: ZoneInfo, *, now: datetime) -> Span:
    """From `since` (else now) to `until` (else 30 days on). Dates are whole days in `where`, both included.

    Raises Invalid: nonsense, naive, the wrong way round, or longer than 62 days.
    """
    start = _edge(since, where, "from").start if since else now
    end = _edge(until, where, "to").end if until else start + timedelta(days=USUAL_DAYS)
    if end <= start:
        raise Invalid(_("The range ends where it starts, or before."), field="to")
    if end - start > timedelta(days=MOST_DAYS, hours=2):
        raise Invalid(_("Ask for at most %(count)s days at once.") % {"count": MOST_DAYS}, field="to")
    return Span(start, end)


def _edge(text: str, where: ZoneInfo, field: str) -> Span:
    if len(text) > _DATE_LENGTH:
        at = moment(text, field)
        return Span(at, at)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(
            _("Write a date as in 2026-10-22, or a time as in 2026-10-22T09:30:00+02:00."), field=field
        ) from None
    if not _FIRST_YEAR < day.year < _LAST_YEAR:
        raise _far(field)
    first, last = span_of_dates(where, day, day)
    return Span(instant(first), instant(last))


def _far(field: str) -> Invalid:
    return Invalid(_("That year is out of reach."), field=field)


def written(second: int) -> str:
    """An instant as answers have it: 2026-10-22T07:30:00Z."""
    return _day(second // _A_DAY) + _clock(second % _A_DAY)


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    return instant(number * _A_DAY).strftime("%Y-%m-%dT")


@lru_cache(maxsize=4096)
def _clock(second: int) -> str:
    return instant(second).strftime("%H:%M:%SZ")
