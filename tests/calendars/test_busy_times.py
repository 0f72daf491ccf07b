"""Do calendars outside take their host's time? Read by the worker from a real server, seen at real doors."""

from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.calendars.models import BusyInterval, CalendarConnection
from duologue.config.jobs import PERIODIC
from duologue.core import clock
from duologue.core.errors import Invalid, Refused, SlotTaken
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from duologue.scheduling.intervals import instant
from duologue.usecases import keep_calendar, read_calendars
from duologue.usecases.book import Wish, book
from duologue.usecases.expire_hold import expire_hold
from duologue.usecases.find_slots import open_slots
from duologue.usecases.next_week import next_week
from duologue.usecases.settle_payment import settle_payment
from tests.calendars import files
from tests.calendars.files import MADE, calendar, event, publishing, says
from tests.cast import make_booking, make_host, signed_in
from tests.sold import hold, pay_for

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
PAGE = "/availability/calendars"


@pytest.fixture
def now():
    return clock.now().replace(microsecond=0)


@pytest.fixture
def server(settings):
    with publishing() as running:
        settings.DUOLOGUE_CALENDAR_TRUSTED_HOSTS = [running.place]
        yield running


def slots_of(offer, now):
    return [instant(start) for start in open_slots(offer, now, now + timedelta(days=14), now=now)]


def from_to(start, end, uid="busy", *lines):
    written = [f"{name}:{at:%Y%m%dT%H%M%SZ}" for name, at in (("DTSTART", start), ("DTEND", end))]
    return event(uid, *written, *lines)


def the_chore(now):
    """As workers run it: the chore, and what it made due."""
    read_calendars.read_calendars(now)
    run_due(now)


def mails():
    return OutgoingMail.objects.filter(template=read_calendars.TEMPLATE)


def given(host, server, now):
    """Given, and read as its job does."""
    kept = keep_calendar.add_calendar(host, server.address, now=now)
    read_calendars.read_calendar(now, kept.pk)
    kept.refresh_from_db()
    return kept


def test_a_busy_time_is_offered_to_nobody_and_booked_by_nobody(host, free, server, now, attendee):
    start = slots_of(free, now)[5]
    server.content = calendar(from_to(start, start + HOUR))
    assert start in slots_of(free, now)
    given(host, server, now)
    assert not [one for one in slots_of(free, now) if start <= one < start + HOUR]
    with pytest.raises(SlotTaken):
        book(Wish(event_type_id=free.pk, starts_at=start, user=attendee), now=now)


def test_it_is_free_again_when_it_is_gone_there(host, free, server, now):
    start = slots_of(free, now)[5]
    server.content = calendar(from_to(start, start + HOUR))
    given(host, server, now)
    server.content = calendar()
    the_chore(now + read_calendars.EVERY)
    assert start in slots_of(free, now)
    assert not BusyInterval.objects.exists()


def test_a_whole_day_is_taken_in_the_hosts_own_zone(host, free, server, now):
    day = slots_of(free, now)[20].astimezone(read_calendars.zones.zone("Europe/Berlin")).date()
    server.content = calendar(event("day", f"DTSTART;VALUE=DATE:{day:%Y%m%d}"))
    given(host, server, now)
    berlin = read_calendars.zones.zone("Europe/Berlin")
    assert day not in {one.astimezone(berlin).date() for one in slots_of(free, now)}
    [taken] = BusyInterval.objects.all()
    assert (taken.starts_at.astimezone(berlin).hour, taken.ends_at - taken.starts_at) == (
        0,
        timedelta(days=1),
    )


def test_a_host_who_moves_to_another_zone_has_whole_days_there(host, server, now):
    day = (now + timedelta(days=8)).date()
    server.content = calendar(event("day", f"DTSTART;VALUE=DATE:{day:%Y%m%d}"))
    given(host, server, now)
    berlin, tokyo = (
        datetime.combine(day, time(), ZoneInfo(zone)) for zone in ("Europe/Berlin", "Asia/Tokyo")
    )
    assert BusyInterval.objects.get().starts_at == berlin
    host.user.time_zone = "Asia/Tokyo"
    host.user.save()
    the_chore(now)
    assert BusyInterval.objects.get().starts_at == tokyo


