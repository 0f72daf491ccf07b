"""Are times and sums written as people read them, in their zone and language?"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.localedata import locale_identifiers
from django.template import Context, Template
from django.utils import translation

from duologue.core.money import Money
from duologue.notifications import when

BERLIN = ZoneInfo("Europe/Berlin")
TOKYO = ZoneInfo("Asia/Tokyo")
AT = datetime(2026, 10, 22, 7, 30, tzinfo=UTC)


def test_the_designed_english():
    assert when.day_long(AT, BERLIN) == "Thursday 22 October 2026"
    assert when.day_name(AT, BERLIN) == "Thursday 22 October"
    assert when.day_short(AT, BERLIN) == "Thu 22 Oct"
    assert when.weekday(AT, BERLIN) == "Thursday"
    assert when.month(AT, BERLIN) == "October 2026"
    assert when.moment(AT, BERLIN) == "Thursday 22 October, 09:30"
    assert when.moment_short(AT, BERLIN) == "Thu 22 Oct, 09:30"
    assert when.zone_label(AT, BERLIN) == "Berlin (CEST)"
    assert when.zone_label(AT, TOKYO) == "Tokyo (JST)"


def test_a_range_never_breaks_over_lines():
    assert when.time_range(AT, AT + timedelta(minutes=45), BERLIN) == "09:30\u00a0–\u00a010:15"


@pytest.mark.parametrize(
    ("zone", "first", "step", "written"),
    [
        ("Europe/Berlin", "2026-10-24T23:30Z", 60, ["01:30", "02:30 CEST", "02:30 CET", "03:30"]),
        ("Europe/Berlin", "2027-03-28T00:30Z", 60, ["01:30", "03:30", "04:30"]),
        ("America/New_York", "2026-11-01T04:00Z", 60, ["00:00", "01:00 EDT", "01:00 EST", "02:00"]),
        ("Australia/Lord_Howe", "2027-04-03T14:45Z", 30, ["01:45 UTC+11", "01:45 UTC+10:30", "02:15"]),
        ("Asia/Kolkata", "2026-10-24T23:30Z", 60, ["05:00", "06:00"]),
    ],
)
def test_an_hour_that_comes_twice_says_which_one_is_meant(zone, first, step, written):
    at = datetime.fromisoformat(first)
    moments = [at + timedelta(minutes=step * number) for number in range(len(written))]
    assert [when.clock(moment, ZoneInfo(zone)) for moment in moments] == written


def test_a_session_over_the_change_can_be_told_from_one_that_lasts_no_time():
    start = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert when.time_range(start, start + timedelta(hours=1), BERLIN) == "02:00 CEST\u00a0–\u00a002:00 CET"


@pytest.mark.parametrize(
    ("language", "day", "hour"),
    [
        ("de", "Donnerstag, 22. Oktober 2026", "09:30"),
        ("fr", "jeudi 22 octobre 2026", "09:30"),
        ("es", "jueves, 22 de octubre de 2026", "09:30"),
        ("en-us", "Thursday, October 22, 2026", "9:30\u202fAM"),
        ("ja", "2026年10月22日木曜日", "09:30"),
    ],
)
def test_the_readers_language(language, day, hour):
    locale = when.locale_of(language)
    assert when.day_long(AT, BERLIN, locale) == day
    assert when.clock(AT, BERLIN, locale).replace(" ", "\u202f") == hour


@pytest.mark.parametrize("language", ["", "xx", "not a language", "en", "../etc", "e" * 500])
def test_an_unknown_language_is_read_in_english(language):
    assert when.locale_of(language) == "en_GB"


def test_every_language_of_cldr_can_be_written():
    for name in [name for name in locale_identifiers() if "_" not in name]:
        for write in (when.day_long, when.day_name, when.day_short, when.weekday, when.month, when.clock):
            assert write(AT, BERLIN, name), (name, write)


def test_a_day_belongs_to_a_zone():
    late = datetime(2026, 10, 21, 22, 30, tzinfo=UTC)
    assert when.day_short(late, BERLIN) == "Thu 22 Oct"
    assert when.day_short(late, ZoneInfo("UTC")) == "Wed 21 Oct"
    assert when.day_short(date(2026, 10, 21)) == "Wed 21 Oct"
    with pytest.raises(ValueError, match="depends on the zone"):
        when.day_short(late)


def test_a_naive_time_is_refused():
    naive = AT.replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a zone"):
        when.clock(naive, BERLIN)
    with pytest.raises(ValueError, match="without a zone"):
        when.day_long(naive, BERLIN)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 10, 22, 21, 59, tzinfo=UTC), "Today"),
        (datetime(2026, 10, 22, 22, 0, tzinfo=UTC), "Tomorrow"),
        (datetime(2026, 10, 21, 21, 59, tzinfo=UTC), "Yesterday"),
        (datetime(2026, 10, 24, 12, 0, tzinfo=UTC), "Saturday 24 October"),
        (datetime(2027, 1, 1, 12, 0, tzinfo=UTC), "Friday 1 January 2027"),
    ],
)
def test_near_days_have_names(at, words):
    assert when.relative_day(at, AT, BERLIN) == words


def test_days_apart_counts_midnights_not_hours():
    after_the_change = datetime(2026, 10, 26, 0, 30, tzinfo=BERLIN)
    before_the_change = datetime(2026, 10, 24, 23, 30, tzinfo=BERLIN)
    assert when.days_apart(after_the_change, before_the_change, BERLIN) == 2
    assert when.days_apart(before_the_change, after_the_change, BERLIN) == -2


@pytest.mark.parametrize(
    ("minutes", "long", "short"),
    [
        (5, "5 minutes", "5 min"),
        (45, "45 minutes", "45 min"),
        (60, "1 hour", "60 min"),
        (90, "1 hour 30 minutes", "90 min"),
    ],
)
def test_lengths(minutes, long, short):
    assert when.minutes_long(minutes) == long
    assert when.minutes_short(minutes) == short
    assert when.span(AT, AT + timedelta(minutes=minutes)) == long


def test_distance_and_money():
    assert when.distance(AT + timedelta(minutes=12), AT) == "in 12 minutes"
    assert when.distance(AT - timedelta(days=2), AT) == "2 days ago"
    assert when.lasting(timedelta(seconds=40)) == "40 seconds"
    assert when.money(Money(6500, "EUR")) == "€65.00"
    assert when.money(Money(6500, "EUR"), "de") == "65,00\u00a0€"


def test_templates_write_in_the_active_language():
    template = Template(
        "{% load when %}{{ at|day_long:zone }} {{ at|clock:zone }} {{ at|zone_abbr:zone }} {{ price|money }}"
        " {{ 45|minutes_long }} {% time_range at end zone %} {% relative_day at at zone %}"
    )
    values = {"at": AT, "end": AT + timedelta(hours=1), "zone": BERLIN, "price": Money(100, "EUR")}
    assert template.render(Context(values)) == (
        "Thursday 22 October 2026 09:30 CEST €1.00 45 minutes 09:30\u00a0–\u00a010:30 Today"
    )
    with translation.override("de"):
        assert template.render(Context(values)).startswith(
            "Donnerstag, 22. Oktober 2026 09:30 CEST 1,00\u00a0€"
        )


def test_spanish_days_and_cities_read_as_in_spain():
    berlin, at = ZoneInfo("Europe/Berlin"), datetime(2036, 10, 22, 7, 30, tzinfo=UTC)
    assert when.day_name(at, berlin, "es") == "miércoles, 22 de octubre"
    assert when.day_plain(at, berlin, "es") == "22 de octubre"
    assert when.day_long(at, berlin, "es") == "miércoles, 22 de octubre de 2036"
    assert when.moment(at, berlin, "es") == "miércoles, 22 de octubre, 09:30"
    with translation.override("es"):
        assert when.zone_label(at, berlin) == "Berlín (CEST)"
        assert when.city("America/New_York") == "Nueva York"
    assert when.city("Europe/Berlin") == "Berlin"
    assert when.day_plain(at, berlin) == "22 October"
