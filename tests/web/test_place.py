"""What do people read of a session's place, why is it there, and who may change it? (LINK-4, law 12)"""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.messages import get_messages

from duologue.bookings.models import Party
from duologue.calls.models import Join, Sighting
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.core.errors import NeedsReconnect, Permanent, Retryable
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.usecases import take_room
from duologue.usecases.give_link import give_link
from duologue.video.contract import CreatedMeeting
from duologue.video.models import MeetingLink
from duologue.video.places import chosen_as, place_name
from tests import scripted_platforms
from tests.cast import make_booking, make_host, signed_in
from tests.rooms import link_of
from tests.scripted_platforms import First, Second
from tests.sold import sell

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
ADDRESS = "https://own.example/room?pwd=1234"
EVERYBODY = ["as_host", "as_attendee", "as_operator", "as_stranger", "as_nobody"]


@pytest.fixture(autouse=True)
def platforms(monkeypatch, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "first"
    settings.DUOLOGUE_VIDEO_BACKUPS = ["second", "builtin"]
    return scripted_platforms.install(monkeypatch)


@pytest.fixture
def booking(paid, attendee):
    return sell(paid, attendee)


@pytest.fixture
def as_another_host(db):
    return signed_in(make_host().user)


def run(booking, *, later=0):
    run_due(booking.confirmed_at + later * MINUTE)


def read(client, booking):
    shown = re.sub(
        r"<(script|style).*?</\1>", "", client.get(f"/sessions/{booking.pk}").content.decode(), flags=re.S
    )
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def current(booking):
    return MeetingLink.objects.get(booking=booking, status__in=["provisional", "ready"])


# What stands there


def test_while_the_chosen_platform_is_being_set_up(booking, as_host, as_attendee):
    for client in (as_host, as_attendee):
        said = read(client, booking)
        assert (
            "First is being set up; until then Duologue’s own room serves. Your link stays the same." in said
        )


def test_an_account_is_to_be_connected_or_reconnected_as_it_stands(paid, attendee, as_host, settings, host):
    host.video_order = ["zoomish"]
    host.save()
    for name in ("ID", "SECRET"):
        setattr(settings, f"DUOLOGUE_ZOOM_CLIENT_{name}", "x")
    booking = sell(paid, attendee)
    run(booking)
    said = read(as_host, booking)
    assert "Connect Zoomish" in said
    assert "Reconnect Zoomish" not in said
    broken = {"state": "reconnect_needed", "problem": "ended", "connected_at": clock.now()}
    Connection.objects.create(user=host.user, vendor="zoom", **broken)
    assert "Reconnect Zoomish" in read(as_host, booking)


def test_where_it_is_as_promised_nothing_is_explained(booking, as_host, as_attendee):
    run(booking)
    for client in (as_host, as_attendee):
        said = read(client, booking)
        assert "Place First Opens" in said
        assert "Your link stays the same." not in said


def test_a_silent_platform_is_said_to_be_silent(booking, as_host, as_attendee, settings):
    settings.DUOLOGUE_VIDEO_BACKUPS = ["second"]
    First.script.extend(Retryable("vendor gibberish") for _ in range(3))
    run(booking)
    Job.objects.filter(name="make_link").update(run_at=booking.starts_at - 50 * MINUTE)
    run_due(booking.starts_at - 50 * MINUTE)
    for client in (as_host, as_attendee):
        assert "First did not answer, so it is on Second. Your link stays the same." in read(client, booking)


def test_one_that_refuses_is_said_not_to_have_been_of_use(booking, as_attendee):
    First.script.append(NeedsReconnect("gone"))
    run(booking)
    assert "First could not be used, so it is on Second. Your link stays the same." in read(
        as_attendee, booking
    )


def test_without_any_room_the_host_is_asked_for_one(booking, as_host, as_attendee, settings):
    settings.DUOLOGUE_VIDEO_BACKUPS = []
    booking.meeting_links.all().delete()
    First.script.append(Permanent("No."))
    run(booking)
    assert "Give the address of a room that you have; we go on trying." in read(as_host, booking)
    assert "We keep trying, and asked Naoko for one. Your link stays the same." in read(as_attendee, booking)
    page = as_host.get(f"/sessions/{booking.pk}").content.decode()
    assert re.search(r"<details open><summary[^>]*>Give a link by hand", page)


def test_of_a_link_by_hand_people_read_whose_machine_it_leads_to(booking, as_host, as_attendee):
    give_link(booking, ADDRESS, now=booking.confirmed_at)
    said = read(as_attendee, booking)
    assert "Naoko gave a room of their own, at own.example." in said
    assert "the link leads to own.example" in read(as_host, booking)


@pytest.mark.parametrize("who", ["as_host", "as_attendee", "as_operator"])
def test_the_address_stands_on_no_page(booking, who, request):
    client = request.getfixturevalue(who)
    give_link(booking, ADDRESS, now=booking.confirmed_at)
    for page in (f"/sessions/{booking.pk}", "/sessions", f"/sessions/{booking.pk}/confirmed"):
        assert "pwd=1234" not in client.get(page).content.decode()


# Why


def test_the_host_reads_what_was_tried_in_our_words(booking, as_host):
    First.script.extend([Retryable("vendor gibberish"), Permanent("vendor gibberish")])
    run(booking)
    run(booking, later=1)
    said = read(as_host, booking)
    assert "First did not answer, or could not just then." in said
    assert "First refused to make a room." in said
    assert "Second made the room." in said
    assert "gibberish" not in said


def test_the_same_failure_many_times_is_one_line(booking, as_host):
    First.script.extend(Retryable("Silent.") for _ in range(4))
    for minutes in range(4):
        run(booking, later=5 * minutes)
    said = read(as_host, booking)
    assert "First did not answer, or could not just then. 4 times. Last at" in said
    assert "First is asked again at" in said


@pytest.mark.parametrize(("who", "sees"), [("as_host", True), ("as_operator", True), ("as_attendee", False)])
def test_who_sees_what_was_tried(booking, who, sees, request):
    First.script.append(Permanent("No."))
    run(booking)
    said = read(request.getfixturevalue(who), booking)
    assert ("What was tried" in said) is sees
    assert ("First refused" in said) is sees


def test_the_host_alone_is_led_to_the_account_that_failed(booking, as_host, as_attendee, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "zoomish"
    run(booking)
    here = 'href="/connections#zoom"'
    assert here in as_host.get(f"/sessions/{booking.pk}").content.decode()
    assert here not in as_attendee.get(f"/sessions/{booking.pk}").content.decode()


# Changing it


def test_a_new_link_is_made(booking, as_host):
    run(booking)
    before = current(booking)
    answer = as_host.post(f"/sessions/{booking.pk}/place/new")
    assert (answer.status_code, answer["Location"]) == (303, f"/sessions/{booking.pk}#place")
    assert [str(one) for one in get_messages(answer.wsgi_request)] == ["A new room is being made."]
    run(booking, later=1)
    assert current(booking) != before


def test_a_link_is_given_by_hand(booking, as_host):
    answer = as_host.post(f"/sessions/{booking.pk}/place/link", {"link": f"  {ADDRESS} "})
    assert (answer.status_code, answer["Location"]) == (303, f"/sessions/{booking.pk}#place")
    assert (current(booking).platform, current(booking).creator) == ("manual", "host")


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("", "This field is required."),
        ("own.example/room", "The address has to begin with https://."),
        ("javascript:alert(1)", "The address has to begin with https://."),
        ("https://naoko:secret@own.example/", "There is a name or password in it."),
        ("https://127.0.0.1/room", "Nobody else can reach this address."),
        ("https://own.example/" + "a" * 1000, "at most 1000 characters"),
    ],
)
def test_what_is_wrong_with_an_address_stands_at_its_field(booking, as_host, link, words):
    answer = as_host.post(f"/sessions/{booking.pk}/place/link", {"link": link})
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert re.search(r'id="id_link_error"><li>.*?' + re.escape(words), page)
    assert '<details open><summary class="link">Give a link by hand' in page
    assert current(booking).platform == "builtin"


