"""Does our door write down who joined, as their platform tells it, and nothing that anybody else says?"""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from django.test import Client

from duologue.bookings.models import Party
from duologue.calls.models import Sighting
from duologue.core import clock
from duologue.inbox.models import WebhookEvent
from duologue.jobs.models import Job
from duologue.usecases.handle_video_event import handle_video_event
from duologue.video.contract import INSTALLATION
from duologue.video.models import MeetingLink
from duologue.video.registry import provider
from duologue.video.requests import request_for, visitor_of
from duologue.video.webhooks.registry import SOURCES
from duologue_simulators.daily.server import signature as daily_signature
from duologue_simulators.hooks import Hooks
from duologue_simulators.jaas.server import signature as jaas_signature
from duologue_simulators.oauth import NAOKO
from duologue_simulators.whereby.server import signature as whereby_signature
from duologue_simulators.zoom.meetings import Meeting
from duologue_simulators.zoom.simulator import signature as zoom_signature
from tests.cast import make_booking

pytestmark = pytest.mark.django_db
# Daily takes only base64 for a secret; the others take it as it stands.
SECRET, NEWER = "c2VjcmV0IG9mIHRoZXNlIHRlc3Rz", "bmV3ZXI="
ROOM = "81234567890"


@dataclass(frozen=True)
class Speaker:
    """A platform: how it signs, its event of somebody entering a room, and the type of one who leaves."""

    sign: Callable
    joined: Callable
    leaving: str


def zoom_joined(room=ROOM, role="host", at=None, kind="meeting.participant_joined"):
    at = at or clock.now()
    who = {"id": "zoom-host" if role == "host" else "", "user_id": "1", "user_name": "Naoko", "email": ""}
    when = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    participant = {**who, ("leave_time" if kind.endswith("left") else "join_time"): when}
    about = {"id": room, "uuid": "u==", "host_id": "zoom-host", "type": 2, "duration": 50}
    payload = {"account_id": "a", "object": {**about, "participant": participant}}
    return {"event": kind, "event_ts": int(at.timestamp() * 1000), "payload": payload}


def daily_joined(room=ROOM, role="host", at=None, kind="participant.joined"):
    at = (at or clock.now()).timestamp()
    who = {"user_id": "1", "user_name": "Naoko", "session_id": "s", "joined_at": at, "owner": role == "host"}
    who |= {"duration": 0} if kind.endswith("left") else {}
    about = {"version": "1.1.0", "type": kind, "id": f"ptcpt-join-{at}"}
    return {**about, "payload": {"room": room, **who}, "event_ts": at}


def whereby_joined(room=ROOM, role="host", at=None, kind="room.client.joined"):
    at = (at or clock.now()).isoformat()
    who = {"roleName": "host" if role == "host" else "granted_visitor", "displayName": "Naoko"}
    data = {**who, "meetingId": room, "roomName": "/af0b7b66", "subdomain": "x", "numClients": 1}
    return {"id": f"e{at}", "apiVersion": "1.0", "createdAt": at, "type": kind, "data": data}


def jaas_joined(room=ROOM, role="host", at=None, kind="PARTICIPANT_JOINED"):
    at = int((at or clock.now()).timestamp() * 1000)
    about = {"idempotencyKey": f"k{at}", "customerId": "c", "appId": "app", "sessionId": "s"}
    data = {"name": "Naoko", "id": "1", "moderator": role == "host"}
    return {**about, "eventType": kind, "timestamp": at, "fqn": f"app/{room}", "data": data}


SPEAKERS = {
    "daily": Speaker(daily_signature, daily_joined, "participant.left"),
    "jaas": Speaker(jaas_signature, jaas_joined, "PARTICIPANT_LEFT"),
    "whereby": Speaker(whereby_signature, whereby_joined, "room.client.left"),
    "zoom": Speaker(zoom_signature, zoom_joined, "meeting.participant_left"),
}


def test_every_platform_that_may_speak_is_listened_to_here():
    assert set(SPEAKERS) == set(SOURCES)


@pytest.fixture(params=sorted(SOURCES))
def name(request, settings):
    setattr(settings, f"DUOLOGUE_{request.param.upper()}_WEBHOOK_SECRETS", [SECRET])
    return request.param


@pytest.fixture
def speaker(name):
    return SPEAKERS[name]


