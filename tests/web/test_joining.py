"""Who gets into a call, by which way, and what does each try leave behind (laws 10, 13; JOIN-1, -2, -6)?"""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client

from duologue import web
from duologue.accounts import codes
from duologue.accounts.models import MailedCode, User
from duologue.bookings import join_links
from duologue.bookings.models import Booking, JoinLink, Party, RunningLate
from duologue.bookings.states import Status
from duologue.calls.models import Extension, Join, JoinDevice, Presence
from duologue.core import clock, crypto
from duologue.notifications import when
from duologue.scheduling.models import EventType
from duologue.usecases.say_late import say_late
from duologue.video.models import MeetingLink
from duologue.web.views.joining import PASS_COOKIE
from tests.cast import make_booking, signed_in
from tests.rooms import give_link, link_of, make_room

pytestmark = pytest.mark.django_db
EPOCH = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def room(paid: EventType, attendee: User) -> Booking:
    """Starts in six minutes: the door is open."""
    return make_room(paid, attendee)


@pytest.fixture
def guest_room(paid: EventType) -> Booking:
    """The same, booked without an account."""
    return make_room(paid, attendee_email="guest@people.example", attendee_name="Gus Guest")


def rows() -> list[int]:
    return [model.objects.count() for model in (Join, JoinDevice, Presence, MailedCode)]


def exchange(client: Client, booking: Booking, **words: Any):
    sent = {"epoch": EPOCH, "entered": True, **words}
    return client.post(
        f"/video-call/{booking.pk}/exchange", json.dumps(sent), content_type="application/json"
    )


def call_page(booking: Booking) -> str:
    return f"/video-call/{booking.pk}"


# The link in the mail


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("party", Party)
@pytest.mark.parametrize("begins_in", [timedelta(minutes=6), timedelta(days=3), timedelta(days=-3)])
def test_a_mail_scanner_leaves_no_trace(paid: EventType, party: Party, method: str, begins_in: timedelta):
    booking = make_room(paid, begins_in=begins_in)
    client = Client()
    for _ in range(3):
        response = getattr(client, method)(link_of(booking, party))
        assert not response.cookies
    assert not client.cookies
    assert rows() == [0, 0, 0, 0]


def test_the_page_of_a_link_is_private(guest_room: Booking):
    response = Client().get(link_of(guest_room, Party.ATTENDEE))
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Permissions-Policy"] == "camera=(), microphone=(), display-capture=()"
    page = response.content.decode()
    assert "Naoko" in page
    assert "noindex" in page


def test_the_link_leads_the_first_browser_in(guest_room: Booking):
    client = Client()
    response = client.post(link_of(guest_room, Party.ATTENDEE))
    assert response.status_code == 303
    assert response.headers["Location"] == call_page(guest_room)
    cookie = response.cookies[PASS_COOKIE]
    assert cookie["path"] == call_page(guest_room)
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert client.get(call_page(guest_room)).status_code == 200
    assert exchange(client, guest_room).status_code == 200
    (join,) = Join.objects.all()
    assert (join.party, join.way, join.platform, join.user) == ("attendee", "join_link", "builtin", None)
    assert JoinDevice.objects.get().decided_by == JoinDevice.By.FIRST


def test_coming_back_by_the_link_needs_no_admission(guest_room: Booking):
    client = Client()
    for _ in range(2):
        response = client.post(link_of(guest_room, Party.ATTENDEE))
        assert response.headers["Location"] == call_page(guest_room)
    assert JoinDevice.objects.count() == 1
    assert Join.objects.count() == 2


def test_the_pass_is_for_joining_alone(guest_room: Booking, paid: EventType):
    client = Client()
    client.post(link_of(guest_room, Party.ATTENDEE))
    other = make_room(paid, begins_in=timedelta(hours=2))
    assert client.get(f"/sessions/{guest_room.pk}").status_code in {302, 404}
    assert client.get(call_page(other)).status_code in {302, 404}
    assert exchange(client, other).status_code == 404
    assert client.post(f"/bookings/{guest_room.pk}/join").status_code == 404