@pytest.mark.parametrize("door", ["new", "link"])
@pytest.mark.parametrize("who", [one for one in EVERYBODY if one != "as_host"])
def test_nobody_but_the_host_changes_it(booking, who, door, request):
    run(booking)
    before = current(booking)
    answer = request.getfixturevalue(who).post(f"/sessions/{booking.pk}/place/{door}", {"link": ADDRESS})
    assert answer.status_code == 404
    assert current(booking) == before
    assert not Job.objects.filter(name="make_link").exists()


@pytest.mark.parametrize("door", ["new", "link"])
def test_another_host_changes_nothing(booking, door, as_another_host):
    answer = as_another_host.post(f"/sessions/{booking.pk}/place/{door}", {"link": ADDRESS})
    assert answer.status_code == 404
    assert current(booking).platform == "builtin"


@pytest.mark.parametrize("door", ["new", "link"])
def test_looking_changes_nothing(booking, as_host, door):
    assert as_host.get(f"/sessions/{booking.pk}/place/{door}").status_code == 405


def test_who_is_offered_to_change_it(booking, as_host, as_attendee, as_operator):
    own, operators = f"/sessions/{booking.pk}/place/", f"/ops/sessions/{booking.pk}/make-link"
    shown = {
        who: client.get(f"/sessions/{booking.pk}").content.decode()
        for who, client in (("host", as_host), ("attendee", as_attendee), ("operator", as_operator))
    }
    assert [who for who, page in shown.items() if own in page] == ["host"]
    assert [who for who, page in shown.items() if operators in page] == ["operator"]