@pytest.fixture
def knock(name, speaker):
    """Post an event, or bytes as they are."""

    def knock(event, *, secret=SECRET, shift=0, headers=None, **more):
        hooks = Hooks(speaker.sign, lambda: clock.machine().timestamp() + shift, secret)
        body = event if isinstance(event, bytes) else hooks.message(event).body
        signed = speaker.sign(body, secret, int(hooks.now())) if headers is None else headers
        client = Client(enforce_csrf_checks=True)
        address = f"/webhooks/{name}"
        return client.post(address, body, content_type="application/json", headers=signed, **more)

    return knock


@pytest.fixture
def booking(paid, attendee, name):
    """A session that begins in five minutes, in a room of the platform."""
    booking = make_booking(paid, attendee, starts_at=clock.now() + timedelta(minutes=5))
    room_at(booking, name)
    return booking


def room_at(booking, platform, room_id=ROOM, status="ready"):
    now = clock.now()
    given = {"platform": platform, "room_id": room_id, "status": status, "created_at": now}
    return MeetingLink.objects.create(booking=booking, **given)


def work():
    """Do the jobs that knocking made."""
    for job in Job.objects.filter(name="handle_video_event"):
        handle_video_event(clock.now(), **job.args)


def nothing_happened():
    return not (WebhookEvent.objects.exists() or Job.objects.exists() or Sighting.objects.exists())


def test_who_joined_is_written_down_once_with_a_job(name, knock, speaker):
    event = speaker.joined()
    response = knock(event)
    assert (response.status_code, response.content) == (200, b"")
    row = WebhookEvent.objects.get()
    assert row.source == name
    assert json.loads(row.body) == event
    job = Job.objects.get()
    assert (job.name, job.args) == ("handle_video_event", {"event_id": row.pk})
    assert [knock(event).status_code for _ in range(3)] == [200] * 3
    assert WebhookEvent.objects.count() == Job.objects.count() == 1


@pytest.mark.parametrize("role", ["host", "attendee"])
def test_it_becomes_evidence_on_the_session(name, knock, speaker, booking, role):
    at = clock.now().replace(microsecond=0)
    knock(speaker.joined(role=role, at=at))
    work()
    sighting = booking.sightings.get()
    assert (sighting.party, sighting.platform, sighting.at) == (role, name, at)
    assert WebhookEvent.objects.get().handled_at is not None


def test_doing_the_job_twice_writes_one_line(knock, speaker, booking):
    knock(speaker.joined())
    work()
    WebhookEvent.objects.update(handled_at=None)
    work()
    assert Sighting.objects.count() == 1


def test_each_time_that_somebody_comes_is_a_line_of_its_own(knock, speaker, booking):
    for minute in range(3):
        knock(speaker.joined(at=clock.now() + timedelta(minutes=minute)))
    work()
    assert Sighting.objects.count() == 3


def test_rooms_that_are_not_ours_are_left_alone(knock, speaker, booking):
    knock(speaker.joined(room="89999999999"))
    work()
    assert not Sighting.objects.exists()
    assert WebhookEvent.objects.get().handled_at is not None


def test_a_room_of_the_same_number_at_another_platform_is_another(knock, speaker, booking):
    MeetingLink.objects.update(platform="elsewhere")
    knock(speaker.joined())
    work()
    assert not Sighting.objects.exists()


def test_a_room_that_was_replaced_meanwhile_still_tells_who_came(knock, speaker, booking):
    MeetingLink.objects.update(status="replaced")
    knock(speaker.joined())
    work()
    assert booking.sightings.exists()


def test_who_tries_the_room_days_before_has_not_come(knock, speaker, booking):
    knock(speaker.joined(at=booking.starts_at - timedelta(hours=1)))
    work()
    assert not Sighting.objects.exists()


def test_times_are_told_on_the_products_clock(knock, speaker, booking, own_clock):
    at = clock.now().replace(microsecond=0)
    clock.set_offset(timedelta(hours=2))
    knock(speaker.joined(at=at))
    work()
    assert booking.sightings.get().at == at + timedelta(hours=2)


def test_that_somebody_left_becomes_evidence_too(knock, speaker, booking):
    knock(speaker.joined(kind=speaker.leaving))
    work()
    assert booking.sightings.get().kind == Sighting.Kind.LEFT


