"""How is a host's week drawn, and said to who cannot see it?"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from duologue.scheduling.hours import Window, clock
from duologue.usecases.next_week import Day

EARLIEST, LATEST = 8, 22
"""Hours that are always shown; the scale grows where somebody is open earlier or later."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch in percent of the scale, with a point whatever the language."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Line:
    name: str | Promise
    open: list[Bar]
    booked: list[Bar]


@dataclass(frozen=True, slots=True)
class Week:
    lines: list[Line]
    scale: tuple[str, str, str]
    words: str


def draw(days: Sequence[Day]) -> Week:
    known = [window for day in days for window in (*day.open, *day.booked)]
    low = min([EARLIEST, *(start // 60 for start, _end in known)])
    high = max([LATEST, *(-(-end // 60) for _start, end in known)])
    lines = [
        Line(WEEKDAYS_ABBR[day.date.weekday()], _bars(day.open, low, high), _bars(day.booked, low, high))
        for day in days
    ]
    scale = (f"{low:02}", f"{(low + high) // 2:02}", f"{high:02}")
    return Week(lines, scale, _words(days))


def _bars(windows: Sequence[Window], low: int, high: int) -> list[Bar]:
    span = (high - low) * 60
    return [
        Bar(f"{(start - low * 60) / span * 100:.2f}%", f"{(end - start) / span * 100:.2f}%")
        for start, end in windows
    ]


def _words(days: Sequence[Day]) -> str:
    is_open = [_said(day, day.open) for day in days if day.open]
    booked = [_said(day, day.booked) for day in days if day.booked]
    said = [_("Open %(times)s.") % {"times": ", ".join(is_open)} if is_open else _("Closed all week.")]
    if booked:
        said.append(_("Booked %(times)s.") % {"times": ", ".join(booked)})
    return " ".join(said)


def _said(day: Day, windows: Sequence[Window]) -> str:
    times = [_("%(start)s to %(end)s") % {"start": clock(start), "end": clock(end)} for start, end in windows]
    return f"{WEEKDAYS[day.date.weekday()]} {_(' and ').join(times)}"
