"""Does the Daily adapter make private rooms that open for two people, in time, and for nobody else?"""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from duologue.core import clock
from duologue.core.errors import NotConfigured, Permanent, Retryable
from duologue.video.contract import INSTALLATION
from duologue.video.registry import provider
from duologue_simulators.daily.server import KEY
from duologue_simulators.faulty import PAGES
from tests.platforms import ATTENDEE, HOST, a_request, goes_wrong
from tests.video.vendor_specs import Spec

ADAPTER = provider("daily")
CREATE, TOKENS = "POST /v1/rooms", "POST /v1/meeting-tokens"


def make(request=None, key="booking-1:daily:0"):
    return ADAPTER.create_meeting(request or a_request(), idempotency_key=key, account=INSTALLATION)


def enters(meeting, request, visitor):
    return ADAPTER.entrance(meeting, request, visitor, account=INSTALLATION)


def opened(url):
    return httpx.get(url, trust_env=False).text


def now_at(daily, at):
    """Bring Daily's clock to an instant."""
    daily.move_clock(at.timestamp() - daily.now())


def unix(at):
    return int(at.timestamp())


@pytest.fixture
def request_(daily):
    return a_request()


@pytest.fixture
def made(request_):
    return make(request_)


class TestWhatIsSaid:
    def test_a_private_room_that_opens_and_ends_with_the_session(self, daily, request_):
        made = make(request_)
        [call] = daily.calls
        assert call.json() == {
            "name": made.room_id,
            "privacy": "private",
            "properties": {
                "nbf": unix(request_.opens_at) - 10,
                "exp": unix(request_.ejects_at),
                "eject_at_room_exp": True,
                "max_participants": 4,
                "enable_knocking": False,
                "enable_prejoin_ui": True,
                "lang": "user",
            },
        }
        assert made.join_url == f"{daily.url}/{made.room_id}"

    def test_the_name_has_128_bits_that_nobody_guesses_and_says_nothing(self, daily, request_, settings):
        made = make(request_)
        assert len(bytes.fromhex(made.room_id)) == 16
        settings.SECRET_KEY = "another installation"
        assert make(request_).room_id != made.room_id

    def test_a_token_is_for_one_person_one_room_and_the_time_of_entry(self, daily, request_, made):
        enters(made, request_, HOST)
        assert daily.asked(TOKENS)[0].json() == {
            "properties": {
                "room_name": made.room_id,
                "is_owner": True,
                "user_name": "Naoko Ishida",
                "user_id": "person-of-the-host",
                "nbf": unix(request_.opens_at) - 10,
                "exp": unix(request_.closes_at),
            }
        }

    def test_everything_said_is_in_dailys_own_description(self, daily, request_, made):
        spec = Spec("daily.json", under="/v1")
        goes_wrong(daily, "lost", CREATE)
        with pytest.raises(Retryable):
            make(request_, key="another")
        make(request_, key="another")
        ADAPTER.update_meeting(made.room_id, request_, account=INSTALLATION)
        enters(made, request_, ATTENDEE)
        ADAPTER.delete_meeting(made.room_id, account=INSTALLATION)
        asked = {spec.check(call) for call in daily.calls}
        assert asked == {
            "POST /rooms",
            "POST /rooms/{room_name}",
            "POST /meeting-tokens",
            "DELETE /rooms/{room_name}",
        }

    def test_a_moved_clock_is_ours_alone(self, daily, own_clock):
        clock.set_offset(timedelta(days=30))
        soon = a_request(clock.now() + timedelta(minutes=5))
        made = make(soon)
        assert "You are in" in opened(enters(made, soon, ATTENDEE))


class TestJoined:
    def test_the_host_owns_the_room_and_the_attendee_takes_part(self, daily, request_, made):
        now_at(daily, request_.starts_at)
        seen = {visitor.role: opened(enters(made, request_, visitor)) for visitor in (HOST, ATTENDEE)}
        assert f"You are in Daily room {made.room_id} as its owner" in seen["host"]
        assert "Naoko Ishida" in seen["host"]
        assert f"You are in Daily room {made.room_id} as a participant" in seen["attendee"]
        there = daily.rooms[made.room_id].inside(daily.now())
        assert {one.user_id for one in there} == {HOST.person, ATTENDEE.person}

    def test_without_a_token_nobody_gets_in(self, daily, request_, made):
        now_at(daily, request_.starts_at)
        assert "not allowed" in opened(made.join_url)
        assert "not allowed" in opened(f"{made.join_url}?t=made.up.token")
        assert not daily.rooms[made.room_id].people

    def test_a_token_opens_no_other_room(self, daily, request_, made):
        other = make(request_, key="another")
        token = enters(made, request_, HOST).partition("?")[2]
        now_at(daily, request_.starts_at)
        assert "not allowed" in opened(f"{other.join_url}?{token}")

    @pytest.mark.parametrize(
        ("moment", "seen"),
        [
            (lambda one: one.opens_at - timedelta(seconds=11), "has not opened yet"),
            (lambda one: one.opens_at, "You are in"),
            (lambda one: one.closes_at - timedelta(seconds=1), "You are in"),
            (lambda one: one.closes_at, "has expired"),
        ],
    )
    def test_entry_is_from_opening_to_closing(self, daily, request_, made, moment, seen):
        url = enters(made, request_, ATTENDEE)
        now_at(daily, moment(request_))
        assert seen in opened(url)

    def test_who_is_inside_stays_after_entry_ended_and_is_thrown_out_four_hours_after_the_end(
        self, daily, request_, made
    ):
        now_at(daily, request_.starts_at)
        opened(enters(made, request_, ATTENDEE))
        room = daily.rooms[made.room_id]
        now_at(daily, request_.ejects_at - timedelta(seconds=1))
        assert len(room.inside(daily.now())) == 1
        now_at(daily, request_.ejects_at)
        assert not room.inside(daily.now())

    def test_a_host_who_lets_people_join_longer_gets_tokens_that_last_longer(self, daily, request_, made):
        longer = replace(request_, closes_at=request_.closes_at + timedelta(hours=1))
        url = enters(made, longer, ATTENDEE)
        now_at(daily, request_.closes_at + timedelta(minutes=59))
        assert "You are in" in opened(url)