def test_own_sessions_that_come_back_from_the_calendar_are_not_counted_twice(host, free, server, now):
    booking = make_booking(free, starts_at=slots_of(free, now)[5])
    mine = from_to(booking.starts_at, booking.ends_at, booking.uid)
    others = from_to(booking.starts_at, booking.ends_at, "0199aaaa-0000-7000-8000-000000000000@duologue")
    server.content = calendar(mine)
    kept = given(host, server, now)
    assert not BusyInterval.objects.exists()
    # Cancelled here, the entry there takes no time any more; one that only looks like ours does.
    Booking.objects.filter(pk=booking.pk).update(status=Status.CANCELLED.value)
    assert booking.starts_at in slots_of(free, now)
    server.content = calendar(mine, others)
    read_calendars.read(CalendarConnection.objects.get(pk=kept.pk), now=now)
    assert BusyInterval.objects.count() == 1


def test_what_did_not_change_there_is_neither_sent_nor_worked_out_again(host, server, now, monkeypatch):
    server.content = calendar(from_to(now + HOUR, now + 2 * HOUR))
    given(host, server, now)
    row = BusyInterval.objects.get().pk
    monkeypatch.setattr(read_calendars.apart, "busy_times", None)
    the_chore(now + read_calendars.EVERY)
    assert server.asked[-1]["if-none-match"]
    # Some servers write the moment of asking into every event.
    server.content = server.content.replace(MADE.encode(), b"DTSTAMP:20261212T121212Z")
    the_chore(now + 2 * read_calendars.EVERY)
    kept = CalendarConnection.objects.get()
    assert (kept.problem, kept.read_at) == ("", now + 2 * read_calendars.EVERY)
    assert BusyInterval.objects.get().pk == row


def test_an_unchanged_calendar_is_worked_out_anew_before_bookings_reach_past_it(host, server, now):
    server.content = calendar(from_to(now, now + HOUR, "series", "RRULE:FREQ=WEEKLY"))
    given(host, server, now)
    last = BusyInterval.objects.latest("starts_at").starts_at
    later = now + timedelta(days=12)
    the_chore(later)
    assert "if-none-match" not in server.asked[-1]
    assert BusyInterval.objects.latest("starts_at").starts_at > last
    assert CalendarConnection.objects.get().known_until >= later + read_calendars.FARTHEST


def test_the_last_good_copy_serves_then_slots_close_the_host_is_told_once_and_all_comes_back(
    host, free, server, now, as_host, as_nobody
):
    start = slots_of(free, now + timedelta(days=2))[5]
    server.content = calendar(from_to(start, start + HOUR), name="Work")
    given(host, server, now)
    server.answer = says(503)
    soon = now + HOUR
    the_chore(soon)
    kept = CalendarConnection.objects.get()
    assert (kept.problem, kept.read_at, kept.tried_at) == ("refused", now, soon)
    open_then = slots_of(free, soon)
    assert open_then
    assert start not in open_then
    assert not mails().exists()

    late = now + timedelta(hours=24)
    assert slots_of(free, late - timedelta(seconds=1))
    assert slots_of(free, late) == []
    with pytest.raises(SlotTaken):
        book(Wish(event_type_id=free.pk, starts_at=open_then[-1], browser="b" * 64), now=late)
    for _turn in range(3):
        the_chore(late)
    letter = rendering.render(mails().get(), now=late)
    assert "cannot be read" in letter.subject
    assert "Work" in letter.text
    assert PAGE in letter.text

    server.answer = None
    the_chore(late + read_calendars.EVERY)
    assert slots_of(free, late + read_calendars.EVERY)
    # Another break is told again.
    server.answer = says(503)
    the_chore(late + read_calendars.EVERY + timedelta(hours=24))
    the_chore(late + read_calendars.EVERY + timedelta(hours=24))
    assert mails().count() == 2


