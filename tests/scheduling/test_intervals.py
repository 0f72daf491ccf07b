"""Do merging, cutting and meeting agree with sets of seconds, and instants with their seconds?"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.scheduling.intervals import Interval, epoch, instant, meeting, merge, remaining

some = st.lists(st.tuples(st.integers(-20, 40), st.integers(-20, 40)), max_size=8)
edges = st.integers(-25, 45)


def covered(intervals: list[Interval]) -> set[int]:
    return {second for start, end in intervals for second in range(start, end)}


@given(some)
def test_merge_keeps_every_second_in_the_fewest_sorted_intervals(intervals):
    merged = merge(intervals)

    assert covered(merged) == covered(intervals)
    assert all(start < end for start, end in merged)
    assert all(before[1] < after[0] for before, after in pairwise(merged))


def test_merge_joins_what_touches_and_drops_what_is_empty():
    assert merge([(10, 20), (0, 10), (30, 30), (25, 22), (40, 50)]) == [(0, 20), (40, 50)]
    assert merge([]) == []


@given(some, edges, edges)
def test_meeting_gives_exactly_those_that_share_a_second(intervals, start, end):
    merged, asked = merge(intervals), set(range(start, end))

    assert list(meeting(merged, start, end)) == [one for one in merged if covered([one]) & asked]


@given(some, edges, edges)
def test_remaining_is_the_stretch_without_what_is_taken(intervals, start, end):
    left = list(remaining(start, end, merge(intervals)))

    assert covered(left) == set(range(start, end)) - covered(intervals)
    assert left == merge(left)


def test_touching_is_not_meeting():
    assert list(meeting([(10, 20)], 0, 10)) == []
    assert list(meeting([(10, 20)], 20, 30)) == []
    assert list(meeting([(10, 20)], 19, 20)) == [(10, 20)]


@given(st.datetimes(timezones=st.timezones()))
def test_epoch_is_the_second_an_instant_lies_in(moment):
    if not datetime(2, 1, 1, tzinfo=UTC) < moment < datetime(9998, 1, 1, tzinfo=UTC):
        return
    second = epoch(moment)

    assert instant(second) <= moment.astimezone(UTC) < instant(second + 1)
    assert instant(second).utcoffset() == timedelta(0)


def test_naive_datetimes_are_refused():
    with pytest.raises(ValueError, match="zone"):
        epoch(datetime(2026, 10, 25, 2, 30))  # noqa: DTZ001


def test_epoch_tells_the_two_passes_of_a_repeated_hour_apart():
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)

    assert epoch(first.replace(fold=1)) - epoch(first) == 3600
    assert instant(epoch(first)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