class TestRepeated:
    @pytest.mark.parametrize("kind", ["lost", "500_after"])
    def test_a_room_whose_answer_got_lost_is_adopted(self, daily, request_, kind):
        goes_wrong(daily, kind, CREATE)
        with pytest.raises(Retryable):
            make(request_)
        made = make(request_)
        assert list(daily.rooms) == [made.room_id]

    def test_it_is_brought_to_the_times_that_hold_now_and_made_private(self, daily, request_, made):
        room = daily.rooms[made.room_id]
        room.privacy = "public"
        later = a_request(request_.starts_at + timedelta(days=1))
        assert make(later) == made
        assert (room.privacy, room.config["exp"]) == ("private", unix(later.ejects_at))

    def test_another_key_makes_another_room(self, daily, request_, made):
        assert make(request_, key="booking-1:daily:1").room_id != made.room_id
        assert len(daily.rooms) == 2

    def test_what_daily_does_not_like_is_not_taken_for_a_room_that_is_there(self, daily, monkeypatch):
        body = {"error": "invalid-request-error", "info": "plan does not allow private rooms"}
        monkeypatch.setitem(PAGES, "400", (400, body))
        goes_wrong(daily, "400", CREATE)
        with pytest.raises(Permanent, match="Daily answers 400"):
            make()
        assert not daily.rooms


class TestMovedAndDeleted:
    def test_a_moved_room_keeps_its_address_and_opens_at_the_new_time_only(self, daily, request_, made):
        later = a_request(request_.starts_at + timedelta(days=1))
        assert ADAPTER.update_meeting(made.room_id, later, account=INSTALLATION) == made
        url = enters(made, later, ATTENDEE)
        now_at(daily, request_.starts_at)
        assert "has not opened yet" in opened(url)
        now_at(daily, later.starts_at)
        assert "You are in" in opened(url)

    def test_a_room_that_is_gone_cannot_be_moved(self, daily, request_, made):
        daily.rooms.clear()
        with pytest.raises(Permanent, match="does not know") as met:
            ADAPTER.update_meeting(made.room_id, request_, account=INSTALLATION)
        assert met.value.code == "room_gone"

    def test_who_has_a_token_finds_no_room_after_it_was_deleted(self, daily, request_, made):
        url = enters(made, request_, ATTENDEE)
        for _ in range(2):
            ADAPTER.delete_meeting(made.room_id, account=INSTALLATION)
        now_at(daily, request_.starts_at)
        assert "does not exist" in opened(url)


class TestRefused:
    def test_a_limit_without_a_named_pause_is_waited_for_a_moment(self, daily, request_):
        daily.limit = 3
        for number in range(3):
            make(request_, key=str(number))
        with pytest.raises(Retryable) as met:
            make(request_, key="one too many")
        assert met.value.retry_after == timedelta(seconds=5)
        daily.move_clock(5)
        make(request_, key="one too many")

    def test_a_wrong_key_is_the_operators_matter(self, daily, settings):
        settings.DUOLOGUE_DAILY_API_KEY = "another"
        with pytest.raises(NotConfigured, match="refuses the keys"):
            make()

    @pytest.mark.parametrize("key", ["schlüssel", "two\nlines", "two words"])
    def test_a_key_that_is_none_is_not_sent(self, daily, settings, key):
        settings.DUOLOGUE_DAILY_API_KEY = key
        with pytest.raises(NotConfigured, match="is none"):
            make()
        assert not daily.calls

    @pytest.mark.parametrize(
        "changes",
        [
            {"url": "javascript:alert(1)"},
            {"url": "https://daily.co/\nSet-Cookie: a"},
            {"url": None},
            {"name": 7},
            {"name": ""},
            {"name": "x" * 256},
            {"privacy": None},
        ],
    )
    def test_a_room_without_name_address_or_privacy_is_none(self, daily, made, monkeypatch, changes):
        whole = {**daily.rooms[made.room_id].shown(daily.url), **changes}
        monkeypatch.setitem(PAGES, "strange", (200, whole))
        goes_wrong(daily, "strange")
        with pytest.raises(Retryable, match="cannot be read"):
            make(key="another")

    def test_a_room_that_is_not_private_is_not_used(self, daily, made, monkeypatch):
        whole = {**daily.rooms[made.room_id].shown(daily.url), "privacy": "public"}
        monkeypatch.setitem(PAGES, "strange", (200, whole))
        goes_wrong(daily, "strange")
        with pytest.raises(Permanent, match="not private"):
            make(key="another")


def test_a_probe_tells_the_domain_and_makes_nothing(daily):
    assert ADAPTER.probe(account=INSTALLATION) == "simulated"
    assert not daily.rooms
    assert KEY not in repr(ADAPTER.settings)
