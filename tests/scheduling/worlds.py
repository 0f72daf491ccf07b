"""Which hours, bookings and questions are worth trying? Hypothesis strategies, fond of changeover nights."""

import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import compress, pairwise
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from duologue.scheduling.intervals import epoch
from duologue.scheduling.slots import Question, SlotRules
from duologue.scheduling.windows import Schedule, WallWindow
from tests.scheduling import oracle

NAMED = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "America/Havana",
    "America/Asuncion",
    "America/St_Johns",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Beirut",
    "Europe/Dublin",
    "Antarctica/Casey",
    "UTC",
]
ALL = sorted(zoneinfo.available_timezones() - {"localtime"})
DAY = timedelta(days=1)
FULL = [(0, 1440)]

zones = st.one_of(st.sampled_from(NAMED), st.sampled_from(ALL)).map(ZoneInfo)


@lru_cache(maxsize=5000)
def changeovers(zone: ZoneInfo, year: int) -> list[date]:
    """UTC dates within which clocks change there."""
    start = datetime(year, 1, 1, tzinfo=UTC)
    days = [start + n * DAY for n in range(366)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    changed = [now != then for now, then in pairwise(offsets)]
    return [day.date() for day in compress(days, changed)]


@st.composite
def days(draw: st.DrawFn, zone: ZoneInfo, first_year: int = 2000, last_year: int = 2045) -> date:
    """Mostly a date around a night on which clocks change there."""
    year = draw(st.integers(first_year, last_year))
    changes = changeovers(zone, year)
    if not changes or draw(st.integers(0, 4)) == 0:
        return date(year, 1, 1) + draw(st.integers(0, 365)) * DAY
    return draw(st.sampled_from(changes)) + draw(st.integers(-1, 1)) * DAY


minutes_of_day = st.one_of(
    st.sampled_from([0, 30, 60, 90, 120, 150, 180, 540, 1020, 1380, 1410, 1440]), st.integers(0, 1440)
)
wall_windows = st.sets(minutes_of_day, min_size=2, max_size=2).map(lambda two: (min(two), max(two)))
day_windows: st.SearchStrategy[Sequence[oracle.Window]] = st.one_of(
    st.sampled_from([[(540, 1020)], FULL, [(0, 720), (720, 1440)], []]),
    st.lists(wall_windows, min_size=1, max_size=3),
)
weeks = st.one_of(
    day_windows.map(lambda windows: dict.fromkeys(range(7), windows)),
    st.lists(day_windows, min_size=7, max_size=7).map(lambda days: dict(enumerate(days))),
)


@st.composite
def hours(draw: st.DrawFn, zone: ZoneInfo, day: date) -> oracle.Hours:
    """Hours with a pause some days before that date, or the oracle would walk back for years."""
    near = st.integers(-4, 4).map(lambda n: day + n * DAY)
    overrides = draw(st.dictionaries(near, day_windows, max_size=4))
    pause = day - draw(st.integers(5, 12)) * DAY
    return oracle.Hours(draw(weeks), {**overrides, pause: [(600, 660)]}, zone)


@dataclass(frozen=True)
class World:
    """One question in the oracle's terms and the engine's, and the range it is asked for."""

    ask: oracle.Ask
    start: datetime
    end: datetime

    @property
    def question(self) -> Question:
        ask = self.ask
        rules = SlotRules(
            duration=seconds(ask.duration),
            slot_step=seconds(ask.slot_step),
            buffer_before=seconds(ask.buffer_before),
            buffer_after=seconds(ask.buffer_after),
            minimum_notice=seconds(ask.minimum_notice),
            horizon=seconds(ask.horizon),
            daily_limit=ask.daily_limit,
        )
        busy = [(epoch(begin), epoch(end)) for begin, end in ask.busy]
        return Question(
            schedule(ask.hours), rules, busy, ask.booked_days, epoch(ask.now), epoch(ask.earliest)
        )


def schedule(told: oracle.Hours) -> Schedule:
    return Schedule(
        {weekday: [WallWindow(*w) for w in windows] for weekday, windows in told.weekly.items()},
        {day: [WallWindow(*w) for w in windows] for day, windows in told.overrides.items()},
        told.zone,
    )


def seconds(length: timedelta) -> int:
    return length // timedelta(seconds=1)


def lengths(*minutes: int) -> st.SearchStrategy[timedelta]:
    return st.sampled_from(minutes).map(lambda count: timedelta(minutes=count))


def moments_near(moment: datetime, spread: timedelta) -> st.SearchStrategy[datetime]:
    """Often a whole quarter of an hour, sometimes any second."""
    quarter = timedelta(minutes=15)
    whole = st.integers(-(spread // quarter), spread // quarter).map(lambda n: moment + n * quarter)
    limit = seconds(spread)
    return st.one_of(whole, st.integers(-limit, limit).map(lambda n: moment + timedelta(seconds=n)))


@st.composite
def spans_near(draw: st.DrawFn, moment: datetime) -> oracle.Span:
    begin = draw(moments_near(moment + DAY / 2, DAY))
    return begin, begin + timedelta(seconds=draw(st.sampled_from([-60, 0, 1, 60, 900, 3600, 7199, 36000])))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    zone = draw(zones)
    day = draw(days(zone))
    middle = datetime.combine(day, time(), UTC)
    start = draw(moments_near(middle - DAY / 2, DAY / 2))
    end = start + draw(lengths(1440, 2880, 4320, 600, 60, 1))
    now = draw(moments_near(start - draw(lengths(1440, 0)), DAY))
    ask = oracle.Ask(
        hours=draw(hours(zone, day)),
        duration=draw(lengths(60, 5, 15, 30, 50, 90, 480, 1500)),
        slot_step=draw(lengths(30, 7, 15, 20, 45, 50, 60, 90, 1441)),
        buffer_before=draw(lengths(0, 0, 5, 15, 60)),
        buffer_after=draw(lengths(0, 0, 10, 30, 240)),
        minimum_notice=draw(lengths(0, 0, 60, 720)),
        horizon=draw(lengths(60 * 1440, 60 * 1440, 5 * 1440, 2 * 1440, 0)),
        daily_limit=draw(st.sampled_from([None, 1, 2])),
        busy=draw(st.one_of(st.just([]), st.lists(spans_near(start), min_size=2, max_size=6))),
        booked_days=draw(
            st.dictionaries(st.integers(-1, 2).map(lambda n: day + n * DAY), st.integers(0, 3), max_size=4)
        ),
        now=now,
        earliest=now + draw(lengths(0, 35)),
    )
    return World(ask, start, end)


@st.composite
def worlds_without_a_pause(draw: st.DrawFn) -> World:
    """Open day and night since the beginning, but perhaps for a few dates before."""
    world = draw(worlds())
    zone = world.ask.hours.zone
    # The oracle walks back to the beginning: half a year has one of the two nights, and is enough to walk.
    spring = [day for day in changeovers(zone, 2000) if day < date(2000, 5, 1)]
    day = draw(st.sampled_from(spring or [date(2000, 3, 1)])) + draw(st.integers(-1, 2)) * DAY
    middle = datetime.combine(day, time(), UTC)
    long_ago = st.dates(date(1999, 12, 25), max(day - 7 * DAY, date(2000, 1, 3)))
    ask = replace(
        world.ask,
        hours=oracle.Hours(
            dict.fromkeys(range(7), FULL), draw(st.dictionaries(long_ago, day_windows, max_size=2)), zone
        ),
        busy=draw(st.lists(spans_near(middle), max_size=3)),
        booked_days={},
        now=middle - 2 * DAY,
        earliest=middle - 2 * DAY,
        horizon=60 * DAY,
    )
    return World(ask, middle, middle + DAY)
