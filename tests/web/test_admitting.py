"""Where the host lets people in by hand: who waits at the door, what do they learn, and who opens it?"""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from duologue.accounts.models import User
from duologue.bookings import join_links
from duologue.bookings.models import Booking, JoinLink, Party, RunningLate
from duologue.calls.models import Admission, Extension, Presence, Signal
from duologue.core import clock
from duologue.scheduling.models import EventType
from duologue.video.models import MeetingLink
from tests.cast import make_booking, make_host, signed_in
from tests.rooms import give_link, link_of, make_room

pytestmark = pytest.mark.django_db
HOST_STAY = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
STAY = "0f8fad5b-d9cb-469f-a165-70867728950e"
LATER_STAY = "16fd2706-8baf-433b-82eb-8c7fada847da"
TOLD_OUTSIDE = {"epoch": "", "connected": False, "camera": "", "microphone": "", "for": 0}


@pytest.fixture(autouse=True)
def _relay(settings):
    settings.DUOLOGUE_TURN_URLS = ["turn:relay.example"]
    settings.DUOLOGUE_TURN_SECRET = "north"


@pytest.fixture
def by_hand(paid: EventType) -> EventType:
    paid.admits_by_hand = True
    paid.save()
    return paid


@pytest.fixture
def room(by_hand: EventType, attendee: User) -> Booking:
    return make_room(by_hand, attendee)


def path(booking: Booking, rest: str = "") -> str:
    return f"/video-call/{booking.pk}{rest}"


def exchange(client: Client, booking: Booking, epoch: str = STAY, **words: Any) -> dict[str, Any]:
    sent = {"epoch": epoch, "entered": True, **words}
    answer = client.post(path(booking, "/exchange"), json.dumps(sent), content_type="application/json")
    assert answer.status_code == 200
    return dict(answer.json())


def let_in(client: Client, booking: Booking, **headers: str) -> Any:
    return client.post(path(booking, "/admit"), headers=headers)


def is_in(answer: dict[str, Any]) -> bool:
    return answer["other"]["epoch"] == HOST_STAY and answer["other"]["state"] == "here"


# The attendee


@pytest.mark.parametrize("entered", [False, True])
def test_who_waits_learns_only_whether_the_host_is_there(
    room: Booking, as_host: Client, as_attendee: Client, entered: bool
):
    told = exchange(as_attendee, room, entered=entered)
    assert told["other"] == {**TOLD_OUTSIDE, "state": "outside"}
    exchange(as_host, room, HOST_STAY, camera="fine", microphone="silent")
    told = exchange(as_attendee, room, entered=entered)
    assert told["other"] == {**TOLD_OUTSIDE, "state": "told"}
    assert told["servers"] == []
    assert told["signals"] == []
    as_host.post(path(room, "/farewell"), json.dumps({"epoch": HOST_STAY}), content_type="application/json")
    assert exchange(as_attendee, room, entered=entered)["other"]["state"] == "outside"


def test_the_host_in_the_green_room_is_there(room: Booking, as_host: Client, as_attendee: Client):
    exchange(as_host, room, HOST_STAY, entered=False)
    assert exchange(as_attendee, room)["other"] == {**TOLD_OUTSIDE, "state": "told"}


def test_no_signal_gets_through_the_door(room: Booking, as_host: Client, as_attendee: Client):
    """Not even for one who knows the names of both stays."""
    exchange(as_host, room, HOST_STAY)
    exchange(as_attendee, room)
    Signal.objects.create(
        booking=room, party="host", epoch=HOST_STAY, to_epoch=STAY, seq=1, body="{}", created_at=clock.now()
    )
    told = exchange(as_attendee, room, to=HOST_STAY, signals=[{"seq": 1, "body": {"description": {}}}])
    assert told["signals"] == []
    assert not Signal.objects.filter(party="attendee").exists()


def test_nobody_is_connected_before_the_door(room: Booking, as_host: Client, as_attendee: Client):
    """Picture and sound count as a meeting that neither can make up."""
    for _ in range(2):
        exchange(as_attendee, room, connected=True)
    assert not exchange(as_host, room, HOST_STAY)["other"]["connected"]
    let_in(as_host, room)
    exchange(as_attendee, room)
    assert Presence.objects.get(epoch=STAY).connected_at is None


