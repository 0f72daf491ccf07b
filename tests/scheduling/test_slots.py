"""Which starts are offered, and is every refusal true? Judged by hand-made cases and by the oracle."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.scheduling.intervals import epoch, instant, meeting
from duologue.scheduling.slots import Question, SlotRules, count_days, open_slots, refusal
from duologue.scheduling.windows import Schedule, WallWindow, local_date
from tests.scheduling import oracle, worlds

MINUTE = 60
HOUR = 3600
DAY = 24 * HOUR
FULL = [WallWindow(0, 1440)]
RULES = SlotRules(
    duration=HOUR,
    slot_step=HOUR,
    buffer_before=0,
    buffer_after=0,
    minimum_notice=0,
    horizon=400 * DAY,
    daily_limit=None,
)


def at(written: str) -> int:
    """A second, from `2026-10-25 01:00` in UTC."""
    return epoch(datetime.fromisoformat(written).replace(tzinfo=UTC))


def window(start: float, end: float) -> WallWindow:
    return WallWindow(int(start * 60), int(end * 60))


def question(weekly=None, overrides=None, zone="UTC", **changes) -> Question:
    """Mondays 9-12 unless told otherwise, seen from 1 May 2026."""
    rules = {name: changes.pop(name) for name in list(changes) if hasattr(RULES, name)}
    now = changes.pop("now", at("2026-05-01 00:00"))
    known = {"busy": [], "booked_days": {}, "now": now, "earliest": now, **changes}
    weekly = {0: [window(9, 12)]} if weekly is None else weekly
    return Question(
        schedule=Schedule(weekly, overrides or {}, ZoneInfo(zone)), rules=replace(RULES, **rules), **known
    )


def offered(asked: Question, start: str, end: str) -> list[str]:
    return [f"{instant(second):%d %H:%M}" for second in open_slots(asked, at(start), at(end))]


def monday(asked: Question) -> list[str]:
    """The starts of Monday, 4 May 2026, and a look whether refusals say the same."""
    low, high = at("2026-05-04 00:00"), at("2026-05-05 00:00")
    bookable = [start for start in range(low, high, 5 * MINUTE) if refusal(asked, start) is None]
    assert bookable == open_slots(asked, low, high)
    return [start.removeprefix("04 ") for start in offered(asked, "2026-05-04 00:00", "2026-05-05 00:00")]


# The grid


def test_starts_step_through_the_window_and_the_last_session_ends_with_it():
    assert monday(question()) == ["09:00", "10:00", "11:00"]
    assert monday(question(slot_step=40 * MINUTE)) == ["09:00", "09:40", "10:20", "11:00"]
    assert monday(question(duration=61 * MINUTE)) == ["09:00", "10:00"]
    assert monday(question(duration=181 * MINUTE)) == []


def test_each_window_has_its_own_grid():
    asked = question({0: [window(9, 10.75), window(11, 13)]}, slot_step=45 * MINUTE)

    assert monday(asked) == ["09:00", "09:45", "11:00", "11:45"]


def test_windows_that_touch_over_midnight_are_one():
    asked = question({0: [window(20, 24)], 1: [window(0, 4)]}, duration=90 * MINUTE, slot_step=90 * MINUTE)

    assert offered(asked, "2026-05-04 00:00", "2026-05-06 00:00") == [
        "04 20:00",
        "04 21:30",
        "04 23:00",
        "05 00:30",
        "05 02:00",
    ]
    assert offered(asked, "2026-05-05 00:00", "2026-05-05 01:00") == ["05 00:30"]


def test_the_range_is_half_open():
    assert offered(question(), "2026-05-04 10:00", "2026-05-04 11:00") == ["04 10:00"]
    assert offered(question(), "2026-05-04 10:00", "2026-05-04 10:00") == []
    assert offered(question(), "2026-05-04 11:00", "2026-05-04 10:00") == []


def test_hours_without_a_pause_count_from_the_beginning_of_all_hours():
    asked = question(dict.fromkeys(range(7), FULL), zone="Europe/Berlin", slot_step=50 * MINUTE)
    first = open_slots(asked, at("2026-05-04 00:00"), at("2026-05-05 00:00"))[0]

    assert (first - at("2000-01-02 23:00")) % (50 * MINUTE) == 0
    assert first - at("2026-05-04 00:00") < 50 * MINUTE


def test_hours_without_a_pause_count_from_the_last_day_off():
    always = dict.fromkeys(range(7), FULL)
    asked = question(always, {date(2026, 5, 3): []}, slot_step=7 * HOUR)

    assert monday(asked) == ["00:00", "07:00", "14:00", "21:00"]
    assert offered(asked, "2026-05-05 00:00", "2026-05-05 05:00") == ["05 04:00"]


def test_a_session_of_several_days_needs_hours_without_a_pause():
    always = dict.fromkeys(range(7), FULL)
    asked = question(always, {date(2026, 5, 10): []}, duration=5 * DAY, slot_step=12 * HOUR)

    assert monday(asked) == ["00:00", "12:00"]
    assert offered(asked, "2026-05-05 00:00", "2026-05-07 00:00") == ["05 00:00"]


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Europe/Berlin", "2026-03-29", ["29 00:00", "29 01:00", "29 02:00"]),
        ("Europe/Berlin", "2026-10-25", ["24 23:00", "25 00:00", "25 01:00", "25 02:00", "25 03:00"]),
        ("America/New_York", "2026-03-08", ["08 06:00", "08 07:00", "08 08:00"]),
        ("America/New_York", "2026-11-01", ["01 05:00", "01 06:00", "01 07:00", "01 08:00", "01 09:00"]),
        # Half an hour more, or less, than on other days.
        ("Australia/Lord_Howe", "2026-04-05", ["04 14:00", "04 15:00", "04 16:00", "04 17:00"]),
        ("Australia/Lord_Howe", "2026-10-04", ["03 14:30", "03 15:30", "03 16:30"]),
        ("America/Havana", "2026-03-08", ["08 05:00", "08 06:00", "08 07:00", "08 08:00"]),
        ("Asia/Kolkata", "2026-03-29", ["28 19:30", "28 20:30", "28 21:30", "28 22:30"]),
    ],
)
def test_hours_from_one_to_five_on_the_nights_clocks_change(zone, day, expected):
    single = date.fromisoformat(day)
    asked = question({}, {single: [window(1, 5)]}, zone=zone, now=at("2026-01-01 00:00"))
    noon = at(f"{day} 12:00")

    assert [f"{instant(s):%d %H:%M}" for s in open_slots(asked, noon - DAY, noon + DAY)] == expected


# Claims


def test_a_claim_touches_busy_time_only_when_they_share_an_instant():
    assert monday(question(busy=[(at("2026-05-04 10:00"), at("2026-05-04 11:00"))])) == ["09:00", "11:00"]
    assert monday(question(busy=[(at("2026-05-04 09:59"), at("2026-05-04 10:00"))])) == ["10:00", "11:00"]
    assert monday(question(busy=[(at("2026-05-04 10:00"), at("2026-05-04 10:00"))])) == [
        "09:00",
        "10:00",
        "11:00",
    ]


def test_busy_times_may_overlap_and_come_in_any_order():
    busy = [
        (at("2026-05-04 11:30"), at("2026-05-04 11:40")),
        (at("2026-05-01 00:00"), at("2026-05-04 09:30")),
        (at("2026-05-04 09:10"), at("2026-05-04 09:20")),
    ]

    assert monday(question(busy=busy)) == ["10:00"]


def test_buffers_keep_their_distance_and_may_stick_out_of_the_window():
    early = (at("2026-05-04 08:40"), at("2026-05-04 08:50"))
    late = (at("2026-05-04 12:20"), at("2026-05-04 12:30"))

    assert monday(question(buffer_before=HOUR, buffer_after=HOUR)) == ["09:00", "10:00", "11:00"]
    assert monday(question(buffer_before=10 * MINUTE, busy=[early])) == ["09:00", "10:00", "11:00"]
    assert monday(question(buffer_before=11 * MINUTE, busy=[early])) == ["10:00", "11:00"]
    assert monday(question(buffer_after=20 * MINUTE, busy=[late])) == ["09:00", "10:00", "11:00"]
    assert monday(question(buffer_after=21 * MINUTE, busy=[late])) == ["09:00", "10:00"]


# Notice, horizon, limit


def test_notice_horizon_and_earliest_start_include_their_edges():
    ten = at("2026-05-04 10:00")

    assert monday(question(now=ten - HOUR, minimum_notice=HOUR)) == ["10:00", "11:00"]
    assert monday(question(now=ten - HOUR + 1, minimum_notice=HOUR)) == ["11:00"]
    assert monday(question(now=ten - DAY, horizon=DAY)) == ["09:00", "10:00"]
    assert monday(question(now=ten - DAY - 1, horizon=DAY)) == ["09:00"]
    assert monday(question(earliest=ten)) == ["10:00", "11:00"]
    assert monday(question(earliest=ten + 1)) == ["11:00"]
    assert monday(question(now=ten - HOUR, minimum_notice=2 * HOUR, earliest=ten)) == ["11:00"]


def test_a_full_day_offers_nothing():
    day = date(2026, 5, 4)

    assert monday(question(daily_limit=2, booked_days={day: 1})) == ["09:00", "10:00", "11:00"]
    assert monday(question(daily_limit=2, booked_days={day: 2})) == []
    assert monday(question(daily_limit=2, booked_days={day: 3})) == []
    assert monday(question(booked_days={day: 9})) == ["09:00", "10:00", "11:00"]


def test_the_limit_is_for_dates_where_the_host_is():
    weekly = {weekday: [window(8, 10)] for weekday in range(7)}
    asked = question(weekly, zone="Pacific/Auckland", daily_limit=1, booked_days={date(2026, 5, 4): 1})

    # 8:00 there is 20:00 the day before in UTC.
    assert offered(asked, "2026-05-02 12:00", "2026-05-05 12:00") == [
        "02 20:00",
        "02 21:00",
        "04 20:00",
        "04 21:00",
    ]


def test_days_are_counted_where_the_host_is():
    starts = [at("2026-05-03 20:00"), at("2026-05-04 11:59"), at("2026-05-04 12:00")]

    assert count_days(ZoneInfo("Pacific/Auckland"), starts) == {date(2026, 5, 4): 2, date(2026, 5, 5): 1}


# Refusals


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("2026-05-04 09:00", "too_soon"),
        ("2026-05-04 10:00", None),
        ("2026-05-11 10:00", "day_full"),
        ("2026-05-18 10:00", "taken"),
        ("2026-05-18 11:00", None),
        ("2026-05-18 10:30", "off_grid"),
        ("2026-05-18 11:00:01", "outside_hours"),
        ("2026-05-18 10:00:01", "off_grid"),
        ("2026-05-18 12:00", "outside_hours"),
        ("2026-05-18 08:00", "outside_hours"),
        ("2026-05-19 10:00", "outside_hours"),
        ("2026-06-01 11:00", "too_far"),
        ("1970-01-01 00:00", "too_soon"),
        ("1850-01-01 00:00", "too_soon"),
        ("9999-12-31 23:59", "too_far"),
    ],
)
def test_refusals(start, reason):
    asked = question(
        now=at("2026-05-04 09:30"),
        horizon=28 * DAY,
        daily_limit=1,
        booked_days={date(2026, 5, 11): 1},
        busy=[(at("2026-05-18 10:30"), at("2026-05-18 10:40"))],
    )

    assert refusal(asked, at(start)) == reason


def test_a_wall_time_in_a_gap_is_no_start_of_its_own():
    asked = question(
        {6: [window(0, 5)]}, zone="Europe/Berlin", now=at("2026-03-01 00:00"), slot_step=HOUR // 2
    )
    in_the_gap = epoch(datetime(2026, 3, 29, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")))

    assert in_the_gap == at("2026-03-29 01:30")
    assert refusal(asked, in_the_gap) is None
    assert refusal(asked, at("2026-03-29 02:00")) is None
    assert refusal(asked, at("2026-03-29 02:30")) == "outside_hours"


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration": 0},
        {"slot_step": 0},
        {"slot_step": -60},
        {"buffer_before": -1},
        {"buffer_after": -1},
        {"minimum_notice": -1},
        {"horizon": -1},
        {"daily_limit": 0},
    ],
)
def test_rules_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=r"least|negative"):
        replace(RULES, **wrong)


def test_absurd_ranges_are_cut_to_what_can_be_booked():
    assert len(open_slots(question(horizon=14 * DAY), -(10**15), 10**15)) == 6


# Properties


def starts(question: Question, start: datetime, end: datetime) -> list[int]:
    return open_slots(question, epoch(start), epoch(end))


@settings(max_examples=120)
@given(worlds.worlds())
def test_the_engine_agrees_with_the_oracle(world):
    found = starts(world.question, world.start, world.end)

    assert [instant(second) for second in found] == oracle.slots(world.ask, world.start, world.end)


@settings(max_examples=6)
@given(worlds.worlds_without_a_pause())
def test_the_engine_agrees_with_the_oracle_on_hours_without_a_pause(world):
    found = starts(world.question, world.start, world.end)

    assert [instant(second) for second in found] == oracle.slots(world.ask, world.start, world.end)


@given(worlds.worlds(), st.data())
def test_refusal_and_offer_agree(world, data):
    asked = world.question
    low, high = epoch(world.start), epoch(world.end)
    found = set(open_slots(asked, low, high))
    tried = set(data.draw(st.lists(st.integers(low, high), max_size=20))) | set(list(found)[:20])
    tried |= {second + nudge for second in list(found)[:5] for nudge in (-1, 1, asked.rules.slot_step)}
    tried |= set(range(low, high, 5 * MINUTE * (1 + (high - low) // (40 * 5 * MINUTE))))

    for start in tried:
        if low <= start < high:
            assert (refusal(asked, start) is None) == (start in found)


@settings(max_examples=60)
@given(worlds.worlds(), st.data())
def test_every_refusal_is_true(world, data):
    asked, rules = world.question, world.question.rules
    start = data.draw(st.integers(epoch(world.start), epoch(world.end)))
    now = asked.now
    truths = {
        "too_soon": start < max(now + rules.minimum_notice, asked.earliest),
        "too_far": start > now + rules.horizon,
        "taken": any(
            begin < end and any(meeting([(begin, end)], *rules.claim(start))) for begin, end in asked.busy
        ),
        "day_full": rules.daily_limit is not None
        and asked.booked_days.get(local_date(asked.schedule.zone, start), 0) >= rules.daily_limit,
    }
    reason = refusal(asked, start)

    if reason in truths:
        assert truths[reason]
    elif reason is None:
        assert not any(truths.values())


@settings(max_examples=60)
@given(worlds.worlds(), st.lists(st.integers(0, 4320), max_size=6))
def test_a_range_is_the_union_of_its_parts(world, cuts):
    edges = sorted(
        {world.start, world.end, *(min(world.end, world.start + cut * oracle.MINUTE) for cut in cuts)}
    )
    parts = [starts(world.question, low, high) for low, high in pairwise(edges)]

    assert [second for part in parts for second in part] == starts(world.question, world.start, world.end)


@settings(max_examples=60)
@given(worlds.zones, st.data())
def test_a_month_is_the_union_of_its_days(zone, data):
    day = data.draw(worlds.days(zone))
    now = epoch(datetime(day.year, day.month, 1, tzinfo=UTC))
    asked = replace(
        question(now=now, slot_step=data.draw(st.sampled_from([20, 50, 90])) * MINUTE),
        schedule=worlds.schedule(data.draw(worlds.hours(zone, day))),
    )
    days = [open_slots(asked, now + n * DAY, now + (n + 1) * DAY) for n in range(31)]

    assert [second for part in days for second in part] == open_slots(asked, now, now + 31 * DAY)


@given(worlds.worlds(), st.data())
def test_more_busy_time_never_adds_a_slot_and_takes_only_what_it_touches(world, data):
    asked, rules = world.question, world.question.rules
    start = epoch(data.draw(worlds.moments_near(world.start, timedelta(days=2))))
    more = (start, start + data.draw(st.integers(1, 20 * HOUR)))
    before = starts(asked, world.start, world.end)
    after = starts(replace(asked, busy=[*asked.busy, more]), world.start, world.end)

    assert after == [second for second in before if not any(meeting([more], *rules.claim(second)))]


@settings(max_examples=60)
@given(worlds.worlds(), st.integers(0, 3 * DAY))
def test_time_that_passes_moves_the_edges_but_not_the_grid(world, passed):
    asked = replace(world.question, earliest=world.question.now)
    later = replace(asked, now=asked.now + passed, earliest=asked.now + passed)
    both = (max(asked.first_start, later.first_start), min(asked.last_start, later.last_start))

    def common(found: list[int]) -> list[int]:
        return [second for second in found if both[0] <= second <= both[1]]

    assert common(starts(asked, world.start, world.end)) == common(starts(later, world.start, world.end))


@settings(max_examples=60)
@given(worlds.worlds())
def test_busy_time_beyond_reach_changes_nothing(world):
    asked = world.question
    low, high = asked.rules.reach(epoch(world.start), epoch(world.end))
    far = [(low - DAY, low), (high, high + DAY)]

    assert starts(replace(asked, busy=[*asked.busy, *far]), world.start, world.end) == starts(
        asked, world.start, world.end
    )
