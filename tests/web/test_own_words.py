"""Who may say what about a session, who reads it, and where does it never stand?"""

from datetime import timedelta
from uuid import UUID

import icalendar
import pytest
from django.test import Client

from duologue.bookings import join_links, lateness, private_notes
from duologue.bookings.models import Booking, JoinLink, Party, PrivateNote, RunningLate
from duologue.bookings.states import Status
from duologue.connections import vault
from duologue.core import clock, crypto
from duologue.notifications.models import OutgoingMail
from duologue.notifications.rendering import render
from duologue.payments.providers.sandbox import SandboxProvider
from duologue.usecases.settle_payment import settle_payment
from tests.cast import make_booking
from tests.rooms import make_room
from tests.sold import hold, pay_for, sell

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SECRET = "a rash on both elbows"


def page(booking, *more):
    return "/".join(["/sessions", str(booking.pk), *more])


def read(client, booking):
    return client.get(page(booking)).content.decode()


def at(offer, attendee, begins_in, **fields):
    return make_booking(offer, attendee, starts_at=clock.now() + begins_in, **fields)


def owed(template):
    return list(OutgoingMail.objects.filter(template=template))


DOORS = [("note", {"note": "x"}), ("private", {"private": "x"}), ("late", {"minutes": "5"})]


@pytest.mark.parametrize("who", ["as_stranger", "as_operator", "as_nobody"])
@pytest.mark.parametrize(("door", "data"), DOORS)
def test_for_everybody_else_there_is_nothing(request, paid, attendee, who, door, data):
    booking = make_room(paid, attendee)
    assert request.getfixturevalue(who).post(page(booking, door), data).status_code == 404
    assert request.getfixturevalue(who).get(page(booking, "calendar.ics")).status_code == 404
    assert not PrivateNote.objects.exists()
    assert not RunningLate.objects.exists()


@pytest.mark.parametrize(("door", "data"), DOORS)
def test_a_join_link_is_good_for_none_of_it(paid, door, data):
    booking = make_room(paid, attendee_email="guest@people.example")
    client = Client()
    link = JoinLink.objects.get(booking=booking, party="attendee")
    assert client.post(f"/j/{join_links.token(booking.pk, 'attendee', link.generation)}").status_code == 303
    assert client.post(page(booking, door), data).status_code == 404


@pytest.mark.parametrize(("door", "data"), DOORS)
def test_looking_changes_nothing(paid, attendee, as_attendee, door, data):
    booking = make_room(paid, attendee)
    assert as_attendee.get(page(booking, door), data).status_code == 405


# The note to the host


def test_the_attendee_writes_and_changes_the_note_until_the_start(paid, attendee, as_attendee, as_host):
    booking = at(paid, attendee, HOUR)
    assert "Write a note" in read(as_attendee, booking)
    assert as_attendee.post(page(booking, "note"), {"note": "First\r\nthings"}).status_code == 303
    booking.refresh_from_db()
    assert booking.note == "First\nthings"
    assert "Change the note" in read(as_attendee, booking)
    told = read(as_host, booking)
    assert "Amara’s note" in told
    assert "First" in told
    assert "Change the note" not in told
    assert as_host.post(page(booking, "note"), {"note": "mine"}).status_code == 404


def test_once_it_began_the_note_stands(paid, attendee, as_attendee):
    booking = at(paid, attendee, -MINUTE, note="As it was")
    assert "Change the note" not in read(as_attendee, booking)
    answer = as_attendee.post(page(booking, "note"), {"note": "Other"}, follow=True)
    assert "The note can be changed until the start." in answer.content.decode()
    booking.refresh_from_db()
    assert booking.note == "As it was"