def test_a_pass_cannot_be_made_up(guest_room: Booking, paid: EventType):
    first = Client()
    first.post(link_of(guest_room, Party.ATTENDEE))
    number = JoinDevice.objects.get().pk
    other = make_room(paid, begins_in=timedelta(hours=2))
    for value in ("", "1", str(number), signing.dumps({"device": number}), signing.dumps(number, salt="x")):
        client = Client()
        client.cookies[PASS_COOKIE] = value
        assert exchange(client, guest_room).status_code == 404
    stolen = Client()
    stolen.cookies[PASS_COOKIE] = first.cookies[PASS_COOKIE].value
    assert exchange(stolen, other).status_code == 404


def test_a_signed_in_attendee_needs_no_device(room: Booking, as_attendee: Client):
    for _ in range(2):
        assert as_attendee.post(link_of(room, Party.ATTENDEE)).headers["Location"] == call_page(room)
    assert not JoinDevice.objects.exists()
    assert Join.objects.first().user == room.attendee


def test_the_browser_that_booked_needs_no_device(paid: EventType):
    client = Client()
    client.cookies["browser"] = "secret"
    booking = make_room(paid, holder=crypto.fingerprint("secret"))
    assert client.post(f"/bookings/{booking.pk}/join").headers["Location"] == call_page(booking)
    assert client.get(call_page(booking)).status_code == 200
    assert not JoinDevice.objects.exists()


def test_a_hosts_link_asks_for_the_host(room: Booking, as_host: Client):
    response = Client().post(link_of(room, Party.HOST))
    assert response.status_code == 303
    assert response.headers["Location"] == f"/sign-in?next=%2Fvideo-call%2F{room.pk}"
    assert rows()[:3] == [0, 0, 0]
    assert as_host.post(link_of(room, Party.HOST)).headers["Location"] == call_page(room)
    assert Join.objects.get().party == Party.HOST


@pytest.mark.parametrize("who", ["as_attendee", "as_stranger", "as_operator"])
def test_a_hosts_link_is_for_nobody_else(room: Booking, who: str, request: pytest.FixtureRequest):
    client: Client = request.getfixturevalue(who)
    assert client.post(link_of(room, Party.HOST)).status_code == 403
    assert rows() == [0, 0, 0, 0]


@pytest.mark.parametrize("who", ["as_host", "as_operator"])
def test_an_attendees_link_is_not_for_them(guest_room: Booking, who: str, request: pytest.FixtureRequest):
    client: Client = request.getfixturevalue(who)
    response = client.post(link_of(guest_room, Party.ATTENDEE))
    assert response.status_code == 403
    assert "This link is for somebody else" in response.content.decode()
    assert rows() == [0, 0, 0, 0]


@pytest.mark.parametrize("token", ["x", "nothing-here", "a" * 22, "A_-" * 60])
def test_unknown_links(db: None, token: str):
    response = Client().get(f"/j/{token}")
    assert response.status_code == 404
    assert "This link does not lead anywhere" in response.content.decode()
    assert Client().post(f"/j/{token}").status_code == 404


