"""What came out? One figure a line, with the goal it is held against."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` must be at most `most`; without a goal it only informs. `detail` says what it was made of."""

    what: str
    value: float
    unit: str
    most: float | None = None
    detail: str = ""

    @property
    def is_kept(self) -> bool:
        return self.most is None or self.value <= self.most

    def to_line(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def of_line(cls, line: str) -> "Figure":
        return cls(**json.loads(line))


def ratio(what: str, ours: float, bare: float, most: float, *, unit: str = "ms") -> Figure:
    """How many times a bare figure ours is."""
    return Figure(what, ours / bare, "×", most, f"{ours:.2f} {unit} against {bare:.2f} {unit}")


def table(found: Sequence[tuple[str, Figure]]) -> str:
    """The figures by database, in the order they were measured."""
    rows = [("", "measured", "goal", "", ""), *(_row(database, figure) for database, figure in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(_line(row, widths) for row in rows)


def _row(database: str, figure: Figure) -> tuple[str, str, str, str, str]:
    goal = "" if figure.most is None else f"≤ {figure.most:g} {figure.unit}"
    sign = "" if figure.most is None else ("kept" if figure.is_kept else "MISSED")
    return f"{figure.what}, {database}", f"{figure.value:.2f} {figure.unit}", goal, sign, figure.detail


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    what, value, goal, sign, detail = row
    padded = (what.ljust(widths[0]), value.rjust(widths[1]), goal.rjust(widths[2]), sign.ljust(widths[3]))
    return "  ".join((*padded, detail)).rstrip()