def test_the_host_is_told_once_however_often_it_changes_in_ten_minutes(paid, attendee, as_attendee):
    booking = at(paid, attendee, 3 * HOUR)
    for number in range(4):
        as_attendee.post(page(booking, "note"), {"note": f"Version {number}"})
    as_attendee.post(page(booking, "note"), {"note": "Version 3"})
    mails = owed("note_changed")
    assert 1 <= len(mails) <= 2  # the ten minutes may end in between
    told = render(mails[-1], clock.now())
    assert "Version 3" in told.text
    assert "Version" not in told.subject
    assert told.to.email == booking.host.user.email


def test_a_note_that_stays_or_is_given_before_paying_is_no_news(paid, attendee, as_attendee):
    booking = at(paid, attendee, 30 * HOUR, note="Same")
    as_attendee.post(page(booking, "note"), {"note": " Same "})
    held = at(paid, attendee, 50 * HOUR, status=Status.PENDING_PAYMENT)
    as_attendee.post(page(held, "note"), {"note": "New"})
    assert owed("note_changed") == []


def test_too_long_stays_in_the_field_with_the_reason(paid, attendee, as_attendee):
    booking = at(paid, attendee, HOUR)
    answer = as_attendee.post(page(booking, "note"), {"note": "x" * 4001})
    assert answer.status_code == 422
    assert "x" * 4001 in answer.content.decode()
    assert owed("note_changed") == []


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\u202egnp.exe", "🧑🏽‍🚀 ok", "שלום", "x" * 4000]
)
def test_whatever_is_written_is_shown_as_text(paid, attendee, as_attendee, as_host, text):
    booking = at(paid, attendee, HOUR)
    as_attendee.post(page(booking, "note"), {"note": text})
    told = read(as_host, booking)
    assert "<script>alert" not in told
    assert "\u202e" not in told


def test_the_note_stands_in_no_subject_no_calendar_and_not_at_the_bank(paid, attendee, monkeypatch):
    asked = []
    usual = SandboxProvider.create_checkout

    def kept(self, wish):
        asked.append(repr(wish))
        return usual(self, wish)

    monkeypatch.setattr(SandboxProvider, "create_checkout", kept)
    booking = sell_with_note(paid, attendee)
    assert asked
    assert all(SECRET not in wish for wish in asked)
    for mail in OutgoingMail.objects.filter(booking=booking):
        told = render(mail, clock.now())
        assert SECRET not in told.subject
        assert SECRET not in told.calendar.decode()
    for client_user in (attendee, booking.host.user):
        client = Client()
        client.force_login(client_user)
        assert SECRET not in client.get(page(booking, "calendar.ics")).content.decode()


def sell_with_note(offer, attendee):
    booking = hold(offer, attendee)
    Booking.objects.filter(pk=booking.pk).update(note=SECRET)
    booking.refresh_from_db()
    settle_payment(pay_for(booking, now=clock.now()).pk, now=clock.now())
    return Booking.objects.select_related("host__user", "attendee").get(pk=booking.pk)


def test_where_health_is_the_matter_the_mail_only_says_that_it_changed(paid, attendee, as_attendee, settings):
    settings.DUOLOGUE_VOCABULARY = "telehealth"
    booking = at(paid, attendee, HOUR)
    as_attendee.post(page(booking, "note"), {"note": SECRET})
    told = render(owed("note_changed")[0], clock.now())
    assert SECRET not in told.text + told.html + told.subject


# Notes for oneself


def test_notes_for_oneself_are_ones_own(paid, attendee, as_attendee, as_host, as_operator):
    booking = at(paid, attendee, HOUR)
    assert as_attendee.post(page(booking, "private"), {"private": SECRET}).status_code == 303
    assert as_host.post(page(booking, "private"), {"private": "the host's own"}).status_code == 303
    assert SECRET in read(as_attendee, booking)
    assert SECRET not in read(as_host, booking)
    assert "own" in read(as_host, booking)
    told = read(as_operator, booking)
    assert SECRET not in told
    assert "Only for you" not in told