def test_a_word_about_a_calendar_that_works_again_is_not_sent(host, server, now):
    kept = given(host, server, now)
    server.answer = says(503)
    late = now + timedelta(hours=25)
    read_calendars.read_calendars(late)
    server.answer = None
    read_calendars.read(CalendarConnection.objects.get(pk=kept.pk), now=late)
    assert rendering.letters.why_not(mails().get(), late)


def test_the_hosts_page_says_why_it_shows_no_times(host, server, now, as_nobody, settings):
    given(host, server, now)
    tried = now - timedelta(minutes=2)
    CalendarConnection.objects.update(good_until=now - HOUR, tried_at=tried)
    said = as_nobody.get("/h/naoko-ishida").content.decode()
    assert (
        "Naoko’s calendar cannot be read right now, so we show no times rather than wrong ones. Last tried"
    ) in said
    assert "Fully booked" not in said
    assert "data-calendar" not in said
    CalendarConnection.objects.update(good_until=now + HOUR)
    assert "cannot be read" not in as_nobody.get("/h/naoko-ishida").content.decode()


def test_the_preview_of_next_week_leaves_busy_times_out(host, server, now):
    berlin = read_calendars.zones.zone("Europe/Berlin")
    monday = (now + timedelta(days=7 - now.astimezone(berlin).weekday())).astimezone(berlin)
    noon = monday.replace(hour=12, minute=0, second=0)
    server.content = calendar(from_to(noon.astimezone(UTC), noon.astimezone(UTC) + HOUR))
    given(host, server, now)
    assert next_week(host, now=now)[0].open == [(9 * 60, 12 * 60), (13 * 60, 17 * 60)]
    CalendarConnection.objects.update(good_until=now)
    assert not any(day.open for day in next_week(host, now=now))


def test_another_hosts_times_stay_open(host, free, server, now):
    other = make_host()
    given(other, server, now)
    CalendarConnection.objects.update(good_until=now - HOUR)
    assert slots_of(free, now)


def test_late_money_does_not_take_a_time_that_is_busy_meanwhile(host, paid, server, now):
    first, second = slots_of(paid, now)[3], slots_of(paid, now)[12]
    late = now + HOUR
    attempts = {}
    for start in (first, second):
        attempts[start] = pay_for(hold(paid, now=now, starts_at=start), now=now)
    server.content = calendar(from_to(first, first + HOUR))
    given(host, server, late)
    for start, status in ((first, Status.EXPIRED), (second, Status.CONFIRMED)):
        expire_hold(late, str(attempts[start].payment.booking_id))
        settle_payment(attempts[start].pk, now=late)
        assert Booking.objects.get(starts_at=start).status == status


def test_slots_cost_as_many_questions_with_calendars_as_without(
    host, free, server, now, django_assert_num_queries
):
    with django_assert_num_queries(1):
        open_slots(free, now, now + timedelta(days=14), now=now)
    server.content = calendar(
        *(from_to(now + n * HOUR, now + n * HOUR + timedelta(minutes=5), f"e{n}") for n in range(1000))
    )
    given(host, server, now)
    with django_assert_num_queries(1):
        open_slots(free, now, now + timedelta(days=14), now=now)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (files.far_too_large, "larger than 5 MB"),
        (files.redirects_for_ever, "from one address to the next without end"),
        (says(302, Location="https://10.0.0.1/x.ics"), "private network"),
        (says(302, Location="http://169.254.169.254/latest/"), "begin with https"),
        (says(200, b"<html>Sign in</html>"), "no calendar"),
        (says(404), "not there any more"),
        (says(401), "answer 401"),
        (says(502), "out of order"),
        (
            says(200, calendar(event("x", "DTSTART;TZID=Nowhere/Land:20300101T100000", "DURATION:PT1H"))),
            "nobody knows: Nowhere/Land",
        ),
        (
            says(200, calendar(event("x", "DTSTART:20261101T000000Z", "RRULE:FREQ=SECONDLY;COUNT=1000000"))),
            "every minute or second",
        ),
    ],
)
def test_bad_input_is_bounded_and_said_and_the_times_stay_closed(server, as_host, free, now, answer, words):
    server.answer = answer
    assert as_host.post(PAGE, {"address": server.address}).status_code == 302
    run_due(clock.now())
    said = as_host.get(PAGE).content.decode()
    assert words in said
    assert "your page shows no times" in said
    assert slots_of(free, clock.now()) == []


