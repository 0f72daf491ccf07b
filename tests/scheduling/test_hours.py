"""Are times read as people mean them, and refused in words where they mean nothing?"""

from datetime import UTC, date, datetime

import pytest

from duologue.core.errors import Invalid
from duologue.scheduling.hours import (
    FROM,
    MOST_WINDOWS,
    TO,
    Typed,
    clock,
    instant_of,
    minute_of,
    read_windows,
)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("9", "09:00"),
        ("09", "09:00"),
        ("9:30", "09:30"),
        ("9.30", "09:30"),
        ("09:30", "09:30"),
        ("0930", "09:30"),
        ("930", "09:30"),
        ("9h", "09:00"),
        ("9h30", "09:30"),
        ("9 30", "09:30"),
        ("9,30", "09:30"),
        (" 9 : 30 ", "09:30"),
        ("9pm", "21:00"),
        ("9:30 PM", "21:30"),
        ("9:30 p.m.", "21:30"),
        ("12am", "00:00"),
        ("12pm", "12:00"),
        ("0", "00:00"),
        ("24", "24:00"),
        ("24:00", "24:00"),
        ("2400", "24:00"),
        ("\uff19\uff1a\uff13\uff10", "09:30"),
        ("٩:٣٠", "09:30"),
        ("9:30\N{NO-BREAK SPACE}pm", "21:30"),
    ],
)
def test_times_are_read_however_they_are_spelled(typed, read):
    assert clock(minute_of(typed)) == read


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "x",
        "25",
        "24:01",
        "9:60",
        "-1",
        "+9",
        "1e1",
        "9:3",
        "9:300",
        "13pm",
        "0am",
        "9:30:00",
        "🙂",
        "9" * 9000,
    ],
)
def test_what_is_no_time_is_refused(typed):
    with pytest.raises(ValueError, match=r"time of day|twelve-hour"):
        minute_of(typed)


def read(*rows: tuple[str, str]):
    return read_windows([Typed(start, end) for start, end in rows])


def test_windows_come_in_order_and_empty_rows_do_not_count():
    windows, problems = read(("15", "18"), ("", " "), ("9", "12"))
    assert windows == [(540, 720), (900, 1080)]
    assert problems == []


def test_windows_that_touch_are_two():
    assert read(("9", "12"), ("12", "13")) == ([(540, 720), (720, 780)], [])


def test_midnight_ends_a_day():
    assert read(("22", "24:00"), ("20", "21"))[0][-1] == (1320, 1440)
    assert read(("22", "0:00"))[0] == [(1320, 1440)]
    assert read(("0", "24"))[0] == [(0, 1440)]


@pytest.mark.parametrize(
    ("rows", "row", "end", "words"),
    [
        ([("9", "")], 0, TO, "When does it end"),
        ([("", "9")], 0, FROM, "When does it begin"),
        ([("9", "x")], 0, TO, "Write a time of day"),
        ([("9", "9")], 0, TO, "09:00 is not after 09:00"),
        ([("22", "6")], 0, TO, "end at 24:00 and go on the next day"),
        ([("24", "24")], 0, FROM, "cannot begin at 24:00"),
        ([("9", "12"), ("11", "13")], 1, FROM, "Overlaps 09:00 to 12:00"),
        ([("11", "13"), ("9", "12")], 0, FROM, "Overlaps 09:00 to 12:00"),
        ([("9", "18"), ("17", "19")], 1, FROM, "Overlaps 09:00 to 18:00"),
        ([("9", "10"), ("9", "10")], 1, FROM, "Overlaps"),
    ],
)
def test_what_is_wrong_is_said_at_its_row(rows, row, end, words):
    _windows, problems = read(*rows)
    assert [(problem.row, problem.end) for problem in problems if words in problem.words] == [(row, end)]


def test_the_longest_window_so_far_is_the_one_that_is_overlapped():
    _windows, problems = read(("9", "18"), ("10", "11"), ("17", "19"))
    assert [(problem.row, problem.words) for problem in problems] == [
        (1, "Overlaps 09:00 to 18:00."),
        (2, "Overlaps 09:00 to 18:00."),
    ]


def test_everything_that_is_wrong_is_said_at_once():
    _windows, problems = read(("x", "y"), ("9", "8"))
    assert len(problems) == 3


def test_a_day_has_a_limit():
    rows = [(f"0:{minute:02}", f"0:{minute + 1:02}") for minute in range(MOST_WINDOWS + 1)]
    assert "At most 24" in read(*rows)[1][-1].words


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp())


def test_a_wall_time_is_an_instant():
    assert instant_of(date(2026, 7, 1), 9 * 60, "Europe/Berlin") == at(2026, 7, 1, 7)
    assert instant_of(date(2026, 7, 1), 24 * 60, "Europe/Berlin", ends=True) == at(2026, 7, 1, 22)


def test_a_time_that_comes_twice_is_the_first_to_begin_and_the_second_to_end():
    night, half_past_two = date(2026, 10, 25), 150
    assert instant_of(night, half_past_two, "Europe/Berlin") == at(2026, 10, 25, 0, 30)
    assert instant_of(night, half_past_two, "Europe/Berlin", ends=True) == at(2026, 10, 25, 1, 30)


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize(
    ("zone", "day", "minute", "words"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 150, "Berlin jump from 02:00 to 03:00, so 02:30 does not exist"),
        (
            "Australia/Lord_Howe",
            date(2026, 10, 4),
            135,
            "Lord Howe jump from 02:00 to 02:30, so 02:15 does not exist",
        ),
        ("Africa/Cairo", date(2026, 4, 24), 30, "Cairo jump from 00:00 to 01:00, so 00:30 does not exist"),
    ],
)
def test_a_time_that_clocks_jump_over_is_refused_in_words(zone, day, minute, words, ends):
    with pytest.raises(Invalid, match=words):
        instant_of(day, minute, zone, ends=ends)


def test_the_end_of_a_day_exists_even_where_midnight_does_not():
    assert instant_of(date(2026, 4, 23), 1440, "Africa/Cairo", ends=True) == at(2026, 4, 23, 22)