def test_the_page_before_the_door_holds_no_key(room: Booking, as_host: Client, as_attendee: Client):
    exchange(as_host, room, HOST_STAY)
    answer = as_attendee.get(path(room))
    assert answer.status_code == 200
    page = answer.content.decode()
    for secret in ("relay.example", HOST_STAY, MeetingLink.objects.get().room_id):
        assert secret not in page
    assert answer.context["place_id"] == 0


def test_elsewhere_nothing_is_told_either(room: Booking, as_host: Client, as_attendee: Client):
    """Since when the host is in the room stands on the dashboard and in the record of a running session."""
    begun = clock.now() - timedelta(minutes=5)
    Booking.objects.filter(pk=room.pk).update(
        starts_at=begun, ends_at=begun + timedelta(hours=1), blocked_from=begun
    )
    exchange(as_host, room, HOST_STAY)
    assert as_attendee.get("/sessions").context["there"] is None
    assert as_attendee.get(f"/sessions/{room.pk}").context["attendance"] is None
    let_in(as_host, room)
    assert as_attendee.get("/sessions").context["there"] is not None
    assert as_attendee.get(f"/sessions/{room.pk}").context["attendance"] is not None


def test_another_room_is_no_way_around(room: Booking, as_host: Client, as_attendee: Client):
    place = MeetingLink.objects.get().pk
    answer = as_attendee.post(path(room, "/another"), {"place": place})
    assert answer.status_code == 403
    assert "Wait until Naoko lets you in." in answer.content.decode()
    let_in(as_host, room)
    # There is no other platform here, which is another answer than no.
    assert as_attendee.post(path(room, "/another"), {"place": place}).status_code == 303


def test_a_question_costs_two_readings_at_the_door_too(
    room: Booking, as_host: Client, as_attendee: Client, django_assert_num_queries
):
    for client, epoch in ((as_attendee, STAY), (as_host, HOST_STAY)):
        for _ in range(2):
            exchange(client, room, epoch)
        with django_assert_num_queries(2):
            exchange(client, room, epoch)


# The host


def test_the_host_is_told_who_waits(room: Booking, as_host: Client, as_attendee: Client):
    exchange(as_attendee, room, entered=False, camera="fine", microphone="fine")
    told = exchange(as_host, room, HOST_STAY)
    assert (told["other"]["state"], told["asks"]) == ("waiting", "")
    exchange(as_attendee, room, camera="fine", microphone="fine")
    told = exchange(as_host, room, HOST_STAY)
    assert told["other"].items() >= {"state": "door", "camera": "fine", "microphone": "fine"}.items()
    assert told["asks"] == "attendee"
    assert told["servers"] == []
    forms = as_host.get(path(room, "/asks"))
    assert forms.headers["Asks"] == "attendee"
    assert "Amara waits at the door." in forms.content.decode()
    assert f'action="{path(room, "/admit")}"' in forms.content.decode()
    assert f'action="{path(room, "/admit")}"' in as_host.get(f"/sessions/{room.pk}").content.decode()


def test_the_dashboard_tells_the_host_who_waits(room: Booking, as_host: Client, as_attendee: Client):
    exchange(as_attendee, room)
    assert "Amara has been waiting at the door since" in as_host.get("/sessions").content.decode()
    let_in(as_host, room)
    exchange(as_attendee, room)
    assert "Amara has been in the room since" in as_host.get("/sessions").content.decode()


def test_one_tap_lets_them_in(room: Booking, as_host: Client, as_attendee: Client):
    exchange(as_host, room, HOST_STAY)
    exchange(as_attendee, room)
    left = let_in(as_host, room, **{"HX-Request": "true"})
    assert (left.status_code, left.headers["Asks"]) == (200, "")
    told = exchange(as_attendee, room)
    assert is_in(told)
    assert told["servers"][0]["username"].endswith("-attendee")
    told = exchange(as_host, room, HOST_STAY)
    assert (told["other"]["state"], told["asks"]) == ("here", "")
    assert told["servers"][0]["username"].endswith("-host")
    stay = Presence.objects.get(epoch=STAY)
    assert stay.knocked_at is not None
    assert stay.entered_at is not None
    assert stay.knocked_at <= stay.entered_at


def test_the_host_may_say_so_before_anybody_waits(room: Booking, as_host: Client, as_attendee: Client):
    assert let_in(as_host, room).headers["Location"] == path(room)
    exchange(as_host, room, HOST_STAY)
    assert is_in(exchange(as_attendee, room))
    assert Presence.objects.get(epoch=STAY).knocked_at is None


