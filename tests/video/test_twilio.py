"""Does the Twilio adapter make a room when somebody enters, and tokens that let two people into it?"""

from datetime import timedelta

import httpx
import pytest

from duologue.core import clock
from duologue.core.errors import NotConfigured, Permanent, Retryable
from duologue.video import registry
from duologue.video.chain import allowed, is_allowed
from duologue.video.contract import INSTALLATION
from duologue.video.registry import provider
from duologue_simulators import tokens
from duologue_simulators.faulty import PAGES
from duologue_simulators.twilio.server import ACCOUNT, KEY, SECRET
from tests.platforms import ATTENDEE, HOST, a_request, goes_wrong
from tests.video.vendor_specs import Spec

ADAPTER = provider("twilio")
CREATE = "POST /v1/Rooms"


def make(request, key="booking-1:twilio:0"):
    return ADAPTER.create_meeting(request, idempotency_key=key, account=INSTALLATION)


def enters(meeting, request, visitor=HOST):
    return ADAPTER.entrance(meeting, request, visitor, account=INSTALLATION)


def connects(twilio, token):
    """What Twilio's client in a browser does with a token."""
    return httpx.get(f"{twilio.url}/connect", params={"token": token}, trust_env=False).text


@pytest.fixture
def request_(twilio):
    return a_request(clock.now() + timedelta(minutes=5))


@pytest.fixture
def made(request_):
    return make(request_)


class TestMade:
    def test_nothing_is_made_when_a_session_is_booked(self, twilio, request_):
        made = make(request_)
        assert made == make(request_)
        assert len(bytes.fromhex(made.room_id)) == 16
        assert made.join_url == f"/video-call/{request_.booking_id}"
        assert not twilio.calls

    def test_whoever_enters_first_makes_the_room_and_the_second_finds_it(self, twilio, request_, made):
        for visitor in (HOST, ATTENDEE):
            assert enters(made, request_, visitor) == made.join_url
        [room] = twilio.rooms
        assert room.unique_name == made.room_id
        form = twilio.asked(CREATE)[0].form()
        stays = int(form.pop("MaxParticipantDuration"))
        until_ejected = (request_.ejects_at - clock.now()).total_seconds()
        assert abs(stays - until_ejected) < 30
        assert form == {
            "UniqueName": made.room_id,
            "Type": "group",
            "MaxParticipants": "4",
            "EmptyRoomTimeout": "60",
            "UnusedRoomTimeout": "60",
        }

    def test_a_room_that_closed_by_itself_is_made_again_under_its_name(self, twilio, request_, made):
        enters(made, request_)
        twilio.move_clock(3601)
        assert twilio.living(made.room_id) is None
        enters(made, request_)
        assert twilio.living(made.room_id).unique_name == made.room_id

    @pytest.mark.parametrize(("after", "seconds"), [(timedelta(days=3), 86400), (timedelta(), 600)])
    def test_nobody_may_stay_longer_or_shorter_than_twilio_allows(self, twilio, made, after, seconds):
        enters(made, a_request(ejects_at=clock.now() + after))
        assert twilio.asked(CREATE)[0].form()["MaxParticipantDuration"] == str(seconds)

    @pytest.mark.parametrize("kind", ["lost", "500_after"])
    def test_an_answer_that_got_lost_leaves_one_room(self, twilio, request_, made, kind):
        goes_wrong(twilio, kind, CREATE)
        with pytest.raises(Retryable):
            enters(made, request_)
        enters(made, request_)
        assert len(twilio.rooms) == 1

    def test_everything_said_is_in_twilios_own_description(self, twilio, request_, made):
        spec = Spec("twilio.json", under="")
        enters(made, request_)
        ADAPTER.probe(account=INSTALLATION)
        ADAPTER.delete_meeting(made.room_id, account=INSTALLATION)
        asked = {spec.check(call) for call in twilio.calls}
        assert asked == {"POST /v1/Rooms", "GET /v1/Rooms", "POST /v1/Rooms/{Sid}"}


