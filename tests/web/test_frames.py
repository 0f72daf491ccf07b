"""Does another platform's room open inside our call page, for the two alone? (JOIN-3)"""

import json
from datetime import timedelta

import pytest
from django.contrib.staticfiles import finders

from duologue.accounts.models import Host
from duologue.bookings.models import Booking
from duologue.calls.models import FrameStay, Join
from duologue.connections import vault
from duologue.core import clock
from duologue.notifications.models import OutgoingMail
from duologue.usecases import ask_platform, take_room
from duologue.video.models import MeetingLink, RoomChange
from duologue.web.permissions import HEADER, NOTHING
from duologue_simulators.faulty import Fault
from duologue_simulators.vendor import Vendor
from tests.rooms import give_link, make_room

pytestmark = pytest.mark.django_db
EPOCH = "0f8fad5b-d9cb-469f-a165-70867728950e"
SIMULATED = ["jitsi", "jaas", "daily", "whereby", "twilio"]


def at(platform: str, booking: Booking) -> MeetingLink:
    """The session takes place there, in a room that its adapter made."""
    MeetingLink.objects.filter(booking=booking).delete()
    made = ask_platform.for_room(booking, platform, now=clock.now())
    assert take_room.take(booking, made, seen=None, now=clock.now())
    return MeetingLink.objects.get(booking=booking)


@pytest.fixture
def room(paid, attendee):
    return make_room(paid, attendee)


