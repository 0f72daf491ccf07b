"""When do wall-time windows begin and end, above all on the nights clocks change?"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.scheduling.intervals import epoch, instant, merge
from duologue.scheduling.windows import (
    HOURS_BEGIN,
    Overrides,
    Schedule,
    WallWindow,
    closes_at,
    instants_of_date,
    local_date,
    midnight,
    open_intervals,
    openings,
    opens_at,
    span_of_dates,
)
from tests.scheduling import oracle, worlds

FULL = [WallWindow(0, 1440)]


def minute(written: str) -> int:
    hour, rest = written.split(":")
    return int(hour) * 60 + int(rest)


def windows(*written: str) -> list[WallWindow]:
    return [WallWindow(*(minute(edge) for edge in window.split("-"))) for window in written]


def on(zone: str, day: str, *written: str) -> list[tuple[str, str]]:
    """The intervals of one date with these windows, written as UTC."""
    single = date.fromisoformat(day)
    return shown(open_intervals({}, {single: windows(*written)}, ZoneInfo(zone), first=single, last=single))


def shown(intervals: list[tuple[int, int]]) -> list[tuple[str, str]]:
    return [(f"{instant(start):%m-%d %H:%M}", f"{instant(end):%m-%d %H:%M}") for start, end in intervals]


@pytest.mark.parametrize("edges", [(-1, 60), (60, 60), (120, 60), (0, 1441), (1440, 1440)])
def test_a_window_lies_within_a_day_and_ends_after_it_starts(edges):
    with pytest.raises(ValueError, match="window"):
        WallWindow(*edges)


def test_weekdays_overrides_and_days_off():
    weekly = {0: windows("9:00-12:00", "13:00-17:00"), 2: windows("9:00-17:00")}
    overrides = {date(2026, 6, 3): [], date(2026, 6, 4): windows("10:00-11:00")}

    found = open_intervals(
        weekly, overrides, ZoneInfo("Europe/Berlin"), first=date(2026, 6, 1), last=date(2026, 6, 7)
    )

    assert shown(found) == [
        ("06-01 07:00", "06-01 10:00"),
        ("06-01 11:00", "06-01 15:00"),
        ("06-04 08:00", "06-04 09:00"),
    ]


def test_windows_that_touch_or_overlap_are_one_over_midnight_too():
    weekly = {0: windows("20:00-22:00", "21:00-24:00"), 1: windows("0:00-1:00", "1:00-2:00", "3:00-4:00")}

    found = open_intervals(weekly, {}, ZoneInfo("UTC"), first=date(2026, 6, 1), last=date(2026, 6, 2))

    assert shown(found) == [("06-01 20:00", "06-02 02:00"), ("06-02 03:00", "06-02 04:00")]


# Zone, date, windows, and the UTC intervals they are, worked out by hand.
NIGHTS = [
    # Clocks go forward at 01:00Z, from 2:00 to 3:00.
    ("Europe/Berlin", "2026-03-29", ["1:00-5:00"], [("03-29 00:00", "03-29 03:00")]),
    ("Europe/Berlin", "2026-03-29", ["2:00-2:30"], []),
    ("Europe/Berlin", "2026-03-29", ["2:00-3:00"], []),
    ("Europe/Berlin", "2026-03-29", ["2:30-4:00"], [("03-29 01:00", "03-29 02:00")]),
    ("Europe/Berlin", "2026-03-29", ["1:00-2:30"], [("03-29 00:00", "03-29 01:00")]),
    ("Europe/Berlin", "2026-03-29", ["1:00-2:00", "3:00-4:00"], [("03-29 00:00", "03-29 02:00")]),
    # They go back at 01:00Z, from 3:00 to 2:00.
    ("Europe/Berlin", "2026-10-25", ["1:00-5:00"], [("10-24 23:00", "10-25 04:00")]),
    ("Europe/Berlin", "2026-10-25", ["2:00-3:00"], [("10-25 00:00", "10-25 02:00")]),
    ("Europe/Berlin", "2026-10-25", ["2:30-2:45"], [("10-25 00:30", "10-25 01:45")]),
    ("Europe/Berlin", "2026-10-25", ["1:00-2:00"], [("10-24 23:00", "10-25 01:00")]),
    ("Europe/Berlin", "2026-10-25", ["3:00-4:00"], [("10-25 02:00", "10-25 03:00")]),
    # Forward at 07:00Z; back at 06:00Z, from 2:00 to 1:00.
    ("America/New_York", "2026-03-08", ["1:30-3:30"], [("03-08 06:30", "03-08 07:30")]),
    ("America/New_York", "2026-11-01", ["1:00-2:00"], [("11-01 05:00", "11-01 07:00")]),
    # Half an hour: back at 15:00Z, from 2:00 to 1:30; forward at 15:30Z, from 2:00 to 2:30.
    ("Australia/Lord_Howe", "2026-04-05", ["1:30-2:00"], [("04-04 14:30", "04-04 15:30")]),
    ("Australia/Lord_Howe", "2026-04-05", ["1:45-1:50"], [("04-04 14:45", "04-04 15:20")]),
    ("Australia/Lord_Howe", "2026-10-04", ["2:10-3:00"], [("10-03 15:30", "10-03 16:00")]),
    ("Australia/Lord_Howe", "2026-10-04", ["2:00-2:30"], []),
    # An offset of 12:45 hours: back at 14:00Z, from 3:45 to 2:45.
    ("Pacific/Chatham", "2026-04-05", ["3:00-3:30"], [("04-04 13:15", "04-04 14:45")]),
    # Summer time is the standard there, winter time the exception: back at 01:00Z, from 2:00 to 1:00.
    ("Europe/Dublin", "2026-10-25", ["1:00-2:00"], [("10-25 00:00", "10-25 02:00")]),
    # No midnight: forward at 05:00Z, from 0:00 to 1:00. Two midnights: back at 05:00Z, from 1:00 to 0:00.
    ("America/Havana", "2026-03-07", ["22:00-24:00"], [("03-08 03:00", "03-08 05:00")]),
    ("America/Havana", "2026-03-08", ["0:00-2:00"], [("03-08 05:00", "03-08 06:00")]),
    ("America/Havana", "2026-10-31", ["22:00-24:00"], [("11-01 02:00", "11-01 05:00")]),
    ("America/Havana", "2026-11-01", ["0:00-1:00"], [("11-01 04:00", "11-01 06:00")]),
    # Back at midnight to 23:00 of the day before, so its last hour comes twice.
    ("Asia/Beirut", "2026-10-24", ["22:00-24:00"], [("10-24 19:00", "10-24 22:00")]),
    ("Asia/Beirut", "2026-10-24", ["23:30-24:00"], [("10-24 20:30", "10-24 22:00")]),
    ("Asia/Beirut", "2026-10-25", ["0:00-1:00"], [("10-24 22:00", "10-24 23:00")]),
    ("Asia/Beirut", "2026-03-29", ["0:00-1:00"], []),
    ("Asia/Beirut", "2026-03-29", ["0:30-9:00"], [("03-28 22:00", "03-29 06:00")]),
    ("Asia/Beirut", "2026-03-28", ["22:00-24:00"], [("03-28 20:00", "03-28 22:00")]),
    ("Africa/Cairo", "2024-10-31", ["23:00-24:00"], [("10-31 20:00", "10-31 22:00")]),
    ("America/Asuncion", "2022-10-02", ["0:00-1:30"], [("10-02 04:00", "10-02 04:30")]),
    ("America/Asuncion", "2023-03-25", ["23:00-24:00"], [("03-26 02:00", "03-26 04:00")]),
    # Back a minute after midnight, to 23:01: the new day begins twice.
    ("America/St_Johns", "2010-11-06", ["23:00-24:00"], [("11-07 01:30", "11-07 03:30")]),
    # Back for a month of fasting, forward again after it.
    ("Africa/Casablanca", "2024-03-10", ["2:00-3:00"], [("03-10 01:00", "03-10 03:00")]),
    ("Africa/Casablanca", "2024-04-14", ["2:30-3:30"], [("04-14 02:00", "04-14 02:30")]),
    # Samoa had no 30 December 2011.
    ("Pacific/Apia", "2011-12-29", ["9:00-24:00"], [("12-29 19:00", "12-30 10:00")]),
    ("Pacific/Apia", "2011-12-30", ["9:00-17:00"], []),
    ("Pacific/Apia", "2011-12-30", ["0:00-24:00"], []),
    ("Pacific/Apia", "2011-12-31", ["0:00-17:00"], [("12-30 10:00", "12-31 03:00")]),
    # No changes at all, but odd offsets.
    ("Asia/Kolkata", "2026-03-29", ["9:00-10:00"], [("03-29 03:30", "03-29 04:30")]),
    ("Asia/Kathmandu", "2026-03-29", ["9:00-10:00"], [("03-29 03:15", "03-29 04:15")]),
]


@pytest.mark.parametrize(("zone", "day", "written", "expected"), NIGHTS)
def test_nights_on_which_clocks_change(zone, day, written, expected):
    assert on(zone, day, *written) == expected


def test_days_on_both_sides_of_a_missing_date_touch():
    found = open_intervals(
        dict.fromkeys(range(7), FULL),
        {date(2011, 12, 30): []},
        ZoneInfo("Pacific/Apia"),
        first=date(2011, 12, 29),
        last=date(2011, 12, 31),
    )

    assert shown(found) == [("12-29 10:00", "12-31 10:00")]


def test_the_instants_of_a_date_whose_midnight_comes_twice():
    newfoundland = ZoneInfo("America/St_Johns")

    assert shown(instants_of_date(newfoundland, date(2010, 11, 7))) == [
        ("11-07 02:30", "11-07 02:31"),
        ("11-07 03:30", "11-08 03:30"),
    ]
    assert shown([span_of_dates(newfoundland, date(2010, 11, 7), date(2010, 11, 7))]) == [
        ("11-07 02:30", "11-08 03:30")
    ]
    assert instants_of_date(ZoneInfo("Pacific/Apia"), date(2011, 12, 30)) == []


def openings_on(schedule: Schedule, day: date) -> list[tuple[str, str]]:
    start = epoch(datetime.combine(day, time(), UTC))
    return [
        (f"{instant(begin):%Y-%m-%d %H:%M}", f"{instant(end):%H:%M}")
        for begin, end in openings(schedule, start, start + 1)
    ]


def test_hours_without_a_pause_begin_on_the_first_date_that_has_hours():
    always = Schedule(dict.fromkeys(range(7), FULL), {}, ZoneInfo("Europe/Berlin"))

    assert openings_on(always, date(2026, 7, 1))[0][0] == "2000-01-02 23:00"
    assert openings_on(always, date(1999, 7, 1)) == []


def test_hours_without_a_pause_begin_after_the_last_day_off():
    days_off = {date(2019, 12, 24): [], date(2025, 5, 1): windows("0:00-9:00"), date(2026, 8, 1): []}
    always = Schedule(dict.fromkeys(range(7), FULL), days_off, ZoneInfo("Europe/Berlin"))

    assert openings_on(always, date(2026, 7, 1))[0][0] == "2025-05-01 22:00"
    assert openings_on(always, date(2025, 4, 1))[0][0] == "2019-12-24 23:00"


def test_a_pause_before_the_first_date_that_has_hours_counts_for_nothing():
    weekdays = Schedule(dict.fromkeys(range(6), FULL), {date(2000, 1, 2): []}, ZoneInfo("UTC"))

    assert openings_on(weekdays, date(2000, 1, 8)) == [("2000-01-03 00:00", "00:00")]


def test_a_day_off_that_never_was_is_no_pause():
    days_off: Overrides = {date(2011, 12, 30): [], date(2011, 11, 1): []}
    always = Schedule(dict.fromkeys(range(7), FULL), days_off, ZoneInfo("Pacific/Apia"))

    assert openings_on(always, date(2012, 1, 10))[0][0] == "2011-11-02 10:00"


def test_hours_that_begin_between_two_midnights_begin_there():
    """The hour between the two midnights is neither part of the day before nor open by itself."""
    days_off = {date(2026, 10, 31): windows("0:00-10:00"), date(2026, 11, 1): windows("0:30-24:00")}
    always = Schedule(dict.fromkeys(range(7), FULL), days_off, ZoneInfo("America/Havana"))

    for day in range(2, 8):
        assert openings_on(always, date(2026, 11, day))[0][0] == "2026-11-01 04:30"


@settings(max_examples=50)
@given(st.data(), worlds.zones)
def test_a_range_of_dates_agrees_with_the_oracle(data, zone):
    day = data.draw(worlds.days(zone, 2001))
    told = data.draw(worlds.hours(zone, day))
    first, last = day - timedelta(days=1), day + timedelta(days=data.draw(st.integers(0, 2)))
    schedule = worlds.schedule(told)

    found = open_intervals(schedule.weekly, schedule.overrides, zone, first=first, last=last)

    expected = oracle.open_spans(told, first, last)
    assert [(instant(start), instant(end)) for start, end in found] == expected


@given(st.data(), worlds.zones)
def test_edges_agree_with_folds_of_the_standard_library(data, zone):
    """PEP 495 gives a time in a gap the old offset first, so there the first instant is the later one."""
    day = data.draw(worlds.days(zone, 1973, 2060))
    wall = datetime.combine(day, time()) + timedelta(minutes=data.draw(st.integers(0, 1440)))
    first, second = (epoch(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    seconds = midnight(wall.date()) + wall.hour * 3600 + wall.minute * 60
    opens, closes = opens_at(zone, seconds), closes_at(zone, seconds)

    if first <= second:
        assert (opens, closes) == (first, second)
    else:
        assert opens == closes
        assert second < opens <= first
        assert offset(zone, opens) != offset(zone, opens - 1)


def offset(zone: ZoneInfo, second: int) -> timedelta | None:
    return instant(second).astimezone(zone).utcoffset()


@given(st.data(), worlds.zones)
def test_the_instants_of_a_date_are_those_that_show_it(data, zone):
    day = data.draw(worlds.days(zone))
    around = data.draw(worlds.moments_near(datetime.combine(day, time(12), UTC), timedelta(days=2)))
    here = epoch(around)
    inside = any(start <= here < end for start, end in instants_of_date(zone, day))
    start, end = span_of_dates(zone, day, day)

    assert inside == (around.astimezone(zone).date() == day) == (local_date(zone, here) == day)
    assert not inside or start <= here < end


@settings(max_examples=80)
@given(st.data(), worlds.zones)
def test_openings_do_not_depend_on_the_range(data, zone):
    """An opening keeps its beginning whether a moment of it is asked for or a month around it."""
    day = data.draw(worlds.days(zone))
    schedule = worlds.schedule(data.draw(worlds.hours(zone, day)))
    middle = epoch(datetime.combine(day, time(), UTC))
    wide = open_intervals(
        schedule.weekly,
        schedule.overrides,
        zone,
        first=max(HOURS_BEGIN, day - timedelta(days=30)),
        last=day + timedelta(days=10),
    )
    start = middle + data.draw(st.integers(-48, 48)) * 1800
    end = start + data.draw(st.integers(1, 48)) * 1800

    narrow = openings(schedule, start, end)
    meeting = [(begin, until) for begin, until in wide if begin < end and start < until]

    assert narrow == merge(narrow)
    assert [begin for begin, _ in narrow] == [begin for begin, _ in meeting]
    assert [min(until, end) for _, until in narrow] == [min(until, end) for _, until in meeting]