def test_they_lie_sealed_and_go_when_they_are_empty(paid, attendee, as_attendee):
    booking = at(paid, attendee, -50 * HOUR, status=Status.COMPLETED)
    as_attendee.post(page(booking, "private"), {"private": SECRET})
    kept = PrivateNote.objects.get()
    assert SECRET not in kept.sealed
    assert vault.unseal(kept.sealed) == SECRET
    as_attendee.post(page(booking, "private"), {"private": "  "})
    assert not PrivateNote.objects.exists()


def test_new_keys_seal_them_anew_and_lost_ones_break_nothing(paid, attendee, as_attendee, settings):
    booking = at(paid, attendee, HOUR)
    as_attendee.post(page(booking, "private"), {"private": SECRET})
    old = settings.DUOLOGUE_ENCRYPTION_KEYS
    settings.DUOLOGUE_ENCRYPTION_KEYS = ["a new key of some length", *old]
    private_notes.reseal(clock.now())
    assert vault.is_current(PrivateNote.objects.get().sealed)
    settings.DUOLOGUE_ENCRYPTION_KEYS = ["yet another key"]
    private_notes.reseal(clock.now())
    assert as_attendee.get(page(booking)).status_code == 200


def test_without_an_account_there_are_none(paid):
    secret = "b" * 22
    client = Client()
    client.cookies["browser"] = secret
    booking = make_booking(paid, holder=crypto.fingerprint(secret))
    assert "Only for you" not in read(client, booking)
    assert client.post(page(booking, "private"), {"private": "x"}).status_code == 404
    assert client.post(page(booking, "note"), {"note": "but this"}).status_code == 303


def test_they_too_have_a_longest(paid, attendee, as_attendee):
    booking = at(paid, attendee, HOUR)
    assert as_attendee.post(page(booking, "private"), {"private": "x" * 10_001}).status_code == 422
    assert not PrivateNote.objects.exists()


# Running late


@pytest.mark.parametrize("who", ["as_host", "as_attendee"])
def test_one_tap_tells_the_other(request, paid, attendee, as_host, as_attendee, who):
    booking = make_room(paid, attendee, begins_in=10 * MINUTE)
    teller, other = (as_host, as_attendee) if who == "as_host" else (as_attendee, as_host)
    assert "Running 5 minutes late" in read(teller, booking)
    assert teller.post(page(booking, "late"), {"minutes": "5"}).status_code == 303
    first = "Naoko" if who == "as_host" else "Amara"
    assert f"{first} is running 5 minutes late." in read(other, booking)
    [mail] = owed("running_late")
    told = render(mail, clock.now())
    assert "is running 5 minutes late" in told.subject
    assert told.to.email == (attendee.email if who == "as_host" else booking.host.user.email)
    said = read(teller, booking)
    assert "knows that you come 5 minutes late" in said
    assert "Make it 10 minutes" in said
    assert "Make it 15 minutes" in said


def test_once_then_more_and_never_less(paid, attendee, as_attendee):
    booking = make_room(paid, attendee, begins_in=10 * MINUTE)
    for minutes in ("5", "5", "15", "10", "15"):
        as_attendee.post(page(booking, "late"), {"minutes": minutes})
    assert RunningLate.objects.get().minutes == 15
    assert len(owed("running_late")) == 2
    assert "Make it" not in read(as_attendee, booking)


@pytest.mark.parametrize("minutes", ["10", "0", "-5", "7", "x", "", "99999999999999999999"])
def test_the_first_word_is_five_minutes(paid, attendee, as_attendee, minutes):
    booking = make_room(paid, attendee, begins_in=10 * MINUTE)
    assert as_attendee.post(page(booking, "late"), {"minutes": minutes}).status_code == 303
    assert not RunningLate.objects.exists()


@pytest.mark.parametrize(
    ("begins_in", "may"),
    [(16 * MINUTE, False), (14 * MINUTE, True), (-14 * MINUTE, True), (-16 * MINUTE, False)],
)
def test_only_around_the_start(paid, attendee, as_attendee, begins_in, may):
    booking = make_room(paid, attendee, begins_in=begins_in)
    assert ("Running 5 minutes late" in read(as_attendee, booking)) is may
    as_attendee.post(page(booking, "late"), {"minutes": "5"})
    assert RunningLate.objects.exists() is may


