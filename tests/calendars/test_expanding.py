"""When is somebody busy, as their calendar says? Zones, recurrences, and files that mean harm."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from duologue.calendars import apart
from duologue.calendars.apart import Limits
from duologue.calendars.expanding import Question, Unreadable, busy_times
from tests.calendars.files import calendar, event

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ASKED = Question(
    NOVEMBER, NOVEMBER + timedelta(days=380), ZoneInfo("Europe/Berlin"), ["naoko@people.example"]
)

CUSTOM_ZONE = "\r\n".join(
    [
        "BEGIN:VTIMEZONE",
        "TZID:Our own clock",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0500",
        "TZOFFSETTO:+0500",
        "TZNAME:OWN",
        "END:STANDARD",
        "END:VTIMEZONE",
        "",
    ]
)


def told(content: bytes, asked: Question = ASKED) -> list[str]:
    """The times as people write them, in UTC."""
    return [
        f"{datetime.fromtimestamp(one.start, UTC):%d %b %H:%M}-{datetime.fromtimestamp(one.end, UTC):%H:%M}"
        for one in busy_times(content, asked).times
    ]


def problem(content: bytes) -> tuple[str, str]:
    with pytest.raises(Unreadable) as refused:
        busy_times(content, ASKED)
    return refused.value.code, refused.value.detail


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["DTSTART:20261123T100000Z", "DTEND:20261123T113000Z"], ["23 Nov 10:00-11:30"]),
        (["DTSTART;TZID=Asia/Tokyo:20261123T100000", "DURATION:PT45M"], ["23 Nov 01:00-01:45"]),
        (
            ["DTSTART;TZID=W. Europe Standard Time:20261123T100000", "DURATION:PT1H"],
            ["23 Nov 09:00-10:00"],
        ),
        (["DTSTART;TZID=Our own clock:20261123T100000", "DURATION:PT1H"], ["23 Nov 05:00-06:00"]),
        (["DTSTART:20261123T100000", "DTEND:20261123T110000"], ["23 Nov 09:00-10:00"]),
        (["DTSTART;VALUE=DATE:20261123"], ["22 Nov 23:00-23:00"]),
        (["DTSTART;VALUE=DATE:20261123", "TRANSP:TRANSPARENT"], []),
        (["DTSTART:20261123T100000Z", "DURATION:PT1H", "STATUS:CANCELLED"], []),
        (["DTSTART:20261123T100000Z", "DURATION:PT1H", "STATUS:TENTATIVE"], ["23 Nov 10:00-11:00"]),
        (["DTSTART:20261123T100000Z", "DURATION:PT1H", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"], []),
        (["DTSTART:20261123T100000Z"], []),
        (
            [
                "DTSTART:20261123T100000Z",
                "DURATION:PT1H",
                "ATTENDEE;PARTSTAT=DECLINED:mailto:Naoko@people.example",
                "ATTENDEE;PARTSTAT=ACCEPTED:mailto:else@people.example",
            ],
            [],
        ),
        (
            [
                "DTSTART:20261123T100000Z",
                "DURATION:PT1H",
                "ATTENDEE;PARTSTAT=DECLINED:mailto:else@people.example",
            ],
            ["23 Nov 10:00-11:00"],
        ),
        (["DTSTART:20201123T100000Z", "DURATION:PT1H"], []),
        (["DTSTART:20291123T100000Z", "DURATION:PT1H"], []),
    ],
)
def test_what_takes_time_is_told_as_instants(lines, expected):
    assert told(calendar(CUSTOM_ZONE, event("one", *lines))) == expected


def test_a_series_follows_its_zone_over_the_night_clocks_change():
    weekly = event(
        "weekly",
        "DTSTART;TZID=Europe/Berlin:20270315T090000",
        "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY;COUNT=4",
        "EXDATE;TZID=Europe/Berlin:20270322T090000",
    )
    moved = event(
        "weekly",
        "RECURRENCE-ID;TZID=Europe/Berlin:20270405T090000",
        "DTSTART:20270405T150000Z",
        "DURATION:PT2H",
    )
    assert told(calendar(weekly, moved)) == ["15 Mar 08:00-09:00", "29 Mar 07:00-08:00", "05 Apr 15:00-17:00"]


def test_one_cancelled_day_of_a_series_is_free():
    daily = event("daily", "DTSTART:20261123T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")
    gone = event(
        "daily",
        "RECURRENCE-ID:20261124T100000Z",
        "DTSTART:20261124T100000Z",
        "DURATION:PT1H",
        "STATUS:CANCELLED",
    )
    assert told(calendar(daily, gone)) == ["23 Nov 10:00-11:00", "25 Nov 10:00-11:00"]


def test_a_calendar_that_only_says_when_somebody_is_busy_is_understood():
    busy = "\r\n".join(
        [
            "BEGIN:VFREEBUSY",
            "UID:f",
            "DTSTAMP:20261101T000000Z",
            "FREEBUSY;FBTYPE=BUSY:20261123T100000Z/PT1H,20261124T100000Z/20261124T120000Z",
            "FREEBUSY;FBTYPE=FREE:20261125T100000Z/PT1H",
            "END:VFREEBUSY",
            "",
        ]
    )
    assert told(calendar(busy)) == ["23 Nov 10:00-11:00", "24 Nov 10:00-12:00"]


def test_names_and_events_are_told():
    found = busy_times(calendar(event("a", "DTSTART:20261123T100000Z", "DURATION:PT1H"), name="Work"), ASKED)
    assert (found.name, found.events, found.times[0].uid) == ("Work", 1, "a")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"<html><body>Sign in</body></html>", ("no_calendar", "")),
        (b"", ("no_calendar", "")),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x", ("cut_off", "")),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VTODO\r\nEND:VCALENDAR", ("broken", "")),
        (
            calendar(event("x", "DTSTART;TZID=Nowhere/Land:20261123T100000", "DURATION:PT1H")),
            ("zone", "Nowhere/Land"),
        ),
        (calendar(event("x", "DTSTART:soon", "DURATION:PT1H")), ("broken", "")),
        (calendar(event("x", "SUMMARY:never")), ("broken", "")),
        (
            calendar(event("x", "DTSTART:20261123T100000Z", "DURATION:PT1H", "RRULE:FREQ=SOMETIMES")),
            ("broken", ""),
        ),
        (
            calendar(event("x", "DTSTART:20261123T100000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY")),
            ("too_often", ""),
        ),
    ],
)
def test_what_cannot_be_understood_is_refused_and_never_left_out(content, expected):
    assert problem(content) == expected


def test_more_times_than_a_person_can_have_are_refused():
    daily = "".join(
        event(f"d{n}", f"DTSTART:20261101T00{n:02}00Z", "DURATION:PT1M", "RRULE:FREQ=DAILY")
        for n in range(40)
    )
    assert problem(calendar(daily)) == ("too_many", "")


def test_an_unknown_zone_in_what_is_long_over_or_takes_no_time_harms_nobody():
    old = event("old", "DTSTART;TZID=Nowhere/Land:20201123T100000", "DURATION:PT1H")
    free = event("free", "DTSTART;TZID=Nowhere/Land:20261123T100000", "DURATION:PT1H", "TRANSP:TRANSPARENT")
    assert told(calendar(old, free)) == []


def test_a_process_apart_finds_the_same():
    content = calendar(CUSTOM_ZONE, event("a", "DTSTART;TZID=Our own clock:20261123T100000", "DURATION:PT1H"))
    assert apart.busy_times(content, ASKED) == busy_times(content, ASKED)
    with pytest.raises(Unreadable) as refused:
        apart.busy_times(calendar(event("x", "DTSTART;TZID=No/Zone:20261123T100000")), ASKED)
    assert (refused.value.code, refused.value.detail) == ("zone", "No/Zone")


def test_a_million_recurrences_are_ended_by_the_limits_and_said():
    million = [event("m", "DTSTART:20261101T000000Z", "DURATION:PT1M", "RRULE:FREQ=HOURLY;COUNT=1000000")]
    million += [event(f"m{n}", "DTSTART:10010101T000000Z", "RRULE:FREQ=HOURLY") for n in range(20)]
    for limits in (Limits(seconds=1), Limits(within=0.1)):
        with pytest.raises(Unreadable) as refused:
            apart.busy_times(calendar(*million), ASKED, limits)
        assert refused.value.code == "too_much"