def test_a_new_calendar_is_read_by_a_job_and_until_then_nobody_is_promised_a_time(
    host, free, server, as_host, as_nobody
):
    server.content = calendar(name="Studio")
    page = as_host.post(PAGE, {"address": server.address}, follow=True).content.decode()
    assert server.asked == []
    assert "being read" in page
    assert "Look again" in page
    assert 'hx-trigger="every 2s"' in page
    assert slots_of(free, clock.now()) == []
    assert "calendar is being read at this moment" in as_nobody.get("/h/naoko-ishida").content.decode()
    asked = f"/api/hosts/naoko-ishida/event-types/{free.slug}/slots"
    assert as_nobody.get(asked).json()["closed_because"] == "calendar_being_read"
    keep_calendar.set_limit(host, 6)
    assert slots_of(free, clock.now()) == []

    run_due(clock.now())
    page = as_host.get(PAGE).content.decode()
    assert "Studio" in page
    assert "read just now" in page
    assert "hx-trigger" not in page
    assert slots_of(free, clock.now())
    assert as_nobody.get(asked).json()["closed_because"] is None
    assert CalendarConnection.objects.get().good_until == CalendarConnection.objects.get().read_at + 6 * HOUR


def test_one_that_was_never_read_is_told_on_the_page_at_once_and_by_mail_later(
    host, free, server, now, as_nobody
):
    server.answer = says(404)
    given(host, server, now)
    asked = f"/api/hosts/naoko-ishida/event-types/{free.slug}/slots"
    assert as_nobody.get(asked).json() | {"time_zone": ""} == {
        "time_zone": "",
        "slots": [],
        "closed_because": "calendar_unreadable",
    }
    the_chore(now)
    assert not mails().exists()
    late = now + read_calendars.EVERY
    the_chore(late)
    the_chore(late + read_calendars.EVERY)
    assert "could not be read even once" in rendering.render(mails().get(), now=late).text
    server.answer = None
    the_chore(late + 2 * read_calendars.EVERY)
    assert slots_of(free, late + 2 * read_calendars.EVERY)


def test_what_was_good_once_and_turns_bad_keeps_the_good_copy(host, free, server, now):
    start = slots_of(free, now)[5]
    server.content = calendar(from_to(start, start + HOUR))
    kept = given(host, server, now)
    for answer, problem in (
        (files.far_too_large, "too_big"),
        (files.redirects_for_ever, "redirects"),
        (says(200, b"<html>"), "no_calendar"),
        (says(410), "gone"),
    ):
        server.answer = answer
        read_calendars.read(CalendarConnection.objects.get(pk=kept.pk), now=now + HOUR)
        found = CalendarConnection.objects.get(pk=kept.pk)
        assert (found.problem, found.read_at) == (problem, now)
        assert start not in slots_of(free, now + timedelta(minutes=61))
    read_calendars.read(found, now=now)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("https://192.168.1.4/x.ics", "private network"),
        ("http://calendar.example/x.ics", "begin with https"),
        ("https://a:b@calendar.example/x.ics", "name or password"),
        ("https://calendar.example:22/x.ics", "port"),
        ("calendar", "not an address"),
        ("", "Paste the address"),
    ],
)
def test_addresses_that_we_do_not_ask_are_refused_with_the_reason(as_host, host, settings, typed, words):
    settings.DUOLOGUE_CALENDAR_TRUSTED_HOSTS = []
    response = as_host.post(PAGE, {"address": typed})
    assert response.status_code == 422
    assert words in response.content.decode()


