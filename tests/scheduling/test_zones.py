"""Which zone names are taken, what are zones called, and when is the next change?"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.scheduling import zones
from duologue.scheduling.intervals import epoch
from tests.scheduling import worlds

SUMMER = datetime(2026, 7, 1, tzinfo=UTC)
WINTER = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kathmandu", "UTC"])
def test_a_canonical_name_is_its_zone(name):
    assert zones.zone(name).key == name
    assert zones.zone(name) is zones.zone(name)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Asia/Katmandu", "Asia/Kathmandu"),
        ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ],
)
def test_a_city_under_its_former_name_leads_to_its_zone(name, canonical):
    assert zones.zone(name).key == canonical


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "Europe",
        "Europe/",
        "europe/berlin",
        "Europe/Berlin ",
        "Europe/Berlin\0",
        "Mars/Olympus_Mons",
        "/usr/share/zoneinfo/Europe/Berlin",
        "../../etc/passwd",
        "Europe/../Europe/Berlin",
        "posix/Europe/Berlin",
        "right/Europe/Berlin",
        "posixrules",
        "localtime",
        "Factory",
        "Etc/GMT+5",
        "SystemV/EST5EDT",
        "EST5EDT",
        "CET",
        "US/Eastern",
        "+02:00",
        "UTC+2",
        "zone.tab",
        "\U0001f552",
        "ab\u202ecd",
        "Europe/" + "B" * 10_000,
    ],
)
def test_anything_else_is_refused_in_a_sentence(name):
    with pytest.raises(ValueError, match=r"time zone.*Europe/Berlin") as caught:
        zones.zone(name)
    assert len(str(caught.value)) < 200
    assert str(caught.value).isascii()


@given(st.text(max_size=40))
def test_no_text_does_anything_but_name_a_zone_or_be_refused(name):
    try:
        assert zones.zone(name).key
    except ValueError:
        assert name not in worlds.NAMED


def test_every_choice_is_a_canonical_zone_with_a_name_of_its_own():
    grouped = zones.choices()
    names = [name for _, cities in grouped for name, _ in cities]

    assert [region for region, _ in grouped[:-1]] == sorted(region for region, _ in grouped[:-1])
    assert grouped[-1] == ("UTC", [("UTC", "UTC")])
    assert all(zones.zone(name).key == name for name in names)
    assert len(names) == len(set(names)) > 400
    for region, cities in grouped[:-1]:
        assert all(name.startswith(f"{region}/") for name, _ in cities)
        labels = [label for _, label in cities]
        assert labels == sorted(set(labels))
    assert not {"Asia/Calcutta", "Etc/GMT+5", "US/Eastern", "posixrules", "EST"} & set(names)


@pytest.mark.parametrize(
    ("name", "city"),
    [
        ("Asia/Kolkata", "Kolkata"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("America/Port-au-Prince", "Port-au-Prince"),
        ("UTC", "UTC"),
    ],
)
def test_city(name, city):
    assert zones.city(name) == city


@pytest.mark.parametrize(
    ("name", "at", "label", "letters"),
    [
        ("Europe/Berlin", SUMMER, "UTC+2", "CEST"),
        ("Europe/Berlin", WINTER, "UTC+1", "CET"),
        ("Europe/London", WINTER, "UTC", "GMT"),
        ("UTC", SUMMER, "UTC", "UTC"),
        ("Asia/Kolkata", SUMMER, "UTC+5:30", "IST"),
        ("Asia/Kathmandu", SUMMER, "UTC+5:45", "UTC+5:45"),
        ("America/St_Johns", WINTER, "UTC-3:30", "NST"),
        ("America/Sao_Paulo", WINTER, "UTC-3", "UTC-3"),
        ("Pacific/Chatham", WINTER, "UTC+13:45", "UTC+13:45"),
        ("Pacific/Marquesas", WINTER, "UTC-9:30", "UTC-9:30"),
    ],
)
def test_labels(name, at, label, letters):
    zone = zones.zone(name)

    assert zones.offset_label(zone, at) == label
    assert zones.abbreviation(zone, at) == letters


@pytest.mark.parametrize("ask", [zones.offset_label, zones.abbreviation, zones.shift])
def test_naive_datetimes_are_refused(ask):
    with pytest.raises(ValueError, match="zone"):
        ask(zones.zone("Europe/Berlin"), datetime(2026, 10, 25, 2, 30))  # noqa: DTZ001


def test_next_change_in_berlin():
    berlin = zones.zone("Europe/Berlin")
    back = datetime(2026, 10, 25, 1, tzinfo=UTC)

    assert zones.next_change(berlin, SUMMER, within_days=120) == back
    assert zones.next_change(berlin, SUMMER, within_days=60) is None
    assert zones.next_change(berlin, back - timedelta(days=1), within_days=1) == back
    assert zones.next_change(berlin, back, within_days=200) == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert zones.shift(berlin, back) == timedelta(hours=-1)
    assert zones.shift(
        zones.zone("Australia/Lord_Howe"), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)
    ) == timedelta(minutes=30)


@pytest.mark.parametrize("name", ["Asia/Kolkata", "UTC"])
def test_where_clocks_never_change(name):
    assert zones.next_change(zones.zone(name), WINTER, within_days=2000) is None


@given(st.data(), worlds.zones)
def test_next_change_is_the_first_moment_with_another_offset(data, zone):
    after = data.draw(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
    days = data.draw(st.integers(0, 30))
    change = zones.next_change(zone, after, within_days=days)
    moments = [after + timedelta(hours=hour) for hour in range(24 * days + 1)]
    offsets = [moment.astimezone(zone).utcoffset() for moment in moments]

    if change is None:
        assert len(set(offsets)) == 1
    else:
        assert after < change <= after + timedelta(days=days)
        before = change - timedelta(seconds=1)
        assert before.astimezone(zone).utcoffset() == offsets[0] if before > after else True
        assert change.astimezone(zone).utcoffset() != before.astimezone(zone).utcoffset()


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "Africa/Casablanca", "America/Recife", "Asia/Gaza", "Pacific/Apia"]
)
def test_no_change_of_offset_is_overlooked(name):
    zone = ZoneInfo(name)
    start, end = (epoch(datetime(year, 1, 1, tzinfo=UTC)) for year in (2000, 2045))
    known = zones.stretches(zone, start, end)

    for begin, until, offset in [stretch for stretch in known if stretch[0] < end]:
        for moment in range(max(begin, start), min(until, end), 21600):
            assert zones.offset_at(zone, moment) == offset
        assert zones.offset_at(zone, min(until, end) - 1) == offset