def test_other_news_are_welcome_and_not_kept(knock, speaker):
    assert knock(speaker.joined(kind="room.opened")).status_code == 200
    assert nothing_happened()


@pytest.mark.parametrize("secret", [NEWER, SECRET])
def test_an_old_and_a_new_secret_count_while_they_are_changed(name, knock, speaker, settings, secret):
    setattr(settings, f"DUOLOGUE_{name.upper()}_WEBHOOK_SECRETS", [NEWER, SECRET])
    assert knock(speaker.joined(), secret=secret).status_code == 200
    assert WebhookEvent.objects.exists()


@pytest.mark.parametrize(
    "how", [{"headers": {}}, {"secret": "of-somebody"}, {"secret": ""}, {"shift": -400}, {"shift": 400}]
)
def test_what_is_not_signed_just_now_changes_nothing(knock, speaker, booking, how):
    assert knock(speaker.joined(), **how).status_code == 400
    assert nothing_happened()


def test_a_signature_of_another_body_changes_nothing(knock, speaker, booking):
    other = speaker.sign(b"{}", SECRET, int(clock.machine().timestamp()))
    assert knock(speaker.joined(), headers=other).status_code == 400
    assert nothing_happened()


def test_what_was_overheard_is_worthless_later(knock, speaker, booking):
    body = json.dumps(speaker.joined()).encode()
    old = speaker.sign(body, SECRET, int(clock.machine().timestamp()) - 600)
    assert knock(body, headers=old).status_code == 400
    assert nothing_happened()


def test_what_was_overheard_and_repeated_at_once_changes_nothing_more(knock, speaker, booking):
    body = json.dumps(speaker.joined()).encode()
    signed = speaker.sign(body, SECRET, int(clock.machine().timestamp()))
    for _ in range(2):
        assert knock(body, headers=signed).status_code == 200
    work()
    assert Sighting.objects.count() == WebhookEvent.objects.count() == 1


def test_without_secrets_nobody_is_believed(name, knock, speaker, settings):
    setattr(settings, f"DUOLOGUE_{name.upper()}_WEBHOOK_SECRETS", [])
    for secret in (SECRET, ""):
        assert knock(speaker.joined(), secret=secret).status_code == 400
    assert nothing_happened()


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b"no json", b"\x00", b"\xc3\x28", b"[" * 100_000], ids=repr
)
def test_what_is_signed_and_no_event_changes_nothing(knock, body):
    assert knock(body).status_code == 400
    assert nothing_happened()


def test_a_giant_is_not_even_read(knock, speaker):
    assert knock({**speaker.joined(), "padding": "x" * 300_000}).status_code == 413
    assert nothing_happened()
    assert knock({**speaker.joined(), "padding": "x" * 200_000}).status_code == 200


def test_a_size_that_is_no_number_changes_nothing(knock, speaker):
    assert knock(speaker.joined(), CONTENT_LENGTH="much").status_code == 400
    assert nothing_happened()


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "options"])
def test_only_posting_is_possible(name, method):
    assert getattr(Client(), method)(f"/webhooks/{name}").status_code == 405


@pytest.mark.parametrize("slug", ["builtin", "link", "nobody", "zoom-2", "ZOOM"])
def test_nobody_else_is_listened_to(slug):
    assert Client().post(f"/webhooks/{slug}", b"{}", content_type="application/json").status_code == 404
    assert nothing_happened()


def test_a_refusal_is_logged_without_a_word_of_what_was_said(knock, speaker, caplog):
    event = speaker.joined()
    knock(event, secret="of-somebody")
    assert "refused" in caplog.text
    for word in (SECRET, "of-somebody", ROOM, "Naoko"):
        assert word not in caplog.text


