"""What did a host mean by the times they typed? Loose spelling in, minutes of the day and plain words out."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from duologue.core.errors import Invalid
from duologue.scheduling.windows import MINUTES_A_DAY, closes_at, midnight, opens_at
from duologue.scheduling.zones import city, offset_at, zone

MOST_WINDOWS = 24
_CLOCK = re.compile(r"(\d{1,2})(?:\s*[:.,h ]\s*(\d{2})?)?\s*(?:([ap])\.?\s*m?\.?)?")
_RUN_TOGETHER = re.compile(r"(\d{1,2})(\d{2})")
FROM, TO = "from", "to"


@dataclass(frozen=True, slots=True)
class Typed:
    """One window as it was typed."""

    start: str
    end: str

    @property
    def is_empty(self) -> bool:
        return not self.start.strip() and not self.end.strip()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with which end of which row."""

    row: int
    end: str
    words: str


Window = tuple[int, int]


def minute_of(text: str) -> int:
    """Minutes since midnight: `9`, `9:30`, `9.30`, `0930`, `9h30`, `9:30 pm`, `24:00`; raises ValueError."""
    plain = unicodedata.normalize("NFKC", text[:40]).strip().lower()
    found = _CLOCK.fullmatch(plain) or _RUN_TOGETHER.fullmatch(plain)
    if found is None:
        msg = "Not a time of day."
        raise ValueError(msg)
    hour, minute, *half = (*found.groups(), None)
    minutes = int(hour) * 60 + int(minute or 0)
    if half and half[0]:
        if not 1 <= int(hour) <= 12:
            msg = "There is no such hour on a twelve-hour clock."
            raise ValueError(msg)
        minutes = minutes % 720 + (720 if half[0] == "p" else 0)
    if int(minute or 0) > 59 or minutes > MINUTES_A_DAY:
        msg = "Not a time of day."
        raise ValueError(msg)
    return minutes


def clock(minute: int) -> str:
    """As it is typed and read: 09:30, at the day's end 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def read_windows(rows: Sequence[Typed]) -> tuple[list[Window], list[Problem]]:
    """The windows of one day in order, or everything that is wrong with them. Empty rows do not count."""
    read: list[tuple[Window, int]] = []
    problems: list[Problem] = []
    for row, typed in enumerate(rows):
        if typed.is_empty:
            continue
        window, wrong = _read_window(row, typed)
        problems += wrong
        if window is not None:
            read.append((window, row))
    read.sort()
    problems += _overlaps(read)
    if len(read) > MOST_WINDOWS:
        words = _("At most %(count)s windows fit in a day.") % {"count": MOST_WINDOWS}
        problems.append(Problem(read[-1][1], FROM, words))
    return [window for window, _row in read], problems


def _read_window(row: int, typed: Typed) -> tuple[Window | None, list[Problem]]:
    start, start_problem = _read_end(row, FROM, typed.start)
    end, end_problem = _read_end(row, TO, typed.end)
    if start is None or end is None:
        return None, [*start_problem, *end_problem]
    if start == MINUTES_A_DAY:
        return None, [Problem(row, FROM, _("A window cannot begin at 24:00. Use 00:00 of the next day."))]
    # Until midnight is what somebody means who ends a window at 0:00.
    end = end or MINUTES_A_DAY
    if start >= end:
        words = _(
            "%(end)s is not after %(start)s. For hours past midnight, end at 24:00 and go on the next day."
        )
        return None, [Problem(row, TO, words % {"start": clock(start), "end": clock(end)})]
    return (start, end), []


def _read_end(row: int, end: str, text: str) -> tuple[int | None, list[Problem]]:
    if not text.strip():
        return None, [Problem(row, end, _("When does it begin?") if end == FROM else _("When does it end?"))]
    try:
        return minute_of(text), []
    except ValueError:
        return None, [Problem(row, end, _("Write a time of day, for example 9:30 or 17:00."))]


def _overlaps(read: Sequence[tuple[Window, int]]) -> list[Problem]:
    problems = []
    until, latest = -1, (0, 0)
    for window, row in read:
        if window[0] < until:
            words = _("Overlaps %(start)s to %(end)s.")
            said = words % {"start": clock(latest[0]), "end": clock(latest[1])}
            problems.append(Problem(row, FROM, said))
        if window[1] > until:
            until, latest = window[1], window
    return problems


def instant_of(day: date, minute: int, zone_name: str, *, ends: bool = False) -> int:
    """The instant a person means by a wall time, in seconds since 1970; 24:00 is the day's end.

    A time that comes twice is the first for a beginning, the second for an end. Raises Invalid for one that
    the clocks jump over.
    """
    there = zone(zone_name)
    wall = midnight(day) + minute * 60
    moment = closes_at(there, wall) if ends else opens_at(there, wall)
    if moment + offset_at(there, moment) != wall and not (ends and minute == MINUTES_A_DAY):
        before = moment - 1 + offset_at(there, moment - 1) + 1
        after = moment + offset_at(there, moment)
        words = _(
            "On that night clocks in %(city)s jump from %(before)s to %(after)s, so %(time)s does not exist. "
            "Choose a time before or after."
        )
        raise Invalid(
            words
            % {
                "city": city(zone_name),
                "before": clock(before // 60 % MINUTES_A_DAY),
                "after": clock(after // 60 % MINUTES_A_DAY),
                "time": clock(minute),
            },
            code="no_such_time",
        )
    return moment


def minute_on(day: date, moment: int, zone_name: str) -> int:
    """Where an instant stands on a day's clock, held to the day: for drawing, not for counting."""
    there = zone(zone_name)
    wall = moment + offset_at(there, moment) - midnight(day)
    return max(0, min(MINUTES_A_DAY, wall // 60))
