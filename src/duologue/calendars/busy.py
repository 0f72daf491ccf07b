"""When do calendars outside take a host's time? Our rows, read for slots and for people; nobody is asked."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Min

from duologue.accounts.models import Host
from duologue.calendars.models import BusyInterval, CalendarConnection
from duologue.scheduling.intervals import Interval
from duologue.scheduling.seconds import Read, together

BEING_READ, UNREADABLE = "calendar_being_read", "calendar_unreadable"
_ALWAYS = 1 << 40
_BUSY = """
SELECT host_id, {begin:starts_at}, {end:ends_at}, '' FROM calendars_busyinterval
WHERE host_id IN ({keys}) AND ends_at > %s AND starts_at < %s
"""
# Unknown is not free: a calendar that could not be read for too long takes all of its host's time.
_UNKNOWN = f"""
SELECT host_id, 0, {_ALWAYS}, '' FROM calendars_calendarconnection
WHERE host_id IN ({{keys}}) AND good_until <= %s
"""  # noqa: S608 (made of constants)


def busy_reads(host_ids: Iterable[int], start: datetime, end: datetime, *, now: datetime) -> list[Read]:
    """What calendars outside take of hosts' `[start, end)`, known and unknown: host id, begin, end."""
    keys = tuple(host_ids)
    return [Read(_BUSY, keys, (start, end)), Read(_UNKNOWN, keys, (now,))]


def taken(host_id: int, start: datetime, end: datetime, *, now: datetime) -> list[Interval]:
    """What calendars outside take of one host's `[start, end)`."""
    found = together(*busy_reads([host_id], start, end, now=now))
    return [(begin, until) for rows in found for _, _, begin, until, _ in rows]


def is_free(host_id: int, start: datetime, end: datetime, *, now: datetime) -> bool:
    """Whether it is known that nothing outside takes the host's `[start, end)`."""
    if unknown_since(host_id, now=now) is not None:
        return False
    taken = BusyInterval.objects.filter(host_id=host_id, ends_at__gt=start, starts_at__lt=end)
    return not taken.exists()


def unknown_since(host_id: int, *, now: datetime) -> datetime | None:
    """When the calendar that closes a host's times was last tried; None when all are known."""
    closing = CalendarConnection.objects.filter(host_id=host_id, good_until__lte=now)
    return closing.order_by(F("tried_at").desc()).values_list("tried_at", flat=True).first()


def closed_because(host_id: int, *, now: datetime) -> str:
    """Why a host's times are closed: `BEING_READ` or `UNREADABLE`; empty when they are not."""
    closing = list(CalendarConnection.objects.filter(host_id=host_id, good_until__lte=now))
    if not closing:
        return ""
    is_new = all(calendar.is_being_read for calendar in closing)
    return BEING_READ if is_new else UNREADABLE


def calendars_of(host: Host, *, now: datetime) -> list[tuple[CalendarConnection, datetime | None]]:
    """A host's calendars, each with its next busy time."""
    found = list(CalendarConnection.objects.filter(host=host))
    coming = BusyInterval.objects.filter(host=host, ends_at__gt=now).order_by()
    soonest = dict(coming.values_list("calendar").annotate(Min("starts_at")))
    return [(calendar, soonest.get(calendar.pk)) for calendar in found]