@pytest.fixture(params=SIMULATED)
def vendor(request):
    """A platform, simulated, and in use."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def framed(vendor: Vendor, room: Booking):
    room.vendor = vendor
    room.platform = type(vendor).__name__.lower()
    room.link = at(room.platform, room)
    return room


def page(client, booking):
    return client.get(f"/video-call/{booking.pk}")


def config(answer):
    text = answer.content.decode()
    start = text.index(">", text.index('id="frame-config"')) + 1
    return json.loads(text[start : text.index("</script>", start)])


def beat(client, booking, place, *, is_in=True, other=False, epoch=EPOCH):
    said = {"epoch": epoch, "in": is_in, "other": other, "place": place}
    return client.post(f"/video-call/{booking.pk}/seen", said, content_type="application/json")


def policy(answer):
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {name: set(allowed) for name, *allowed in parts}


def test_each_opens_in_a_frame_with_its_own_client_and_nothing_of_anybody_else(framed, as_host):
    answer = page(as_host, framed)
    assert answer.status_code == 200
    told = config(answer)
    client = {"jaas": "jitsi"}.get(framed.platform, framed.platform)
    assert told["client"].rpartition("/")[2].startswith(client)
    assert told["place"] == framed.link.pk
    allowed, ours = policy(answer), framed.vendor.url
    loaded = {one for names in allowed.values() for one in names if one.startswith(("http", "ws"))}
    known = {ours, *told["scripts"]} | (
        {"https://*.twilio.com", "wss://*.twilio.com"} if client == "twilio" else set()
    )
    assert loaded - {one for one in loaded if "stripe" in one} == known
    assert allowed["script-src"] == {"'self'", *told["scripts"]}
    is_drawn_here = client == "twilio"
    assert (ours in allowed["frame-src"]) is not is_drawn_here
    assert (f'camera=(self "{ours}")' in answer[HEADER]) is not is_drawn_here
    assert "no-store" in answer["Cache-Control"]


def test_pages_around_it_stay_closed(framed, as_host):
    answer = as_host.get(f"/sessions/{framed.pk}")
    assert answer[HEADER] == NOTHING
    assert framed.vendor.url not in answer["Content-Security-Policy"]
    assert framed.vendor.url not in answer.content.decode()


def test_join_leads_to_our_page_and_says_so(framed, as_attendee):
    answer = as_attendee.post(f"/bookings/{framed.pk}/join")
    assert (answer.status_code, answer["Location"]) == (303, f"/video-call/{framed.pk}")
    assert Join.objects.get().is_framed
    as_attendee.post(f"/video-call/{framed.pk}/go", {"straight": "1"})
    assert not Join.objects.latest("id").is_framed


@pytest.mark.parametrize("who", ["as_stranger", "as_operator", "as_nobody"])
def test_nobody_else_gets_near_it(request, framed, who):
    client = request.getfixturevalue(who)
    asked = len(framed.vendor.calls)
    answers = [
        page(client, framed),
        beat(client, framed, framed.link.pk),
        client.post(f"/video-call/{framed.pk}/another", {"place": framed.link.pk}),
    ]
    assert [answer.status_code for answer in answers] == [302 if who == "as_nobody" else 404, 404, 404]
    assert len(framed.vendor.calls) == asked
    assert not FrameStay.objects.exists()


@pytest.mark.parametrize("minutes", [-16, 121], ids=["before", "after"])
def test_outside_the_window_nothing_of_it_is_told(framed, as_host, own_clock, minutes):
    clock.set_offset(framed.starts_at + timedelta(minutes=minutes) - clock.now())
    answer = page(as_host, framed)
    assert answer.status_code == 403
    assert framed.vendor.url not in answer.content.decode()
    assert framed.vendor.url not in answer["Content-Security-Policy"]
    assert beat(as_host, framed, framed.link.pk).status_code == 403


# Who is in


@pytest.fixture
def jitsi_room(jitsi, room):
    room.link = at("jitsi", room)
    return room


def test_the_page_tells_who_is_in_and_hears_where_the_session_is(jitsi_room, as_host):
    told = beat(as_host, jitsi_room, jitsi_room.link.pk, other=True).json()
    assert told["place"] == jitsi_room.link.pk
    stay = FrameStay.objects.get()
    assert (stay.party, stay.platform, stay.left_at) == ("host", "jitsi", None)
    assert stay.other_at is not None
    beat(as_host, jitsi_room, jitsi_room.link.pk, is_in=False)
    assert FrameStay.objects.get().left_at is not None


def test_who_has_not_entered_leaves_no_trace(jitsi_room, as_host):
    beat(as_host, jitsi_room, jitsi_room.link.pk, is_in=False)
    beat(as_host, jitsi_room, 0)
    assert not FrameStay.objects.exists()


def test_a_beat_reads_where_it_takes_place_once(jitsi_room, as_host, django_assert_num_queries):
    """With the booking; besides it reads and writes its stay."""
    for _ in range(2):
        beat(as_host, jitsi_room, jitsi_room.link.pk)
    with django_assert_num_queries(3):
        answer = beat(as_host, jitsi_room, jitsi_room.link.pk)
    assert answer.json()["place"] == jitsi_room.link.pk


@pytest.mark.parametrize(
    "said",
    [b"[]", b"{", b"{}", b'{"epoch":"x"}', b'{"epoch":"12345678","in":1,"place":1}', b" " * 3000 + b"{}"],
    ids=["list", "cut", "empty", "short", "flag", "long"],
)
def test_what_is_no_beat_is_refused(jitsi_room, as_host, said):
    answer = as_host.generic(
        "POST", f"/video-call/{jitsi_room.pk}/seen", said, content_type="application/json"
    )
    assert answer.status_code == 400


def test_a_platform_that_is_silent_leaves_a_way_out(daily, room, as_attendee):
    at("daily", room)
    daily.faults.add(Fault("503", times=100))
    answer = page(as_attendee, room)
    assert answer.status_code == 200
    assert "Daily does not answer just now." in answer.content.decode()
    assert "Try another room" in answer.content.decode()
    daily.faults.clear()


# Another room


@pytest.fixture
def two_rooms(jitsi, daily, room, settings):
    """The session is at Jitsi; Daily follows in the order, then our own room."""
    settings.DUOLOGUE_VIDEO_DEFAULT, settings.DUOLOGUE_VIDEO_BACKUPS = "jitsi", ["daily", "builtin"]
    Host.objects.update(video_order=[])
    room.refresh_from_db()
    room.link = at("jitsi", room)
    return room


def another(client, booking, place, **more):
    return client.post(f"/video-call/{booking.pk}/another", {"place": place, **more})


def platform_of(booking):
    return MeetingLink.objects.get(booking=booking, status="ready").platform


def test_either_moves_both_to_the_next_platform_and_both_are_told(two_rooms, as_attendee, as_host):
    was = two_rooms.link.pk
    assert another(as_attendee, two_rooms, was)["Location"] == f"/video-call/{two_rooms.pk}"
    assert platform_of(two_rooms) == "daily"
    row = RoomChange.objects.get()
    assert (row.party, row.before, row.after) == ("attendee", "jitsi", "daily")
    assert OutgoingMail.objects.filter(template="place_changed").count() == 2
    assert beat(as_host, two_rooms, was).json()["place"] != was, "the other one's page follows"
    assert "Amara moved you both from Jitsi to Daily." in page(as_host, two_rooms).content.decode()
    assert "Amara moved you both" in as_host.get(f"/sessions/{two_rooms.pk}").content.decode()


def test_who_asks_for_another_room_in_one_that_was_left_already_is_led_to_the_new_one(
    two_rooms, as_attendee, as_host
):
    was = two_rooms.link.pk
    another(as_attendee, two_rooms, was)
    another(as_host, two_rooms, was)
    assert platform_of(two_rooms) == "daily"
    assert RoomChange.objects.count() == 1


def test_after_the_last_comes_the_first(two_rooms, as_host):
    for expected in ("daily", "builtin", "jitsi"):
        another(
            as_host, two_rooms, MeetingLink.objects.get(booking=two_rooms, status="ready").pk, back="session"
        )
        assert platform_of(two_rooms) == expected


def test_what_does_not_answer_is_passed_over(two_rooms, daily, as_host):
    daily.faults.add(Fault("503", times=100))
    another(as_host, two_rooms, two_rooms.link.pk)
    assert platform_of(two_rooms) == "builtin"
    daily.faults.clear()


def test_where_there_is_no_other_everything_stays(room, as_host, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT, settings.DUOLOGUE_VIDEO_BACKUPS = "builtin", []
    link = MeetingLink.objects.get(booking=room)
    answer = another(as_host, room, link.pk, back="session")
    assert answer["Location"] == f"/sessions/{room.pk}"
    assert platform_of(room) == "builtin"
    assert not RoomChange.objects.exists()


def test_a_page_of_our_own_room_hears_that_the_session_moved(room, jitsi, as_host):
    at("jitsi", room)
    said = {"epoch": EPOCH, "entered": True}
    answer = as_host.post(f"/video-call/{room.pk}/exchange", said, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "elsewhere")


def test_google_meet_has_no_frame(room, as_host):
    MeetingLink.objects.filter(booking=room).delete()
    give_link(room, platform="google_meet", sealed_url=vault.seal("https://meet.example/abc"))
    text = page(as_host, room).content.decode()
    assert "frame-config" not in text
    assert "Join call" in text
    assert "Try another room" in text


@pytest.mark.parametrize("vendor", ["daily", "twilio"], indirect=True)
def test_clients_that_we_bring_along_come_from_us_alone(framed, as_host, settings):
    setattr(settings, f"DUOLOGUE_{framed.platform.upper()}_SCRIPT", "")
    answer = page(as_host, framed)
    (script,) = config(answer)["scripts"]
    assert script.startswith(f"/static/vendor/{framed.platform}")
    assert finders.find(script.removeprefix("/static/"))
    assert policy(answer)["script-src"] == {"'self'"}
