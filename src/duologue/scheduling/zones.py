"""Which time zones are there, what are they called, and when do their clocks change?"""

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from operator import itemgetter
from zoneinfo import ZoneInfo

from duologue.scheduling.intervals import epoch, instant

Stretch = tuple[int, int, int]
"""`(begin, end, offset)`: from begin until before end, clocks show UTC plus offset; all in seconds."""

FOREVER = 1 << 62
_LONGEST_NAME = 64
_DAY = 86400
# The tz database knows no two changes of one zone within three days, so looking every second day misses none.
_LOOK_EVERY = 2 * _DAY


def zone(name: str) -> ZoneInfo:
    """The zone of that name; raises ValueError for anything but UTC or a region and a city.

    A city's former or second name leads to its zone (`Asia/Calcutta`, which browsers still report, to
    `Asia/Kolkata`), so that a name which was stored before the zone was renamed keeps working.
    """
    if not name or len(name) > _LONGEST_NAME:
        msg = "A time zone is named by its region and city, for example Europe/Berlin."
        raise ValueError(msg)
    canonical = _canonical_names().get(name)
    if canonical is None:
        msg = f"There is no time zone {name!a}; choose one such as Europe/Berlin or UTC."
        raise ValueError(msg)
    return ZoneInfo(canonical)


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Selectable zones by region: `("Europe", [("Europe/Berlin", "Berlin"), …])`, both in order; UTC last."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in _listed_names():
        regions.setdefault(name.partition("/")[0], []).append((name, city(name)))
    grouped = [(region, sorted(regions[region], key=itemgetter(1))) for region in sorted(regions)]
    return [*grouped, ("UTC", [("UTC", "UTC")])]


def city(name: str) -> str:
    return name.rpartition("/")[2].replace("_", " ")


def offset_label(zone: ZoneInfo, at: datetime) -> str:
    """`UTC+2`, `UTC-3:30`, or `UTC` where the clocks show just that."""
    minutes = offset_at(zone, epoch(at)) // 60
    hours, rest = divmod(abs(minutes), 60)
    if minutes == 0:
        return "UTC"
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def abbreviation(zone: ZoneInfo, at: datetime) -> str:
    """`CEST`, or the offset's label for the many zones that have no letters of their own."""
    letters = instant(epoch(at)).astimezone(zone).tzname() or ""
    return letters if letters.isalpha() else offset_label(zone, at)


def next_change(zone: ZoneInfo, after: datetime, *, within_days: int) -> datetime | None:
    """The first instant later than `after`, and at most that many days later, at which clocks change."""
    start = epoch(after)
    end = start + within_days * _DAY
    for begin, _, _ in stretches(zone, start, end):
        if start < begin <= end:
            return instant(begin)
    return None


def shift(zone: ZoneInfo, change: datetime) -> timedelta:
    """How far clocks jump at that instant: negative when they go back."""
    at = epoch(change)
    return timedelta(seconds=offset_at(zone, at) - offset_at(zone, at - 1))


def offset_at(zone: ZoneInfo, moment: int) -> int:
    """Seconds that the zone's clocks are ahead of UTC at that instant."""
    return epoch(datetime.fromtimestamp(moment, zone).replace(tzinfo=UTC)) - moment


def stretches(zone: ZoneInfo, start: int, end: int) -> tuple[Stretch, ...]:
    """The stretches of one offset that cover `[start, end]`; the outermost are drawn out to ±FOREVER."""
    return _stretches(zone, instant(start).year, instant(end).year)


@lru_cache(maxsize=2048)
def _stretches(zone: ZoneInfo, first_year: int, last_year: int) -> tuple[Stretch, ...]:
    begin = -FOREVER
    offset = offset_at(zone, _new_year(first_year))
    found: list[Stretch] = []
    for year in range(first_year, last_year + 1):
        for moment, then in _changes(zone, year):
            found.append((begin, moment, offset))
            begin, offset = moment, then
    return (*found, (begin, FOREVER, offset))


@lru_cache(maxsize=4096)
def _changes(zone: ZoneInfo, year: int) -> tuple[tuple[int, int], ...]:
    """When, within a UTC year, the offset changes, and to what."""
    found: list[tuple[int, int]] = []
    here, end = _new_year(year), _new_year(year + 1)
    offset = offset_at(zone, here)
    while here < end:
        there = min(here + _LOOK_EVERY, end)
        then = offset_at(zone, there)
        if then != offset:
            found.append((_change_between(zone, here, there), then))
        here, offset = there, then
    return tuple(found)


def _change_between(zone: ZoneInfo, before: int, after: int) -> int:
    old = offset_at(zone, before)
    for _ in range(math.ceil(math.log2(after - before))):
        middle = (before + after) // 2
        if offset_at(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _new_year(year: int) -> int:
    return epoch(datetime(year, 1, 1, tzinfo=UTC))


@lru_cache(maxsize=1)
def _canonical_names() -> dict[str, str]:
    """Every accepted name and the canonical name of the same zone."""
    listed = _listed_names()
    names = {name: name for name in (*listed, "UTC")}
    regions = {name.partition("/")[0] for name in listed}
    for line in _data("tzdata.zi"):
        # A link: `L <the zone's name> <another name for it>`.
        if line.startswith("L "):
            _, target, alias = line.split()
            if alias.partition("/")[0] in regions and target in names:
                names.setdefault(alias, target)
    return names


@lru_cache(maxsize=1)
def _listed_names() -> tuple[str, ...]:
    """The names that the tz database gives people to choose from, without its legacy ones."""
    return tuple(line.split("\t")[2] for line in _data("zone.tab") if not line.startswith("#"))


def _data(name: str) -> list[str]:
    # Zones that the system's own data lacks are loaded from this package too, so every listed name is there.
    return files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8").splitlines()