def test_whoever_was_let_in_stays_let_in(room: Booking, as_host: Client, as_attendee: Client):
    exchange(as_host, room, HOST_STAY)
    exchange(as_attendee, room)
    let_in(as_host, room)
    assert is_in(exchange(as_attendee, room))
    goodbye = json.dumps({"epoch": STAY})
    as_attendee.post(path(room, "/farewell"), goodbye, content_type="application/json")
    # The page is loaded again, and on another device where they sign in.
    assert is_in(exchange(as_attendee, room, LATER_STAY))
    assert is_in(exchange(signed_in(room.attendee), room, "886313e1-3b8a-5372-9b90-0c9aee199e5d"))


def test_a_second_device_knocks_as_it_always_did(by_hand: EventType, as_host: Client):
    booking = make_room(by_hand, attendee_email="guest@people.example", attendee_name="Gus Guest")
    first, second = Client(), Client()
    for client in (first, second):
        client.post(link_of(booking, Party.ATTENDEE))
    exchange(as_host, booking, HOST_STAY)
    exchange(first, booking)
    asks = exchange(as_host, booking, HOST_STAY)["asks"].split()
    assert asks[0] == "attendee"
    number = asks[1].removeprefix("device-")
    let_in(as_host, booking)
    assert is_in(exchange(first, booking))
    assert second.post(path(booking, "/exchange"), "{}", content_type="application/json").status_code == 404
    as_host.post(path(booking, f"/devices/{number}"), {"decision": "admit"})
    # The person was let in before; only the device was not.
    assert is_in(exchange(second, booking, LATER_STAY))


def test_a_new_link_changes_nothing_for_the_person(by_hand: EventType, as_host: Client):
    booking = make_room(by_hand)
    let_in(as_host, booking)
    join_links.revoke(JoinLink.objects.get(booking=booking, party=Party.ATTENDEE.value))
    guest = Client()
    guest.post(link_of(booking, Party.ATTENDEE))
    exchange(as_host, booking, HOST_STAY)
    assert is_in(exchange(guest, booking))


@pytest.mark.parametrize("who", ["as_attendee", "as_stranger", "as_operator", "as_nobody"])
def test_nobody_else_opens_the_door(room: Booking, who: str, request: pytest.FixtureRequest):
    client: Client = request.getfixturevalue(who)
    exchange(signed_in(room.attendee), room)
    assert let_in(client, room).status_code == 404
    assert client.get(path(room, "/asks")).status_code == 404
    assert not Admission.objects.exists()


def test_a_host_opens_the_own_door_only(room: Booking, as_host: Client):
    assert let_in(signed_in(make_host().user), room).status_code == 404
    assert as_host.get(path(room, "/admit")).status_code == 405
    assert not Admission.objects.exists()


def test_another_sites_button_lets_nobody_in(room: Booking, host):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(host.user)
    assert careful.post(path(room, "/admit")).status_code == 403
    assert not Admission.objects.exists()


def test_twice_is_once(room: Booking, as_host: Client):
    first = let_in(as_host, room)
    at = Admission.objects.get().at
    assert let_in(as_host, room).status_code == first.status_code == 303
    assert Admission.objects.get().at == at


@pytest.mark.parametrize(("begins_in", "words"), [(-130, "The room is closed"), (30, "The room is not open")])
def test_outside_the_window_the_host_reads_why_not(
    by_hand: EventType, attendee: User, as_host: Client, begins_in: int, words: str
):
    booking = make_room(by_hand, attendee, begins_in=timedelta(minutes=begins_in))
    assert let_in(as_host, booking).status_code == 403
    told = let_in(as_host, booking, **{"HX-Request": "true"})
    assert told.status_code == 403
    assert words in told.content.decode()
    assert "Asks" in told.headers
    assert not Admission.objects.exists()


def test_a_longer_window_counts(by_hand: EventType, attendee: User, as_host: Client, as_attendee: Client):
    booking = make_room(by_hand, attendee, begins_in=timedelta(minutes=-130))
    longer = clock.now() + timedelta(minutes=20)
    Extension.objects.create(booking=booking, closes_at=longer, at=clock.now())
    exchange(as_host, booking, HOST_STAY)
    exchange(as_attendee, booking)
    assert let_in(as_host, booking).status_code == 303
    assert is_in(exchange(as_attendee, booking))


def test_who_waited_in_vain_is_told_that_the_room_closed(room: Booking, as_attendee: Client):
    exchange(as_attendee, room)
    begun, ended = (clock.now() - timedelta(minutes=ago) for ago in (121, 61))
    Booking.objects.filter(pk=room.pk).update(
        starts_at=begun, ends_at=ended, blocked_from=begun, blocked_until=ended
    )
    again = {"epoch": STAY, "entered": True}
    answer = as_attendee.post(path(room, "/exchange"), json.dumps(again), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "expired")


