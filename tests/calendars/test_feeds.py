"""Does a person's feed tell their sessions, and nothing that is nobody's business? (DASH-7)"""

import logging
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import icalendar
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from duologue.bookings.models import JoinLink
from duologue.bookings.states import Status
from duologue.calendars.feeds import Feed, FeedEntry, build_feed
from duologue.calendars.models import CalendarFeed
from duologue.config.logs import LineFormatter
from duologue.core import clock
from duologue.usecases import calendar_feed
from tests.cast import make_booking, make_event_type, make_host, next_hour, signed_in

DAY = timedelta(days=1)
START = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def now(db):
    return clock.now()


def path_of(user):
    calendar_feed.renew(user, now=clock.now())
    return urlsplit(calendar_feed.address_of(user)).path


def read(client, path, **headers):
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return icalendar.Calendar.from_ical(response.content).walk("VEVENT")


def test_it_tells_all_that_is_agreed_and_thirty_days_back_on_both_sides(now, paid, attendee, as_nobody):
    other = make_event_type(make_host(), name="Another talk")
    at = next_hour(now)
    shown = [
        make_booking(paid, attendee, starts_at=at + DAY),
        make_booking(paid, attendee, starts_at=at + 300 * DAY),
        make_booking(paid, attendee, starts_at=at - 20 * DAY, status=Status.COMPLETED),
        make_booking(paid, attendee, starts_at=at - 10 * DAY, status=Status.NO_SHOW),
        make_booking(other, paid.host.user, starts_at=at + 2 * DAY),
    ]
    make_booking(paid, attendee, starts_at=at - 40 * DAY, status=Status.COMPLETED)
    make_booking(paid, attendee, starts_at=at + 3 * DAY, status=Status.CANCELLED)
    make_booking(paid, attendee, starts_at=at + 4 * DAY, status=Status.PENDING_PAYMENT)
    make_booking(paid, starts_at=at + 5 * DAY)
    told = {str(event["UID"]) for event in read(as_nobody, path_of(attendee))}
    assert told == {booking.uid for booking in shown[:4]}
    # The host has their side, and what they themselves booked elsewhere.
    of_host = {str(event["UID"]) for event in read(as_nobody, path_of(paid.host.user))}
    assert shown[4].uid in of_host
    assert {booking.uid for booking in shown} <= of_host
    assert len(of_host) == 6


def test_it_names_nobody_and_lets_nobody_in(now, paid, attendee, as_nobody):
    booking = make_booking(paid, attendee, note="About my knee")
    content = as_nobody.get(path_of(attendee)).content.decode()
    unfolded = content.replace("\r\n ", "")
    assert "SUMMARY:Session\r\n" in unfolded
    assert f"/sessions/{booking.pk}" in unfolded
    for secret in ("Naoko", "Amara", "people.example", "Mentoring hour", "knee", "/j/", "ATTENDEE", "video"):
        assert secret not in unfolded
    assert JoinLink.objects.filter(booking=booking).exists()
    # The page it leads to wants to know who comes.
    assert as_nobody.get(f"/sessions/{booking.pk}").status_code in {302, 404}


@pytest.mark.parametrize(("vocabulary", "word"), [("telehealth", "Appointment"), ("generic", "Meeting")])
def test_it_calls_the_hour_as_the_operator_does(now, paid, attendee, as_nobody, settings, vocabulary, word):
    settings.DUOLOGUE_VOCABULARY = vocabulary
    make_booking(paid, attendee)
    [event] = read(as_nobody, path_of(attendee))
    assert event["SUMMARY"] == word


def test_a_program_that_has_it_already_is_sent_nothing(now, paid, attendee, as_nobody):
    booking = make_booking(paid, attendee)
    path = path_of(attendee)
    first = as_nobody.get(path)
    same = as_nobody.get(path, headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", first["ETag"])
    booking.ics_sequence += 1
    booking.save()
    assert as_nobody.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert as_nobody.head(path)["ETag"] != first["ETag"]
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert first["Cache-Control"] == "private, no-cache"
    assert first["Referrer-Policy"] == "no-referrer"


def test_it_is_switched_on_renewed_and_off_in_the_profile(now, attendee, as_attendee, as_nobody):
    assert "/feeds/" not in as_attendee.get("/profile").content.decode()
    switch = "/profile/calendar-feed"
    as_attendee.post(switch, {"feed": "new"})
    first = calendar_feed.address_of(attendee)
    assert first in as_attendee.get("/profile").content.decode()
    assert as_nobody.get(urlsplit(first).path).status_code == 200
    as_attendee.post(switch, {"feed": "new"})
    second = calendar_feed.address_of(attendee)
    assert as_nobody.get(urlsplit(first).path).status_code == 404
    assert as_nobody.get(urlsplit(second).path).status_code == 200
    as_attendee.post(switch, {"feed": "off"})
    assert as_nobody.get(urlsplit(second).path).status_code == 404
    # What was switched off once never works again.
    as_attendee.post(switch, {"feed": "new"})
    assert calendar_feed.address_of(attendee) not in {first, second}
    assert as_nobody.get(urlsplit(second).path).status_code == 404


def test_only_oneself_switches_it_and_only_a_fingerprint_is_kept(now, attendee, as_nobody, as_stranger):
    token = path_of(attendee).split("/")[-1].removesuffix(".ics")
    assert as_nobody.post("/profile/calendar-feed", {"feed": "off"}).status_code == 302
    as_stranger.post("/profile/calendar-feed", {"feed": "off"})
    assert calendar_feed.find(token) == attendee
    assert token not in str(CalendarFeed.objects.values())
    assert as_nobody.get("/feeds/abcdefghijklmnopqrstuv.ics").status_code == 404
    attendee.is_active = False
    attendee.save()
    assert as_nobody.get(f"/feeds/{token}.ics").status_code == 404


def test_an_operators_feed_has_their_own_sessions_only(now, paid, attendee, operator, as_nobody):
    make_booking(paid, attendee)
    assert read(as_nobody, path_of(operator)) == []


def test_the_address_is_cut_from_logs(now, attendee):
    path = path_of(attendee)
    record = logging.LogRecord("web", logging.INFO, "", 0, "GET %s 200", (path,), None)
    written = LineFormatter().format(record)
    assert "/feeds/…" in written
    assert path.split("/")[-1].removesuffix(".ics") not in written


def test_a_thousand_sessions_cost_three_questions(now, paid, attendee, as_nobody, django_assert_num_queries):
    path = path_of(attendee)
    for number in range(30):
        make_booking(paid, attendee, starts_at=next_hour(now) + number * DAY)
    with django_assert_num_queries(3):
        assert len(read(as_nobody, path)) == 30


@given(
    name=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300),
    words=st.sampled_from(["Session", "Sitzung; heute, \\", "会議" * 40]),
)
def test_two_libraries_read_what_was_written_whatever_it_is_called(name, words):
    entry = FeedEntry("0199@duologue", 3, START, START + timedelta(hours=1), "https://d.example/" + "x" * 90)
    written = build_feed(Feed(name, words, [entry]), stamp=START)
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    [event] = icalendar.Calendar.from_ical(written).walk("VEVENT")
    assert (event["UID"], event["SEQUENCE"], event["SUMMARY"]) == ("0199@duologue", 3, words)
    other = vobject.readOne(written.decode()).vevent
    assert (other.uid.value, other.summary.value) == ("0199@duologue", words)
    assert (other.dtstart.value, other.url.value) == (START, entry.page)


def test_signed_in_people_see_the_part_in_their_profile(now, host):
    assert "Get an address" in signed_in(host.user).get("/profile").content.decode()