def test_once_it_is_over_nobody_is_offered_to_and_it_is_refused(paid, attendee, as_host):
    booking = make_booking(paid, attendee, starts_at=clock.now() - timedelta(hours=5))
    assert "/place/" not in as_host.get(f"/sessions/{booking.pk}").content.decode()
    for door in ("new", "link"):
        answer = as_host.post(f"/sessions/{booking.pk}/place/{door}", {"link": ADDRESS})
        assert "This session is over" in str(list(get_messages(answer.wsgi_request))[-1])


# Going there


@pytest.fixture
def begun(paid, attendee):
    """A session that begins now, in a room of the host's own."""
    booking = make_booking(paid, attendee, starts_at=clock.now() + MINUTE)
    give_link(booking, ADDRESS, now=clock.now())
    return booking


@pytest.mark.parametrize(
    ("who", "giver"), [("as_host", "the address that you gave"), ("as_attendee", "Naoko gave")]
)
def test_nobody_is_led_to_a_hosts_own_address_without_reading_where(begun, who, giver, request):
    client = request.getfixturevalue(who)
    answer = client.post(f"/bookings/{begun.pk}/join", {"way": "dashboard"})
    assert answer["Location"] == f"/video-call/{begun.pk}?way=dashboard"
    assert not Join.objects.exists()
    page = client.get(answer["Location"]).content.decode()
    assert "This leads to <b>own.example</b>." in page
    assert giver in page
    assert "pwd=1234" not in page
    answer = client.post(f"/video-call/{begun.pk}/go", {"way": "dashboard"})
    assert f"0; url={ADDRESS}" in answer.content.decode()
    assert Join.objects.get().way == "dashboard"


