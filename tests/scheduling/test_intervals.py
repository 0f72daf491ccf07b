"""Do merging, cutting and meeting agree with sets of seconds, and instants with their seconds?"""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.scheduling.intervals import (
    Interval,
    covering,
    epoch,
    instant,
    meeting,
    merge,
    overlaps,
    remaining,
)

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
def test_overlaps_means_a_shared_second(intervals, start, end):
    assert overlaps(merge(intervals), start, end) == bool(covered(intervals) & set(range(start, end)))


@given(some, edges, edges)
def test_meeting_gives_exactly_those_that_overlap(intervals, start, end):
    merged = merge(intervals)

    assert list(meeting(merged, start, end)) == [i for i in merged if overlaps([i], start, end)]


@given(some, edges, edges)
def test_remaining_is_the_stretch_without_what_is_taken(intervals, start, end):
    left = list(remaining(start, end, merge(intervals)))

    assert covered(left) == set(range(start, end)) - covered(intervals)
    assert left == merge(left)


def test_touching_is_not_overlapping():
    assert not overlaps([(10, 20)], 0, 10)
    assert not overlaps([(10, 20)], 20, 30)
    assert overlaps([(10, 20)], 19, 20)


@given(st.datetimes(timezones=st.timezones()))
def test_epoch_is_the_second_an_instant_lies_in(moment):
    if not datetime(2, 1, 1, tzinfo=UTC) < moment < datetime(9998, 1, 1, tzinfo=UTC):
        return
    second = epoch(moment)

    assert instant(second) <= moment.astimezone(UTC) < instant(second + 1)
    assert instant(second).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "convert", [epoch, lambda naive: covering(instant(0), naive), lambda naive: covering(naive, instant(0))]
)
def test_naive_datetimes_are_refused(convert):
    with pytest.raises(ValueError, match="zone"):
        convert(datetime(2026, 10, 25, 2, 30))  # noqa: DTZ001


def test_epoch_tells_the_two_passes_of_a_repeated_hour_apart():
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)

    assert epoch(first.replace(fold=1)) - epoch(first) == 3600
    assert instant(epoch(first)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_covering_rounds_busy_time_up():
    start = datetime(2026, 5, 1, 12, 0, 0, 900_000, tzinfo=timezone(timedelta(hours=2)))

    assert covering(start, start + timedelta(seconds=1)) == (epoch(start), epoch(start) + 2)
    assert covering(instant(5), instant(7)) == (5, 7)


def test_covering_does_not_stumble_over_clocks_that_go_back():
    berlin = ZoneInfo("Europe/Berlin")
    end = datetime(2026, 10, 25, 2, 59, 59, 500_000, tzinfo=berlin)

    assert covering(instant(0), end)[1] == epoch(datetime(2026, 10, 25, 1, 0, tzinfo=UTC))