def test_it_is_told_in_the_call_and_at_the_join_link_too(paid, attendee, as_attendee, as_host):
    booking = make_room(paid, attendee, begins_in=10 * MINUTE)
    as_host.post(page(booking, "late"), {"minutes": "5"})
    polled = as_attendee.post(
        f"/video-call/{booking.pk}/exchange", {"epoch": str(UUID(int=1))}, content_type="application/json"
    )
    assert polled.json()["late"] == 5
    link = JoinLink.objects.get(booking=booking, party="attendee")
    address = f"/j/{join_links.token(booking.pk, 'attendee', link.generation)}"
    assert "Naoko is running 5 minutes late." in Client().get(address).content.decode()


def test_of_a_cancelled_one_nobody_is_late(paid, attendee, as_attendee):
    booking = make_room(paid, attendee, status=Status.CANCELLED)
    as_attendee.post(page(booking, "late"), {"minutes": "5"})
    assert not RunningLate.objects.exists()


def test_a_moved_session_begins_anew_and_what_is_over_is_no_news(paid, attendee, as_attendee, as_host):
    booking = make_room(paid, attendee, begins_in=10 * MINUTE)
    as_attendee.post(page(booking, "late"), {"minutes": "5"})
    word = lateness.word_of(booking, Party.ATTENDEE)
    assert lateness.counts(word, booking.starts_at + 4 * MINUTE)
    assert not lateness.counts(word, booking.starts_at + 5 * MINUTE)
    Booking.objects.filter(pk=booking.pk).update(starts_at=booking.starts_at + MINUTE)
    booking.refresh_from_db()
    assert lateness.word_of(booking, Party.ATTENDEE) is None
    assert "late." not in read(as_host, booking)
    as_attendee.post(page(booking, "late"), {"minutes": "5"})
    assert RunningLate.objects.get().starts_at == booking.starts_at


# Into a calendar


@pytest.mark.parametrize("who", ["as_host", "as_attendee"])
def test_the_file_names_the_other_and_leads_to_the_page_alone(request, paid, attendee, who):
    booking = sell(paid, attendee)
    answer = request.getfixturevalue(who).get(page(booking, "calendar.ics"))
    assert answer["Content-Type"].startswith("text/calendar")
    calendar = icalendar.Calendar.from_ical(answer.content)
    [event] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert str(event["UID"]) == booking.uid
    other = "Amara Obi" if who == "as_host" else "Naoko Ishida"
    assert str(event["SUMMARY"]) == f"Session with {other}"
    assert event["DTSTART"].dt == booking.starts_at
    text = answer.content.decode().replace("\r\n ", "")
    assert "/j/" not in text
    assert booking.title not in text
    assert "ATTENDEE" not in text
    assert f"/sessions/{booking.pk}" in text


def test_the_links_to_google_and_outlook_are_as_neutral(paid, attendee, as_attendee):
    booking = sell(paid, attendee)
    told = read(as_attendee, booking)
    links = [part.split('"')[0] for part in told.split('href="https://')[1:]]
    assert [link.split("/")[0] for link in links] == [
        "calendar.google.com",
        "outlook.live.com",
        "outlook.office.com",
    ]
    for link in links:
        assert "Session+with+Naoko+Ishida" in link
        assert "Mentoring" not in link
        assert "%2Fj%2F" not in link


@pytest.mark.parametrize("status", [Status.PENDING_PAYMENT, Status.CANCELLED, Status.EXPIRED])
def test_what_is_not_agreed_goes_into_no_calendar(paid, attendee, as_attendee, status):
    booking = at(paid, attendee, 30 * HOUR, status=status)
    assert as_attendee.get(page(booking, "calendar.ics")).status_code == 404
    assert "Add to calendar" not in read(as_attendee, booking)