def test_nor_by_the_personal_link(begun, as_nobody):
    link = link_of(begun, Party.ATTENDEE)
    assert "own.example" not in as_nobody.get(link).content.decode()
    answer = as_nobody.post(link)
    assert answer["Location"] == f"/video-call/{begun.pk}"
    assert "This leads to <b>own.example</b>." in as_nobody.get(answer["Location"]).content.decode()
    assert f"0; url={ADDRESS}" in as_nobody.post(f"/video-call/{begun.pk}/go").content.decode()
    assert Join.objects.get().way == "join_link"


def test_before_the_door_opens_there_is_no_address(paid, attendee, as_attendee):
    booking = make_booking(paid, attendee, starts_at=clock.now() + timedelta(hours=3))
    give_link(booking, ADDRESS, now=clock.now())
    for answer in (
        as_attendee.post(f"/bookings/{booking.pk}/join"),
        as_attendee.get(f"/video-call/{booking.pk}"),
        as_attendee.post(f"/video-call/{booking.pk}/go"),
    ):
        assert answer.status_code == 403
        assert "own.example" not in answer.content.decode()


def test_the_call_page_names_the_platform_and_what_to_know_before(paid, attendee, as_attendee, monkeypatch):
    monkeypatch.setattr(Second, "notice", "One of you has to sign in there.", raising=False)
    booking = make_booking(paid, attendee, starts_at=clock.now() + MINUTE)
    MeetingLink.objects.create(
        booking=booking, platform="second", room_id="r", status="ready", created_at=clock.now()
    )
    page = as_attendee.get(f"/video-call/{booking.pk}").content.decode()
    assert "is on Second</h1>" in page
    assert "One of you has to sign in there." in page


@pytest.mark.parametrize("platform", ["google_calendar", "teams"])
def test_who_may_have_to_knock_is_told_before_they_go(paid, attendee, as_attendee, platform):
    booking = make_booking(paid, attendee, starts_at=clock.now() + MINUTE)
    room = CreatedMeeting(room_id="r", join_url="https://meet.example/room")
    take_room.record(booking, take_room.Made(platform, room), now=clock.now(), status="ready")
    for page in (f"/sessions/{booking.pk}", f"/video-call/{booking.pk}"):
        assert "until the mentor lets them in." in as_attendee.get(page).content.decode(), page
    went = as_attendee.post(f"/bookings/{booking.pk}/join").content.decode()
    assert "until the mentor lets them in." in went
    assert "https://meet.example/room" in went


def test_the_way_a_room_was_made_is_no_part_of_the_places_name(paid, attendee, as_attendee):
    booking = make_booking(paid, attendee, starts_at=clock.now() + MINUTE)
    room = CreatedMeeting(room_id="r", join_url="https://meet.example/room")
    take_room.record(booking, take_room.Made("google_calendar", room), now=clock.now(), status="ready")
    page = as_attendee.get(f"/sessions/{booking.pk}").content.decode()
    assert "Google Meet" in page
    assert "calendar" not in place_name("google_calendar")
    assert "in your Google calendar" not in page
    assert chosen_as("google_calendar") != chosen_as("google_meet")


@pytest.mark.parametrize(("who", "sees"), [("as_host", True), ("as_operator", True), ("as_attendee", False)])
def test_whom_a_platform_saw_coming_is_shown_and_a_click_is_not(paid, attendee, request, who, sees):
    booking = make_booking(paid, attendee, starts_at=clock.now() + MINUTE)
    room = CreatedMeeting(room_id="r", join_url="https://zoom.example/room")
    take_room.record(booking, take_room.Made("zoom", room), now=clock.now(), status="ready")
    now = clock.now()
    Join.objects.create(booking=booking, party="host", way="dashboard", platform="zoom", at=now)
    Sighting.objects.create(booking=booking, party="attendee", platform="zoom", at=now, external_id="1")
    page = request.getfixturevalue(who).get(f"/sessions/{booking.pk}").content.decode()
    assert ("came by Zoom, as Zoom told us." in page) is sees
    assert page.count("came by Zoom") == (1 if sees else 0)
    if sees:
        assert f"{attendee.name.split()[0]} came by Zoom" in page
