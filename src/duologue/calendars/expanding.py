"""When is somebody busy, as a calendar file says? Recurring events, zones and exceptions worked out. Pure.

Made to run in a process of its own (`calendars.apart`): a file may be made to keep whoever reads it busy.
"""

import json
import resource
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component

MOST_TIMES = 10_000
MOST_EVENTS = 20_000
# Nobody's calendar says that they are busy every minute; to work it out would take for ever.
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY"})
_TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
"""Without one of these an event takes another time than it says; other mistakes harm nobody."""
_STRETCH = timedelta(days=31)
_LONGEST_TEXT = 255
_DAY = timedelta(days=1)


class Unreadable(Exception):
    """`code` says what is wrong with the file, `detail` names the culprit where that helps."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail[:80]


@dataclass(frozen=True, slots=True)
class Question:
    """Which stretch of time, whose zone for times without one, and whose refusals count."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    addresses: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class BusyTime:
    """`[start, end)` in seconds since 1970, and the event it belongs to."""

    start: int
    end: int
    uid: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a file says: its own name, how many events it has, and the busy times."""

    name: str
    events: int
    times: list[BusyTime]


def busy_times(content: bytes, asked: Question) -> Found:
    """Everything that takes time within the stretch. Raises Unreadable rather than leaving something out."""
    calendars = _parse(content)
    events = sum(len(calendar.walk("VEVENT")) for calendar in calendars)
    if events > MOST_EVENTS:
        raise Unreadable("too_many")
    times: dict[BusyTime, None] = {}
    for calendar in calendars:
        own = {*(one.lower() for one in asked.addresses), str(calendar.get("X-WR-CALNAME", "")).lower()}
        for component in calendar.walk("VEVENT"):
            _check(component, asked, own)
        for found in (*_of_events(calendar, asked, own), *_of_free_busy(calendar, asked)):
            times[found] = None
            if len(times) > MOST_TIMES:
                raise Unreadable("too_many")
    return Found(_name(calendars), events, sorted(times, key=lambda one: (one.start, one.end, one.uid)))


def _parse(content: bytes) -> list[Calendar]:
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        raise Unreadable("no_calendar")
    if not text.rstrip()[-13:].upper() == b"END:VCALENDAR":
        raise Unreadable("cut_off")
    try:
        found = Calendar.from_ical(text, multiple=True)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        raise Unreadable("broken") from error
    return [one for one in found if isinstance(one, Calendar)]


def _name(calendars: list[Calendar]) -> str:
    for calendar in calendars:
        if name := " ".join(str(calendar.get("X-WR-CALNAME", "")).split()):
            return name[:80]
    return ""


def _check(event: Component, asked: Question, own: Collection[str]) -> None:
    """Refuse what cannot be understood, if it could take time at all."""
    if not _takes_time(event, own):
        return
    starts = event.get("DTSTART")
    if starts is None or isinstance(starts, list) or any(name in _TIMES for name, _ in event.errors):
        raise Unreadable("broken")
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        if not _TOO_OFTEN.isdisjoint(str(one).upper() for one in rule.get("FREQ", [])):
            raise Unreadable("too_often")
    if not rules and _is_over(starts.dt, asked.start):
        return
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        value = event.get(name)
        zone = str(value.params.get("TZID", "")) if value is not None else ""
        if zone and isinstance(value.dt, datetime) and value.dt.tzinfo is None:
            raise Unreadable("zone", zone)


def _is_over(starts: date, since: datetime) -> bool:
    """Long ago: no event lasts for a year."""
    return date(starts.year, starts.month, starts.day) < since.date() - timedelta(days=366)


def _takes_time(event: Component, own: Collection[str]) -> bool:
    says = str(event.get("STATUS", "")).upper(), str(event.get("TRANSP", "")).upper()
    if says[0] == "CANCELLED" or says[1] == "TRANSPARENT":
        return False
    if str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE":
        return False
    return not any(_declines(one, own) for one in _list(event.get("ATTENDEE")))


def _declines(attendee: Any, own: Collection[str]) -> bool:
    mailbox = str(attendee).lower().removeprefix("mailto:")
    told = getattr(attendee, "params", {})
    return mailbox in own and str(told.get("PARTSTAT", "")).upper() == "DECLINED"


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _of_events(calendar: Calendar, asked: Question, own: Collection[str]) -> Iterator[BusyTime]:
    """Stretch by stretch, so that too many are known before all are worked out."""
    try:
        query = recurring_ical_events.of(calendar, components=["VEVENT"])
        since = asked.start - _DAY
        while since < asked.end + _DAY:
            until = min(since + _STRETCH, asked.end + _DAY)
            for event in query.between(since, until):
                if _takes_time(event, own):
                    yield from _within(event.start, event.end, str(event.get("UID", "")), asked)
            since = until
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        raise Unreadable("broken") from error


def _of_free_busy(calendar: Calendar, asked: Question) -> Iterator[BusyTime]:
    """Calendars that publish no events, only when they are busy."""
    for component in calendar.walk("VFREEBUSY"):
        for value in _list(component.get("FREEBUSY")):
            for period in _list(value):
                if str(period.params.get("FBTYPE", "BUSY")).upper() != "FREE":
                    yield from _within(period.start, period.end, "", asked)


def _within(start: date, end: date, uid: str, asked: Question) -> Iterator[BusyTime]:
    begins, ends = _instant(start, asked.zone), _instant(end, asked.zone)
    if begins < ends and ends > asked.start and begins < asked.end:
        yield BusyTime(int(begins.timestamp()), -int(-ends.timestamp() // 1), uid[:_LONGEST_TEXT])


def _instant(at: date, zone: ZoneInfo) -> datetime:
    """A whole day begins at midnight in the person's own zone, and a time without a zone is meant there."""
    if not isinstance(at, datetime):
        at = datetime.combine(at, time())
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def main() -> None:
    """Read a line of orders and the file, both from standard input; write one line of JSON."""
    orders = json.loads(sys.stdin.buffer.readline())
    _bind(orders["seconds"], orders["megabytes"])
    asked = Question(
        start=datetime.fromisoformat(orders["start"]),
        end=datetime.fromisoformat(orders["end"]),
        zone=ZoneInfo(orders["zone"]),
        addresses=orders["addresses"],
    )
    try:
        found = busy_times(sys.stdin.buffer.read(), asked)
    except Unreadable as error:
        told: dict[str, Any] = {"problem": error.code, "detail": error.detail}
    except (MemoryError, RecursionError):
        told = {"problem": "too_much", "detail": ""}
    else:
        times = [(one.start, one.end, one.uid) for one in found.times]
        told = {"name": found.name, "events": found.events, "times": times}
    sys.stdout.write(json.dumps(told))


def _bind(seconds: int, megabytes: int) -> None:
    """What the system takes away for good: time, memory, files to write."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
