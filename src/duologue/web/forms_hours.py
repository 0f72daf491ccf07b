"""How are weekly hours read and shown? As rows that stay as they were typed until they are right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from duologue.scheduling.hours import FROM, MOST_WINDOWS, Typed, Window, clock, read_windows

DAYS = range(7)


@dataclass(slots=True)
class Row:
    """One window as typed, and what is wrong with it."""

    start: str = ""
    end: str = ""
    start_error: str = ""
    end_error: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.start.strip() and not self.end.strip()


@dataclass(slots=True)
class Day:
    """One weekday: on or off, and its rows."""

    number: int
    is_on: bool
    rows: list[Row]
    windows: list[Window] = field(default_factory=list)

    @property
    def name(self) -> str | Promise:
        return WEEKDAYS[self.number]

    def read(self) -> bool:
        """Turn the rows into windows; False when something is wrong, which then stands at the rows."""
        if not self.is_on:
            self.windows = []
            return True
        self.rows = [row for row in self.rows if not row.is_empty]
        if not self.rows:
            self.rows = [Row()]
            self.rows[0].start_error = _("Write at least one window, or switch the day off.")
            return False
        self.windows = read_rows(self.rows)
        return not any(row.start_error or row.end_error for row in self.rows)


def read_rows(rows: list[Row]) -> list[Window]:
    """The windows of one day; what is wrong is written at the rows."""
    windows, problems = read_windows([Typed(row.start, row.end) for row in rows])
    for problem in problems:
        row = rows[problem.row]
        if problem.end == FROM:
            row.start_error = row.start_error or problem.words
        else:
            row.end_error = row.end_error or problem.words
    return windows


def rows_from(starts: Iterable[str], ends: Iterable[str]) -> list[Row]:
    """Rows of a form in which every row has one field of each name."""
    pairs = zip(list(starts)[: MOST_WINDOWS + 1], list(ends)[: MOST_WINDOWS + 1], strict=False)
    return [Row(start[:40], end[:40]) for start, end in pairs]


class HoursForm:
    """The seven days. Not a Django form: rows come and go."""

    def __init__(self, days: list[Day]) -> None:
        self.days = days

    @classmethod
    def of(cls, weekly: Mapping[int, list[Window]]) -> "HoursForm":
        """As it is kept."""
        days = []
        for number in DAYS:
            windows = weekly.get(number, [])
            days.append(Day(number, bool(windows), [Row(clock(start), clock(end)) for start, end in windows]))
        return cls(days)

    @classmethod
    def typed(cls, post: QueryDict) -> "HoursForm":
        """As it was sent, without the spare row that each day ends with."""
        days = []
        for number in DAYS:
            rows = rows_from(post.getlist(f"from-{number}"), post.getlist(f"to-{number}"))
            if rows and rows[-1].is_empty:
                rows.pop()
            days.append(Day(number, f"on-{number}" in post, rows))
        return cls(days)

    def is_valid(self) -> bool:
        # Every day is read, so that all that is wrong shows at once.
        sound = [day.read() for day in self.days]
        return all(sound)

    @property
    def weekly(self) -> dict[int, list[Window]]:
        return {day.number: day.windows for day in self.days if day.windows}

    @property
    def errors(self) -> list[dict[str, Any]]:
        """For the list on top: which day, which field, what."""
        return [
            {"id": f"hours-{day.number}-{at}-{end}", "day": day.name, "words": words}
            for day in self.days
            for at, row in enumerate(day.rows)
            for end, words in (("from", row.start_error), ("to", row.end_error))
            if words
        ]

    def change(self, post: QueryDict) -> bool:
        """Do what a button asked for without script: add or remove a row, copy a day; False when none did."""
        add, remove, copy = (str(post.get(name, "")) for name in ("add", "remove", "copy"))
        if add:
            self._add(add)
        if remove:
            self._remove(remove)
        if copy:
            self._copy(copy, post.getlist(f"copy-{copy}"))
        return bool(add or remove or copy)

    def _day(self, number: str) -> Day | None:
        return self.days[int(number)] if number in {str(day) for day in DAYS} else None

    def _add(self, number: str) -> None:
        day = self._day(number)
        if day is not None and len(day.rows) < MOST_WINDOWS:
            day.is_on = True
            day.rows.append(Row())

    def _remove(self, which: str) -> None:
        number, _dash, at = which.partition("-")
        day = self._day(number)
        if day is not None and at.isdecimal() and int(at) < len(day.rows):
            del day.rows[int(at)]
            day.is_on = bool(day.rows)

    def _copy(self, number: str, others: list[str]) -> None:
        source = self._day(number)
        for other in others:
            target = self._day(other)
            if source is not None and target is not None and target is not source:
                target.is_on = source.is_on
                target.rows = [Row(row.start, row.end) for row in source.rows]
