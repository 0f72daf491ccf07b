"""Who came to a session, as far as anybody saw it? The evidence, and what follows from it (STATUS-1). Pure.

Unknown is not absent: somebody is absent only where whoever waited was seen waiting, and wherever the session
took place we would have seen the other one too.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MOMENT = timedelta(minutes=1)
"""Who stays shorter looked in; that is neither coming nor staying away."""
WAITS = timedelta(minutes=10)
"""Who was there so long within the session's time has waited; half of a session shorter than twice that."""


class Source(StrEnum):
    """Who says so."""

    ROOM = "room"
    """Our own room: the person's page beat at our server."""
    DOOR = "door"
    """The page of our own room stood open, and its person did not go in."""
    KNOCK = "knock"
    """The same page, whose person waited at the door until the host let them in."""
    FRAME = "frame"
    """A platform's frame on our call page told the person's own browser, whose page beat at our server."""
    OTHER_BROWSER = "other_browser"
    """The frame in the other one's browser showed that somebody else was in."""
    PLATFORM = "platform"
    """The platform told us itself, with its signature."""


WEIGHT = {
    Source.DOOR: 0,
    Source.OTHER_BROWSER: 1,
    Source.ROOM: 2,
    Source.KNOCK: 2,
    Source.FRAME: 2,
    Source.PLATFORM: 3,
}
"""How far each is believed: 3 neither of the two can make up, 2 is more than their word, 1 is one's word
about the other, 0 is no coming."""
COMES, WAITED = 1, 2
"""The weight it takes to have come, and to have waited in vain."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`side` was at a platform in `[start, end)`; `end` is None where nobody said when it ended.

    `met` says that picture or sound flowed between the two browsers.
    """

    side: str
    source: Source
    platform: str
    start: datetime
    end: datetime | None
    met: bool = False

    @property
    def weight(self) -> int:
        """The two browsers' connection is more than the word of one."""
        return 3 if self.met else WEIGHT[self.source]


class Outcome(StrEnum):
    BOTH = "both"
    ONE_ABSENT = "one_absent"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Hours:
    """When the session was to be."""

    start: datetime
    end: datetime

    @property
    def waits(self) -> timedelta:
        return min(WAITS, (self.end - self.start) / 2)


def judge(
    evidence: Collection[Evidence], hours: Hours, sides: tuple[str, str], *, told: Collection[str]
) -> Verdict:
    """What the evidence says. `told` are the sides that we would have seen wherever it took place."""
    if not evidence and set(sides) <= set(told):
        return Verdict(Outcome.NOBODY)
    of = {side: [one for one in evidence if one.side == side] for side in sides}
    first, second = (of[side] for side in sides)
    if _met(first, second) or all(came(of[side], hours) for side in sides):
        return Verdict(Outcome.BOTH)
    for side, other in (sides, reversed_sides(sides)):
        if side in told and not is_traced(of[side], hours) and waited(of[other], hours) >= hours.waits:
            return Verdict(Outcome.ONE_ABSENT, side)
    return Verdict(Outcome.UNKNOWN)


def reversed_sides(sides: tuple[str, str]) -> tuple[str, str]:
    return sides[1], sides[0]


def came(evidence: Iterable[Evidence], hours: Hours) -> bool:
    """Whether one was there from the start on, longer than a moment."""
    believed = [one for one in evidence if one.weight >= COMES]
    if any(one.end is None for one in believed):
        return True
    return _length(_spans(believed), hours.start, None) >= MOMENT


def is_traced(evidence: Iterable[Evidence], hours: Hours) -> bool:
    """Whether there is any trace of one after the session began. What ended before is none, nor is a door
    that was opened and closed again at once. Who waited to be let in had come, however early they gave up."""
    late = [one for one in evidence if one.end is None or one.end > hours.start or one.source is Source.KNOCK]
    if any(one.weight >= COMES for one in late):
        return True
    return _length(_spans(late), hours.start, None) >= MOMENT


def waited(evidence: Iterable[Evidence], hours: Hours) -> timedelta:
    """How long one was surely there within the session's time; an end that nobody told counts as none."""
    sure = [one for one in evidence if one.weight >= WAITED and one.end is not None]
    return _length(_spans(sure), hours.start, hours.end)


def there(evidence: Iterable[Evidence]) -> timedelta:
    """How long one was surely there in all."""
    return _length(_spans(one for one in evidence if one.weight >= COMES), None, None)


def _met(first: Collection[Evidence], second: Collection[Evidence]) -> bool:
    """Both say that picture and sound flowed, or both were in at one time, however early."""
    if all(any(one.met for one in side) for side in (first, second)):
        return True
    ours, theirs = ([one for one in side if one.weight >= COMES] for side in (first, second))
    return any(
        _length(_spans(theirs), start, end) >= MOMENT for start, end in _spans(ours) if end - start >= MOMENT
    )


def _spans(evidence: Iterable[Evidence]) -> list[tuple[datetime, datetime]]:
    """Stays with a known end, joined where they overlap."""
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted((one.start, one.end) for one in evidence if one.end is not None):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _length(
    spans: Iterable[tuple[datetime, datetime]], since: datetime | None, until: datetime | None
) -> timedelta:
    """How much of the spans lies between two instants."""
    parts = (min(end, until or end) - max(start, since or start) for start, end in spans)
    return sum((max(part, timedelta(0)) for part in parts), timedelta(0))