def test_a_moved_session_is_another_meeting(room: Booking, as_host: Client, as_attendee: Client):
    let_in(as_host, room)
    start = clock.now() + timedelta(minutes=2)
    Booking.objects.filter(pk=room.pk).update(starts_at=start, blocked_from=start)
    exchange(as_host, room, HOST_STAY)
    assert exchange(as_attendee, room)["other"]["state"] == "told"


def test_a_page_that_was_in_before_the_move_is_over(room: Booking, as_host: Client, as_attendee: Client):
    let_in(as_host, room)
    exchange(as_host, room, HOST_STAY)
    assert is_in(exchange(as_attendee, room))
    # A day goes by, and the page, which was never closed, asks again at the new time.
    Presence.objects.filter(epoch=STAY).update(entered_at=clock.now() - timedelta(days=1))
    start = clock.now() + timedelta(minutes=2)
    Booking.objects.filter(pk=room.pk).update(starts_at=start, blocked_from=start)
    told = exchange(as_attendee, room, to="", signals=[])
    assert (told["current"], told["other"], told["servers"]) == (False, {**TOLD_OUTSIDE, "state": "told"}, [])
    assert exchange(as_attendee, room, LATER_STAY)["current"]
    assert exchange(as_host, room, HOST_STAY)["asks"] == "attendee"


# Where it holds


def test_it_is_off_unless_the_host_says_so(paid: EventType, attendee: User, as_host: Client):
    booking = make_room(paid, attendee)
    exchange(as_host, booking, HOST_STAY)
    assert is_in(exchange(signed_in(attendee), booking))


def test_a_change_of_mind_holds_at_once(room: Booking, as_host: Client, as_attendee: Client):
    exchange(as_host, room, HOST_STAY)
    assert exchange(as_attendee, room)["other"]["state"] == "told"
    EventType.objects.update(admits_by_hand=False)
    assert is_in(exchange(as_attendee, room))
    EventType.objects.update(admits_by_hand=True)
    # Nobody who is in is put out.
    assert is_in(exchange(as_attendee, room))


def test_on_another_platform_the_choice_changes_nothing(
    by_hand: EventType, attendee: User, as_attendee: Client, settings
):
    booking = make_booking(by_hand, attendee, starts_at=clock.now())
    give_link(booking, platform="jitsi")
    answer = as_attendee.get(path(booking))
    assert answer.status_code == 200
    assert answer.templates[0].name in {"call/frame.html", "call/elsewhere.html"}
    assert as_attendee.get(f"/sessions/{booking.pk}").context["attendee_waits"] is False


def test_from_another_platform_nobody_slips_into_our_own_room(
    by_hand: EventType, attendee: User, as_host: Client, as_attendee: Client
):
    booking = make_booking(by_hand, attendee, starts_at=clock.now())
    link = give_link(booking, platform="jitsi")
    sent = {"epoch": STAY, "entered": True}
    answer = as_attendee.post(path(booking, "/exchange"), json.dumps(sent), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "elsewhere")
    MeetingLink.objects.filter(pk=link.pk).update(platform="builtin")
    exchange(as_host, booking, HOST_STAY)
    assert exchange(as_attendee, booking)["other"]["state"] == "told"


def test_the_host_who_is_late_still_says_so(room: Booking, as_attendee: Client):
    RunningLate.objects.create(
        booking=room, party="host", minutes=5, starts_at=room.starts_at, at=clock.now()
    )
    assert exchange(as_attendee, room)["late"] == 5


def test_the_form_keeps_the_choice(paid: EventType, as_host: Client):
    page = as_host.get(f"/offers/{paid.pk}")
    assert "Let people in myself" in page.content.decode()
    assert "On Zoom, Google Meet and all other platforms it changes nothing" in page.content.decode()
    sent = {name: page.context["form"].initial[name] for name in page.context["form"].fields}
    as_host.post(f"/offers/{paid.pk}", {**sent, "admits_by_hand": "on"})
    assert EventType.objects.get(pk=paid.pk).admits_by_hand
    as_host.post(f"/offers/{paid.pk}", {name: sent[name] for name in sent if name != "admits_by_hand"})
    assert not EventType.objects.get(pk=paid.pk).admits_by_hand