class TestTickets:
    def test_a_token_has_the_form_that_was_measured(self, twilio, request_, made):
        token = ADAPTER.ticket(made, request_, ATTENDEE)
        header, claims = tokens.opened(token, "HS256", tokens.by_secret(SECRET))
        assert header == {"alg": "HS256", "typ": "JWT", "cty": "twilio-fpa;v=1"}
        jti = claims.pop("jti")
        assert jti.startswith(f"{KEY}-")
        assert abs(int(jti.removeprefix(f"{KEY}-")) - clock.machine().timestamp()) < 30
        assert claims == {
            "iss": KEY,
            "sub": ACCOUNT,
            "nbf": int(request_.opens_at.timestamp()) - 10,
            "exp": int(request_.closes_at.timestamp()),
            "grants": {"identity": ATTENDEE.person, "video": {"room": made.room_id}},
        }

    def test_both_meet_in_the_room_under_names_that_lead_nobody_to_them(self, twilio, request_, made):
        enters(made, request_)
        for visitor in (HOST, ATTENDEE):
            seen = connects(twilio, ADAPTER.ticket(made, request_, visitor))
            assert f"You are in Twilio room {made.room_id} as {visitor.person}" in seen
        there = twilio.living(made.room_id).inside(twilio.now())
        assert {one.identity for one in there} == {HOST.person, ATTENDEE.person}

    def test_a_token_opens_no_other_room(self, twilio, request_, made):
        other = make(request_, key="another")
        enters(other, request_)
        assert "Room not found" in connects(twilio, ADAPTER.ticket(made, request_, HOST))

    @pytest.mark.parametrize(
        ("moment", "seen"),
        [
            (lambda one: one.opens_at - timedelta(seconds=14), "nbf"),
            (lambda one: one.opens_at, "You are in"),
            (lambda one: one.closes_at - timedelta(seconds=4), "You are in"),
            (lambda one: one.closes_at, "exp"),
        ],
    )
    def test_entry_is_from_opening_to_closing(self, twilio, request_, made, moment, seen):
        token = ADAPTER.ticket(made, request_, HOST)
        twilio.move_clock(moment(request_).timestamp() - twilio.now())
        enters(made, request_)
        assert seen in connects(twilio, token)

    def test_a_day_is_the_longest_that_twilio_takes(self, twilio, made):
        for_ever = a_request(clock.now(), closes_at=clock.now() + timedelta(days=3))
        enters(made, for_ever)
        assert "You are in" in connects(twilio, ADAPTER.ticket(made, for_ever, HOST))

    def test_who_comes_back_takes_the_place_they_had(self, twilio, request_, made):
        enters(made, request_)
        for _ in range(6):
            assert "You are in" in connects(twilio, ADAPTER.ticket(made, request_, HOST))
        assert len(twilio.living(made.room_id).inside(twilio.now())) == 1

    def test_whoever_is_in_is_thrown_out_four_hours_after_the_end(self, twilio, request_, made):
        enters(made, request_)
        connects(twilio, ADAPTER.ticket(made, request_, HOST))
        room = twilio.living(made.room_id)
        twilio.move_clock((request_.closes_at - clock.now()).total_seconds())
        assert room.inside(twilio.now())
        twilio.move_clock((request_.ejects_at - request_.closes_at).total_seconds() + 30)
        assert not room.inside(twilio.now())


class TestEnded:
    def test_deleting_ends_the_call_and_again_is_no_error(self, twilio, request_, made):
        enters(made, request_)
        connects(twilio, ADAPTER.ticket(made, request_, HOST))
        for _ in range(2):
            ADAPTER.delete_meeting(made.room_id, account=INSTALLATION)
        assert twilio.living(made.room_id) is None

    def test_deleting_what_nobody_entered_is_no_error(self, twilio, made):
        ADAPTER.delete_meeting(made.room_id, account=INSTALLATION)
        assert not twilio.rooms

    def test_a_moved_session_keeps_its_room(self, twilio, request_, made):
        later = a_request(booking_id=request_.booking_id)
        assert ADAPTER.update_meeting(made.room_id, later, account=INSTALLATION) == made
        assert not twilio.calls


class TestRefused:
    def test_too_many_requests_are_waited_for_a_moment(self, twilio, request_, made):
        goes_wrong(twilio, "429")
        with pytest.raises(Retryable) as met:
            enters(made, request_)
        assert met.value.retry_after == timedelta(seconds=5)

    def test_wrong_keys_are_the_operators_matter(self, twilio, request_, made, settings):
        settings.DUOLOGUE_TWILIO_API_SECRET = "another"
        with pytest.raises(NotConfigured, match="refuses the keys"):
            enters(made, request_)

    def test_keys_that_are_none_are_not_sent(self, twilio, request_, made, settings):
        settings.DUOLOGUE_TWILIO_API_SECRET = "schlüssel"
        with pytest.raises(NotConfigured, match="are none"):
            enters(made, request_)
        assert not twilio.calls

    def test_a_room_that_cannot_be_made_is_told(self, twilio, request_, made, monkeypatch):
        monkeypatch.setitem(PAGES, "400", (400, {"code": 53103, "message": "Unable to create Room"}))
        goes_wrong(twilio, "400")
        with pytest.raises(Permanent, match="Twilio Video answers 400"):
            enters(made, request_)


class TestOffered:
    def test_it_is_not_offered_while_no_page_can_speak_for_it(self, twilio, settings, monkeypatch):
        monkeypatch.setattr(registry, "CLIENTS", frozenset())
        settings.DUOLOGUE_VIDEO_ALLOWED = ["twilio", "daily"]
        assert not is_allowed("twilio")
        assert is_allowed("daily")
        assert "twilio" not in list(allowed())

    def test_with_a_client_it_is_offered(self, twilio):
        assert is_allowed("twilio")
