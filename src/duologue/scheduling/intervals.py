"""Which stretches of time overlap, join or remain? Half-open intervals of whole seconds since 1970, UTC."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

Interval = tuple[int, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def epoch(dt: datetime) -> int:
    """The second in which `dt` lies; raises ValueError for a naive datetime."""
    if dt.utcoffset() is None:
        msg = "A time without a zone names no instant."
        raise ValueError(msg)
    since = dt - _EPOCH
    return since.days * 86400 + since.seconds


def instant(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted; touching or overlapping intervals become one, empty and reversed ones are dropped."""
    merged: list[Interval] = []
    last = None
    for begin, until in sorted(intervals):
        if begin >= until:
            continue
        if last is None or begin > last:
            merged.append((begin, until))
        elif until > last:
            merged[-1] = (merged[-1][0], until)
        else:
            continue
        last = until
    return merged


def meeting(sorted_merged: Sequence[Interval], start: int, end: int) -> Iterator[Interval]:
    """Those of the merged intervals that share an instant with `[start, end)`, whole."""
    at = _first_ending_after(sorted_merged, start)
    while at < len(sorted_merged) and sorted_merged[at][0] < end and start < end:
        yield sorted_merged[at]
        at += 1


def remaining(start: int, end: int, taken: Sequence[Interval]) -> Iterator[Interval]:
    """What is left of `[start, end)` when the merged intervals `taken` are cut out of it."""
    for begin, until in meeting(taken, start, end):
        if start < begin:
            yield start, begin
        start = until
    if start < end:
        yield start, end


def _first_ending_after(sorted_merged: Sequence[Interval], moment: int) -> int:
    low, high = 0, len(sorted_merged)
    while low < high:
        middle = (low + high) // 2
        if sorted_merged[middle][1] <= moment:
            low = middle + 1
        else:
            high = middle
    return low