def test_the_page_adds_shows_checks_and_removes(host, server, as_host, now):
    start = now + timedelta(days=2)
    server.content = calendar(from_to(start, start + HOUR), name="Studio")
    spoken = server.address.replace("http:", "webcal:")
    as_host.post(PAGE, {"address": spoken})
    spoken_for = CalendarConnection.objects.get()
    assert keep_calendar.vault.unseal(spoken_for.sealed_address) == server.address.replace("http:", "https:")
    keep_calendar.remove_calendar(host, spoken_for.pk)
    assert as_host.post(PAGE, {"address": server.address}).status_code == 302
    run_due(clock.now())
    kept = CalendarConnection.objects.get()
    said = as_host.get(PAGE).content.decode()
    for words in ("Studio", "127.0.0.1", "read just now", "1 event", "next busy"):
        assert words in said
    for place in ("/availability", "/connections"):
        assert "Studio" in as_host.get(place).content.decode()
    server.answer = says(500)
    checked = after_a_check(as_host, kept)
    assert "answer 500" in checked
    assert "Our copy serves until" in checked
    server.answer = None
    assert "answer 500" not in after_a_check(as_host, kept)
    assert "Remove Studio?" in as_host.get(f"{PAGE}/{kept.pk}/remove").content.decode()
    as_host.post(f"{PAGE}/{kept.pk}/remove")
    assert not CalendarConnection.objects.exists()
    assert not BusyInterval.objects.exists()


def after_a_check(as_host, kept):
    """Pressed, read by the worker, and looked at again."""
    as_host.post(f"{PAGE}/{kept.pk}/check")
    run_due(clock.now())
    return as_host.get(PAGE).content.decode()


def test_a_check_waits_for_nobody_and_its_page_looks_until_it_is_done(host, free, server, as_host, now):
    server.content = calendar(name="Studio")
    kept = given(host, server, now)
    open_before, asked = slots_of(free, now), len(server.asked)
    for _press in range(3):
        page = as_host.post(f"{PAGE}/{kept.pk}/check", follow=True).content.decode()
    assert len(server.asked) == asked
    assert Job.objects.filter(name="read_calendar").count() == 1
    assert "Studio is being read now." in page
    assert "read just now, 0 events, nothing ahead that takes time; being read now" in page
    assert 'hx-trigger="every 2s"' in page
    assert "Look again" in page
    assert "Cannot be read" not in page
    assert slots_of(free, now) == open_before

    run_due(clock.now())
    page = as_host.get(PAGE).content.decode()
    assert len(server.asked) == asked + 1
    assert "being read now" not in page
    assert "hx-trigger" not in page
    assert "Check now" in page


def test_a_check_during_a_reading_has_it_read_once_more(host, server, as_host, now):
    """What the reading under way sees may be from before what the host has just changed there."""
    kept = given(host, server, now)
    as_host.post(f"{PAGE}/{kept.pk}/check")
    Job.objects.filter(name="read_calendar").update(state=Job.State.RUNNING)
    assert "being read now" in as_host.post(f"{PAGE}/{kept.pk}/check", follow=True).content.decode()
    assert Job.objects.get(name="read_calendar").asked_again


def test_one_that_gave_up_is_not_said_to_be_read(host, server, as_host, now):
    kept = given(host, server, now)
    as_host.post(f"{PAGE}/{kept.pk}/check")
    Job.objects.filter(name="read_calendar").update(state=Job.State.FAILED)
    page = as_host.get(PAGE).content.decode()
    assert "Check now" in page
    assert "hx-trigger" not in page


def test_the_address_is_kept_sealed_and_shown_nowhere(host, server, as_host, now):
    as_host.post(PAGE, {"address": server.address})
    secret = urlsplit(server.address).path
    kept = CalendarConnection.objects.get()
    assert secret not in str(vars(kept))
    assert secret not in as_host.get(PAGE).content.decode()
    assert keep_calendar.vault.unseal(kept.sealed_address) == server.address


def test_a_hosts_patience_is_theirs_to_choose(host, server, as_host, now):
    as_host.post(PAGE, {"address": server.address})
    run_due(clock.now())
    read_at = CalendarConnection.objects.get().read_at
    as_host.post(f"{PAGE}/limit", {"limit_hours": "6"})
    assert CalendarConnection.objects.get().good_until == read_at + 6 * HOUR
    assert as_host.post(f"{PAGE}/limit", {"limit_hours": "10000"}).status_code == 422
    # A calendar that comes later follows.
    server.content = calendar(name="Second")
    keep_calendar.add_calendar(host, f"{server.address}?second", now=now)
    assert set(CalendarConnection.objects.values_list("limit_hours", flat=True)) == {6}