class TestZoom:
    """Zoom asks at times whether the address is ours, and is answered at once."""

    QUESTION = {"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}}

    @pytest.fixture(autouse=True)
    def _secrets(self, settings):
        settings.DUOLOGUE_ZOOM_WEBHOOK_SECRETS = [NEWER, SECRET]

    def ask(self, question, secret=SECRET, headers=None):
        body = json.dumps(question).encode()
        signed = (
            headers if headers is not None else zoom_signature(body, secret, int(clock.machine().timestamp()))
        )
        return Client().post("/webhooks/zoom", body, content_type="application/json", headers=signed)

    @pytest.mark.parametrize("secret", [NEWER, SECRET])
    def test_it_hears_its_token_again_with_our_signature(self, secret):
        response = self.ask(self.QUESTION, secret)
        token = self.QUESTION["payload"]["plainToken"]
        proof = hmac.digest(secret.encode(), token.encode(), "sha256").hex()
        assert response.json() == {"plainToken": token, "encryptedToken": proof}
        assert response.headers["Content-Type"] == "application/json"
        assert nothing_happened()

    def test_nobody_else_gets_anything_signed(self):
        for headers in ({}, zoom_signature(b"{}", SECRET, int(clock.machine().timestamp()))):
            response = self.ask(self.QUESTION, headers=headers)
            assert (response.status_code, response.content) == (400, b"")

    @pytest.mark.parametrize("token", ["v0:1795240652:{}", "", None, "x" * 101])
    def test_nothing_that_is_no_token_is_signed(self, token):
        question = {**self.QUESTION, "payload": {"plainToken": token}}
        assert self.ask(question).status_code == 400

    def test_the_simulated_zoom_is_understood(self, zoom, paid, attendee, settings):
        """The whole way: made by the adapter, entered at Zoom, told, written down."""
        booking = make_booking(paid, attendee, starts_at=clock.now() + timedelta(minutes=5))
        meeting = _made_at(zoom)
        room_at(booking, "zoom", str(meeting.id))
        for who in (meeting.host, None):
            zoom.hooks.tell(meeting.joined(who, zoom.at))
        for message in zoom.hooks.held:
            answer = Client().post(
                "/webhooks/zoom", message.body, content_type="application/json", headers=message.headers
            )
            assert answer.status_code == 200
        work()
        assert sorted(one.party for one in booking.sightings.all()) == [Party.ATTENDEE, Party.HOST]


class TestDaily:
    """Daily tries a new webhook's address with a body that is no event, and wants a 200."""

    def test_the_trial_is_answered_signed_or_not_and_changes_nothing(self, settings):
        settings.DUOLOGUE_DAILY_WEBHOOK_SECRETS = [SECRET]
        body = b'{"test": "test"}'
        for headers in ({}, daily_signature(body, SECRET, _seconds())):
            response = Client().post(
                "/webhooks/daily", body, content_type="application/json", headers=headers
            )
            assert (response.status_code, response.content) == (200, b"")
        assert nothing_happened()

    @pytest.mark.parametrize("body", [b'{"test": "more"}', b'{"test": "test", "type": "participant.joined"}'])
    def test_nothing_else_gets_through_unsigned(self, settings, body):
        settings.DUOLOGUE_DAILY_WEBHOOK_SECRETS = [SECRET]
        response = Client().post("/webhooks/daily", body, content_type="application/json")
        assert response.status_code == 400


@pytest.mark.parametrize("platform", ["daily", "whereby", "jaas"])
def test_the_simulated_platforms_are_understood(request, paid, attendee, platform):
    """The whole way: made by the adapter, entered in a browser, told, written down."""
    vendor, adapter = request.getfixturevalue(platform), provider(platform)
    booking = make_booking(paid, attendee, starts_at=clock.now() + timedelta(minutes=5))
    wish = request_for(booking)
    made = adapter.create_meeting(wish, idempotency_key="a", account=INSTALLATION)
    room_at(booking, platform, made.room_id)
    for party in (Party.HOST, Party.ATTENDEE):
        person = visitor_of(booking, party)
        httpx.get(adapter.entrance(made, wish, person, account=INSTALLATION), trust_env=False)
        if platform == "whereby" and party is Party.ATTENDEE:
            _let_in(vendor, person.person)
            httpx.get(adapter.entrance(made, wish, person, account=INSTALLATION), trust_env=False)
    for message in vendor.hooks.held:
        answer = Client().post(
            f"/webhooks/{platform}", message.body, content_type="application/json", headers=message.headers
        )
        assert answer.status_code == 200
    work()
    assert sorted(one.party for one in booking.sightings.all()) == [Party.ATTENDEE, Party.HOST]


def _let_in(whereby, who):
    [meeting] = whereby.meetings.values()
    data = {"roomKey": meeting.key, "who": who}
    httpx.post(f"{whereby.url}/{meeting.room}", data=data, trust_env=False)


def _seconds():
    return int(clock.machine().timestamp())


def _made_at(zoom):
    return Meeting(81_111_111_111, NAOKO, {"settings": {}}, zoom.at)