def test_another_sites_button_goes_nowhere(guest_room: Booking):
    response = Client().post(link_of(guest_room, Party.ATTENDEE), headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 200
    assert rows() == [0, 0, 0, 0]


def test_a_link_is_tried_so_often_and_not_more(guest_room: Booking):
    client = Client()
    answers = {client.post(link_of(guest_room, Party.ATTENDEE)).status_code for _ in range(31)}
    assert answers == {303, 429}


# When the door is closed


def test_too_early(paid: EventType, attendee: User, as_attendee: Client):
    booking = make_room(paid, attendee, begins_in=timedelta(minutes=16))
    tries = [
        (as_attendee.get(link_of(booking, Party.ATTENDEE)), 200),
        (as_attendee.post(link_of(booking, Party.ATTENDEE)), 403),
        (as_attendee.post(f"/bookings/{booking.pk}/join", {"way": "session_page"}), 403),
        (as_attendee.get(call_page(booking)), 403),
    ]
    for response, status in tries:
        assert response.status_code == status
        page = response.content.decode()
        assert "The room opens at" in page
        assert f'data-door-opens="{(booking.starts_at - timedelta(minutes=15)).isoformat()}"' in page
    assert exchange(as_attendee, booking).json()["code"] == "too_early"
    assert rows() == [0, 0, 0, 0]


def test_too_late(paid: EventType, attendee: User, as_attendee: Client):
    booking = make_room(paid, attendee, begins_in=timedelta(hours=-2, minutes=-1))
    closed = when.clock(booking.ends_at + timedelta(hours=1), ZoneInfo(attendee.time_zone))
    for response in (
        as_attendee.get(link_of(booking, Party.ATTENDEE)),
        as_attendee.post(link_of(booking, Party.ATTENDEE)),
        as_attendee.post(f"/bookings/{booking.pk}/join"),
        as_attendee.get(call_page(booking)),
    ):
        assert response.status_code == 403
        page = response.content.decode()
        assert "This session ended on" in page
        assert f"The room closed at {closed}" in page
        assert "/h/naoko-ishida" in page
    assert exchange(as_attendee, booking).json()["code"] == "expired"
    assert rows() == [0, 0, 0, 0]


def test_cancelled(paid: EventType, attendee: User, as_attendee: Client):
    booking = make_booking(
        paid, attendee, starts_at=clock.now(), status=Status.CANCELLED, confirmed_at=clock.now()
    )
    for response in (
        as_attendee.get(link_of(booking, Party.ATTENDEE)),
        as_attendee.post(f"/bookings/{booking.pk}/join"),
        as_attendee.get(call_page(booking)),
    ):
        assert response.status_code == 403
        assert "This session was cancelled" in response.content.decode()
    assert exchange(as_attendee, booking).json()["code"] == "cancelled"


def test_no_room_yet(paid: EventType, attendee: User, as_attendee: Client):
    booking = make_booking(paid, attendee, starts_at=clock.now())
    response = as_attendee.post(f"/bookings/{booking.pk}/join")
    assert response.status_code == 409
    assert "The room is not ready yet" in response.content.decode()
    assert not Join.objects.exists()


def test_not_confirmed(paid: EventType, attendee: User, as_attendee: Client):
    booking = make_booking(paid, attendee, starts_at=clock.now(), status=Status.PENDING_PAYMENT)
    assert as_attendee.post(f"/bookings/{booking.pk}/join").status_code == 409


# Join on the dashboard and the session's page


@pytest.mark.parametrize(("who", "party"), [("as_host", Party.HOST), ("as_attendee", Party.ATTENDEE)])
@pytest.mark.parametrize("way", ["dashboard", "session_page"])
def test_one_click(room: Booking, who: str, party: Party, way: str, request: pytest.FixtureRequest):
    client: Client = request.getfixturevalue(who)
    response = client.post(f"/bookings/{room.pk}/join", {"way": way})
    assert (response.status_code, response.headers["Location"]) == (303, call_page(room))
    (join,) = Join.objects.all()
    assert (join.party, join.way) == (party, way)
    assert join.user is not None


@pytest.mark.parametrize(("who", "status"), [("as_stranger", 404), ("as_nobody", 404), ("as_operator", 403)])
def test_nobody_else_gets_an_address(room: Booking, who: str, status: int, request: pytest.FixtureRequest):
    client: Client = request.getfixturevalue(who)
    response = client.post(f"/bookings/{room.pk}/join")
    assert response.status_code == status
    assert "Location" not in response.headers
    assert call_page(room) not in response.content.decode()
    assert not Join.objects.exists()


def test_join_is_no_link(room: Booking, as_attendee: Client):
    assert as_attendee.get(f"/bookings/{room.pk}/join").status_code == 405


def test_another_platform_is_gone_to_at_once(paid: EventType, attendee: User, as_attendee: Client):
    booking = make_booking(paid, attendee, starts_at=clock.now())
    sealed = crypto.Vault(settings.DUOLOGUE_ENCRYPTION_KEYS).seal("https://meet.example/room")
    give_link(booking, platform="elsewhere", sealed_url=sealed)
    on = '<meta http-equiv="refresh" content="0; url=https://meet.example/room">'
    response = as_attendee.post(f"/bookings/{booking.pk}/join")
    assert on in response.content.decode()
    assert response.headers["Referrer-Policy"] == "no-referrer"
    page = as_attendee.get(call_page(booking)).content.decode()
    assert "https://meet.example/room" not in page
    assert on in as_attendee.post(f"{call_page(booking)}/go").content.decode()


# The call's page


@pytest.mark.parametrize(
    ("who", "status"),
    [("as_host", 200), ("as_attendee", 200), ("as_stranger", 404), ("as_operator", 404), ("as_nobody", 302)],
)
def test_the_page_is_for_the_two(room: Booking, who: str, status: int, request: pytest.FixtureRequest):
    client: Client = request.getfixturevalue(who)
    response = client.get(call_page(room))
    assert response.status_code == status
    if status == 302:
        assert response.headers["Location"] == f"/sign-in?next=%2Fvideo-call%2F{room.pk}"


@pytest.mark.parametrize(
    ("who", "status"),
    [("as_host", 200), ("as_attendee", 200), ("as_stranger", 404), ("as_operator", 404), ("as_nobody", 404)],
)
def test_the_mailbox_is_for_the_two(room: Booking, who: str, status: int, request: pytest.FixtureRequest):
    client: Client = request.getfixturevalue(who)
    assert exchange(client, room).status_code == status
    farewell = json.dumps({"epoch": EPOCH})
    response = client.post(f"{call_page(room)}/farewell", farewell, content_type="application/json")
    assert response.status_code == status
    assert Presence.objects.count() == (status == 200)


def test_only_the_call_may_use_devices(room: Booking, as_attendee: Client):
    own = "camera=(self), microphone=(self), display-capture=(self)"
    assert as_attendee.get(call_page(room)).headers["Permissions-Policy"] == own
    assert as_attendee.get("/test-video").headers["Permissions-Policy"] == own
    nothing = "camera=(), microphone=(), display-capture=()"
    assert as_attendee.get("/sessions").headers["Permissions-Policy"] == nothing


def test_the_page_is_not_kept(room: Booking, as_attendee: Client):
    response = as_attendee.get(call_page(room))
    assert response.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_relay_logins_differ_by_person(room: Booking, as_attendee: Client, as_host: Client, settings):
    settings.DUOLOGUE_TURN_URLS = ["turn:relay.example"]
    settings.DUOLOGUE_TURN_SECRET = "north"
    stays = {as_host: EPOCH, as_attendee: "7c9e6679-7425-40de-944b-e07fc1f90ae7"}
    for client, epoch in stays.items():
        # Nobody is there to be found yet, or has not gone in.
        assert exchange(client, room, epoch=epoch, entered=False).json()["servers"] == []
    for client, epoch in stays.items():
        exchange(client, room, epoch=epoch)
    servers = [
        exchange(client, room, epoch=stays[client]).json()["servers"] for client in (as_attendee, as_host)
    ]
    assert exchange(as_attendee, room, epoch=stays[as_attendee], to=EPOCH).json()["servers"] == []
    assert servers[0][0]["username"].endswith("-attendee")
    assert servers[0][0]["credential"] != servers[1][0]["credential"]


def test_a_doctors_page_does_not_say_what_it_is_about(room: Booking, as_attendee: Client, settings):
    settings.DUOLOGUE_VOCABULARY = "telehealth"
    page = as_attendee.get(call_page(room)).content.decode()
    assert room.title not in page
    assert "Your appointment with Naoko" in page


@pytest.mark.parametrize(
    ("body", "content_type", "headers", "status"),
    [
        (b"{}", "application/json", {}, 400),
        (b"[1]", "application/json", {}, 400),
        (b"\xff", "application/json", {}, 400),
        (b"x" * 300_000, "application/json", {}, 400),
        (b"x" * 1_100_000, "application/json", {}, 400),
        (json.dumps({"epoch": EPOCH}).encode(), "text/plain", {}, 403),
        (b"epoch=1", "application/x-www-form-urlencoded", {}, 403),
        (json.dumps({"epoch": EPOCH}).encode(), "application/json", {"Origin": "https://evil.example"}, 403),
        (json.dumps({"epoch": EPOCH}).encode(), "application/json", {"Sec-Fetch-Site": "cross-site"}, 403),
        (json.dumps({"epoch": EPOCH}).encode(), "application/json", {"Origin": "http://testserver"}, 200),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_a_script_may_send(
    room: Booking, as_attendee: Client, body: bytes, content_type: str, headers: dict[str, str], status: int
):
    url = f"{call_page(room)}/exchange"
    response = as_attendee.post(url, body, content_type=content_type, headers=headers)
    assert response.status_code == status
    assert Presence.objects.exists() == (status == 200)


def test_the_call_page_is_light(room: Booking, as_host: Client):
    """All scripts that the page loads, by themselves and by each other."""
    page = as_host.get(call_page(room)).content.decode()
    folder = Path(web.__file__).parent / "static"
    wanted = set(re.findall(r'/static/(js/[\w/.-]+?\.js)"', page))
    found: dict[str, str] = {}
    while wanted:
        name = wanted.pop()
        found[name] = (folder / name).read_text()
        wanted |= {f"js/call/{other}" for other in re.findall(r'"\./(\w+\.js)"', found[name])} - set(found)
    assert {"js/call/room.js", "js/call/peer.js", "js/call/chat.js", "js/call/ticker.js"} <= set(found)
    assert sum(len(text.encode()) for text in found.values()) <= 60_000


def test_two_people_exchange(room: Booking, as_attendee: Client, as_host: Client):
    first = exchange(as_host, room).json()
    assert first["other"]["state"] == "absent"
    other = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    body = {"description": {"type": "offer", "sdp": "v=0 …"}}
    signals = [{"seq": 1, "body": body}]
    assert exchange(as_attendee, room, epoch=other, to=EPOCH, signals=signals).json()["begin"] is True
    got = exchange(as_host, room, to=other).json()
    assert got["other"].items() >= {"epoch": other, "state": "here", "for": 0}.items()
    assert got["signals"] == signals
    assert 0 < got["starts_in"] <= 360
    assert got["closes_in"] - got["ends_in"] == 3600


# What a page asks each second


@pytest.mark.parametrize("who", ["as_host", "as_attendee"])
def test_a_question_costs_two_readings(
    room: Booking, who: str, request: pytest.FixtureRequest, django_assert_num_queries
):
    client: Client = request.getfixturevalue(who)
    for _ in range(2):
        exchange(client, room)
    with django_assert_num_queries(2):
        answer = exchange(client, room)
    assert answer.json()["current"] is True
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Permissions-Policy"] == "camera=(), microphone=(), display-capture=()"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
    assert "Set-Cookie" not in answer.headers


def _signs_out(client: Client, person: User) -> None:
    client.session.flush()


def _changes_the_password(client: Client, person: User) -> None:
    person.set_password("quite another one")
    person.save()


def _is_switched_off(client: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def _let_it_run_out(client: Client, person: User) -> None:
    Session.objects.update(expire_date=clock.machine() - timedelta(seconds=1))


def _tampers(client: Client, person: User) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "a\x00'" * 8


@pytest.mark.parametrize(
    "end", [_signs_out, _changes_the_password, _is_switched_off, _let_it_run_out, _tampers]
)
def test_who_is_not_signed_in_any_more_is_out_at_the_next_question(
    room: Booking, attendee: User, as_attendee: Client, end: Callable[[Client, User], None]
):
    assert exchange(as_attendee, room).status_code == 200
    end(as_attendee, attendee)
    assert exchange(as_attendee, room).status_code == 404


def test_after_a_change_of_keys_people_stay_signed_in(room: Booking, as_attendee: Client, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, as long as one has to be here"
    for _ in range(2):
        assert exchange(as_attendee, room).status_code == 200


def test_a_question_under_another_name_is_refused(room: Booking, as_attendee: Client):
    url = f"{call_page(room)}/exchange"
    sent = json.dumps({"epoch": EPOCH})
    answer = as_attendee.post(url, sent, content_type="application/json", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert not Presence.objects.exists()


def test_what_is_no_question_is_answered_as_any_page(room: Booking, as_attendee: Client):
    assert as_attendee.get(f"{call_page(room)}/exchange").status_code == 405
    assert as_attendee.get("/video-call/nobody/exchange").status_code == 404


def test_an_answer_tells_who_is_late_while_that_is_news(room: Booking, as_attendee: Client):
    say_late(room, Party.HOST, minutes=5, now=clock.now())
    assert exchange(as_attendee, room).json()["late"] == 5
    RunningLate.objects.update(starts_at=room.starts_at - timedelta(days=1))
    assert exchange(as_attendee, room).json()["late"] == 0


# A second device


@pytest.fixture
def two_devices(guest_room: Booking) -> tuple[Client, Client]:
    first, second = Client(), Client()
    first.post(link_of(guest_room, Party.ATTENDEE))
    response = second.post(link_of(guest_room, Party.ATTENDEE))
    assert response.headers["Location"] == call_page(guest_room)
    return first, second


def test_it_waits_outside(guest_room: Booking, two_devices: tuple[Client, Client]):
    _first, second = two_devices
    page = second.get(call_page(guest_room)).content.decode()
    assert "One more step on this device" in page
    assert "call-config" not in page
    assert exchange(second, guest_room).status_code == 404
    assert second.post(f"{call_page(guest_room)}/go").status_code == 404
    assert second.get(f"{call_page(guest_room)}/admission").json() == {"state": "asked"}
    assert Join.objects.count() == 1


def knocking(host: Client, booking: Booking) -> int:
    """The one device about which the host's page is asked."""
    return int(exchange(host, booking).json()["asks"].removeprefix("device-"))


def test_the_host_lets_it_in(guest_room: Booking, two_devices: tuple[Client, Client], as_host: Client):
    first, second = two_devices
    number = knocking(as_host, guest_room)
    assert exchange(first, guest_room).json()["asks"] == ""
    decide = f"{call_page(guest_room)}/devices/{number}"
    for client in (first, second, Client()):
        assert client.post(decide, {"decision": "admit"}).status_code == 404
    assert as_host.post(decide, {"decision": "admit"}).headers["Location"] == f"/sessions/{guest_room.pk}"
    assert second.get(f"{call_page(guest_room)}/admission").json() == {"state": "admitted"}
    assert second.post(f"{call_page(guest_room)}/go").headers["Location"] == call_page(guest_room)
    assert exchange(second, guest_room).status_code == 200
    assert JoinDevice.objects.get(pk=number).decided_by == JoinDevice.By.HOST


@pytest.mark.parametrize("who", ["as_stranger", "as_operator", "as_nobody"])
def test_only_the_host_decides(
    guest_room: Booking, two_devices: tuple[Client, Client], who: str, request: pytest.FixtureRequest
):
    client: Client = request.getfixturevalue(who)
    number = JoinDevice.objects.get(state="asked").pk
    response = client.post(f"{call_page(guest_room)}/devices/{number}", {"decision": "admit"})
    assert response.status_code == 404
    assert JoinDevice.objects.get(pk=number).state == "asked"


def test_the_host_refuses(guest_room: Booking, two_devices: tuple[Client, Client], as_host: Client):
    _first, second = two_devices
    number = knocking(as_host, guest_room)
    as_host.post(f"{call_page(guest_room)}/devices/{number}", {"decision": "refuse"})
    assert exchange(as_host, guest_room).json()["asks"] == ""
    assert "did not let this device in" in second.get(call_page(guest_room)).content.decode()
    assert exchange(second, guest_room).status_code == 404


def test_a_host_decides_about_own_sessions_only(
    guest_room: Booking, two_devices: tuple[Client, Client], paid: EventType, as_host: Client
):
    other = make_room(paid, begins_in=timedelta(hours=2))
    number = JoinDevice.objects.get(state="asked").pk
    assert as_host.post(f"{call_page(other)}/devices/{number}", {"decision": "admit"}).status_code == 404


def test_a_mailed_code_lets_it_in(guest_room: Booking, two_devices: tuple[Client, Client]):
    _first, second = two_devices
    page = second.get(call_page(guest_room)).content.decode()
    assert "g…@people.example" in page
    assert "guest@people.example" not in page
    assert second.post(f"{call_page(guest_room)}/send-code").status_code == 303
    code = MailedCode.objects.get()
    assert (code.email, code.purpose, code.subject) == (
        "guest@people.example",
        "second_device",
        str(guest_room.pk),
    )
    digits = codes.digits_of(code)
    wrong = f"{(int(digits) + 1) % 10**6:06d}"
    assert second.post(f"{call_page(guest_room)}/code", {"code": wrong}).status_code == 409
    assert exchange(second, guest_room).status_code == 404
    assert second.post(f"{call_page(guest_room)}/code", {"code": digits}).status_code == 303
    assert exchange(second, guest_room).status_code == 200
    assert JoinDevice.objects.get(decided_by="code").state == "admitted"


def test_a_code_works_in_the_browser_that_asked(guest_room: Booking, two_devices: tuple[Client, Client]):
    _first, second = two_devices
    third = Client()
    third.post(link_of(guest_room, Party.ATTENDEE))
    second.post(f"{call_page(guest_room)}/send-code")
    digits = codes.digits_of(MailedCode.objects.get())
    assert third.post(f"{call_page(guest_room)}/code", {"code": digits}).status_code == 409
    assert exchange(third, guest_room).status_code == 404


def test_a_code_for_another_session_is_none(
    guest_room: Booking, two_devices: tuple[Client, Client], paid: EventType
):
    _first, second = two_devices
    here = second.cookies[PASS_COOKIE].value
    other = make_room(paid, begins_in=timedelta(minutes=-100), attendee_email="guest@people.example")
    Client().post(link_of(other, Party.ATTENDEE))
    second.post(link_of(other, Party.ATTENDEE))
    second.post(f"{call_page(other)}/send-code")
    digits = codes.digits_of(MailedCode.objects.get())
    # A browser keeps the passes of several sessions apart by their paths; this client does not.
    second.cookies[PASS_COOKIE] = here
    assert second.post(f"{call_page(guest_room)}/code", {"code": digits}).status_code == 409


def test_a_revoked_link_takes_its_devices_along(guest_room: Booking, as_host: Client):
    client = Client()
    old = link_of(guest_room, Party.ATTENDEE)
    client.post(old)
    assert exchange(client, guest_room).status_code == 200
    join_links.revoke(JoinLink.objects.get(booking=guest_room, party=Party.ATTENDEE.value))
    assert exchange(client, guest_room).status_code == 404
    assert client.get(call_page(guest_room)).status_code == 302
    assert client.get(old).status_code == 404
    assert client.post(old).status_code == 404
    fresh = link_of(guest_room, Party.ATTENDEE)
    stranger = Client()
    assert stranger.post(fresh).status_code == 303
    assert exchange(stranger, guest_room).status_code == 200
    # The old browser is a second device now.
    client.post(fresh)
    assert exchange(client, guest_room).status_code == 404


def test_so_many_devices_and_no_more(guest_room: Booking):
    answers = [Client().post(link_of(guest_room, Party.ATTENDEE)).status_code for _ in range(12)]
    assert answers == [303] * 10 + [409] * 2
    assert JoinDevice.objects.count() == 10


def test_the_call_page_gets_the_forms_that_are_left(
    guest_room: Booking, two_devices: tuple[Client, Client], as_host: Client
):
    first, second = two_devices
    for client in (first, second, Client()):
        assert client.get(f"{call_page(guest_room)}/asks").status_code == 404
    forms = as_host.get(f"{call_page(guest_room)}/asks")
    number = knocking(as_host, guest_room)
    assert forms.headers["Asks"] == f"device-{number}"
    decide = f"{call_page(guest_room)}/devices/{number}"
    assert f'action="{decide}"' in forms.content.decode()
    left = as_host.post(decide, {"decision": "admit"}, headers={"HX-Request": "true"})
    assert left.headers["Asks"] == ""
    assert left.content.decode().strip() == ""


# Keeping it open


def test_the_question_is_gone_with_its_answer(room: Booking, as_host: Client):
    begun, ended = (clock.now() - timedelta(minutes=ago) for ago in (106, 46))
    Booking.objects.filter(pk=room.pk).update(
        starts_at=begun, ends_at=ended, blocked_from=begun, blocked_until=ended
    )
    assert exchange(as_host, room).json()["asks"] == "longer"
    assert "The door closes soon." in as_host.get(f"{call_page(room)}/asks").content.decode()
    left = as_host.post(f"{call_page(room)}/longer", headers={"HX-Request": "true"})
    assert (left.status_code, left.headers["Asks"]) == (200, "")
    assert exchange(as_host, room).json()["asks"] == ""


def test_the_host_keeps_the_door_open(room: Booking, as_host: Client, as_attendee: Client):
    longer = f"{call_page(room)}/longer"
    assert as_attendee.post(longer).status_code == 404
    assert Client().post(longer).status_code == 404
    assert not Extension.objects.exists()
    assert as_host.post(longer).headers["Location"] == call_page(room)
    assert Extension.objects.get().closes_at == room.ends_at + timedelta(hours=2)
    begun, ended = (clock.now() - timedelta(minutes=ago) for ago in (150, 90))
    Booking.objects.filter(pk=room.pk).update(
        starts_at=begun, ends_at=ended, blocked_from=begun, blocked_until=ended
    )
    Extension.objects.update(closes_at=clock.now() + timedelta(minutes=30))
    assert signed_in(room.attendee).get(call_page(room)).status_code == 200


def test_the_room_follows_its_link(room: Booking, as_attendee: Client):
    MeetingLink.objects.update(status=MeetingLink.Status.DELETED)
    assert as_attendee.get(call_page(room)).status_code == 409