def test_five_at_most_and_none_twice(host, server, now):
    for number in range(keep_calendar.MOST):
        keep_calendar.add_calendar(host, f"{server.address}?{number}", now=now)
    with pytest.raises(Invalid, match="at most"):
        keep_calendar.add_calendar(host, f"{server.address}?more", now=now)
    with pytest.raises(Invalid, match="already"):
        keep_calendar.add_calendar(host, f"{server.address}?1", now=now)
    assert CalendarConnection.objects.count() == keep_calendar.MOST


def test_only_the_host_reaches_their_calendars(host, server, as_stranger, as_operator, as_nobody, now):
    kept = given(host, server, now)
    other = signed_in(make_host().user)
    for path in (f"{PAGE}/{kept.pk}/check", f"{PAGE}/{kept.pk}/remove"):
        assert other.post(path).status_code == 404
        for client in (as_stranger, as_operator, as_nobody):
            assert client.post(path).status_code == 302
    assert other.get(f"{PAGE}/{kept.pk}/remove").status_code == 404
    assert "127.0.0.1" not in other.get(PAGE).content.decode()
    assert as_nobody.get(PAGE).status_code == 302
    assert CalendarConnection.objects.exists()


def test_nobody_makes_us_fetch_without_end(as_host, server, monkeypatch):
    monkeypatch.setattr("duologue.web.views.calendars._READS_AN_HOUR", 2)
    for number in range(2):
        as_host.post(PAGE, {"address": f"{server.address}?{number}"})
    refused = as_host.post(PAGE, {"address": f"{server.address}?x"})
    assert "many attempts" in refused.content.decode()
    assert CalendarConnection.objects.count() == 2


def test_workers_look_every_minute_and_in_a_lane_of_its_own(host, server, now):
    given(host, server, now)
    read_calendars.read_calendars(now + read_calendars.EVERY)
    job = Job.objects.get(name="read_calendar")
    assert job.lane == 3
    assert PERIODIC["read_calendars"] == timedelta(minutes=1)
    read_calendars.read_calendars(now)
    assert Job.objects.filter(name="read_calendar").count() == 1


def test_a_calendar_removed_meanwhile_is_no_trouble(host, server, now):
    kept = given(host, server, now)
    copy = read_calendars._copy(kept, now)
    keep_calendar.remove_calendar(host, kept.pk)
    read_calendars.keep(kept, copy, now=now)
    read_calendars.read_calendar(now, kept.pk)
    assert not BusyInterval.objects.exists()
    with pytest.raises(Refused):
        keep_calendar.remove_calendar(host, kept.pk)


def test_an_address_that_no_key_opens_is_said(host, server, now):
    kept = given(host, server, now)
    CalendarConnection.objects.update(sealed_address="nonsense")
    kept.refresh_from_db()
    assert not read_calendars.read(kept, now=now)
    assert CalendarConnection.objects.get().problem == "sealed"


def test_an_address_sealed_with_an_old_key_is_sealed_with_the_new_one_when_it_is_read(
    host, server, now, settings
):
    kept = given(host, server, now)
    settings.DUOLOGUE_ENCRYPTION_KEYS = ["a new key", *settings.DUOLOGUE_ENCRYPTION_KEYS]
    assert read_calendars.read(kept, now=now)
    assert keep_calendar.vault.is_current(CalendarConnection.objects.get().sealed_address)


def test_dates_far_away_and_before_time_began_harm_nobody(host, server, now):
    server.content = calendar(
        from_to(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), "all"),
        event("first", "DTSTART;VALUE=DATE:00010101", "RRULE:FREQ=YEARLY"),
        event("last", "DTSTART;VALUE=DATE:99991231"),
    )
    given(host, server, now)
    the_chore(now)
