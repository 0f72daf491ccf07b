"""Does the Whereby adapter make locked rooms whose key only the host gets, and leave no second ones?"""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from duologue.core.errors import NotConfigured, Permanent, ProviderError, Retryable
from duologue.video.contract import INSTALLATION
from duologue.video.registry import provider
from duologue_simulators.faulty import PAGES
from tests.platforms import ATTENDEE, HOST, a_request, goes_wrong
from tests.video.vendor_specs import Spec

ADAPTER = provider("whereby")
CREATE, LIST, ONE = "POST /v1/meetings", "GET /v1/meetings", "GET /v1/meetings/"
LOST = ["lost", "500_after"]
NOTHING_DONE = ["500", "cut", "html", "empty", "truncated", "list", "strange", "huge"]


def make(request=None, key="booking-1:whereby:0"):
    return ADAPTER.create_meeting(request or a_request(), idempotency_key=key, account=INSTALLATION)


def clear_up(request, key="booking-1:whereby:0", kept=()):
    ADAPTER.clear_up(request, idempotency_key=key, kept=frozenset(kept), account=INSTALLATION)


def enters(meeting, request, visitor):
    return ADAPTER.entrance(meeting, request, visitor, account=INSTALLATION)


@pytest.fixture
def web():
    with httpx.Client(trust_env=False, follow_redirects=True) as client:
        yield client


@pytest.fixture
def request_(whereby):
    return a_request()


@pytest.fixture
def made(request_):
    return make(request_)


def now_at(whereby, at):
    """Bring Whereby's clock to an instant."""
    whereby.move_clock(at.timestamp() - whereby.now())


def only(whereby):
    [meeting] = whereby.meetings.values()
    return meeting


class TestWhatIsSaid:
    def test_a_locked_room_for_few_that_goes_four_hours_after_the_end(self, whereby, request_):
        made = make(request_)
        [call] = whereby.calls
        said = call.json()
        prefix = said.pop("roomNamePrefix")
        assert said == {
            "endDate": f"{request_.ends_at + timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}",
            "isLocked": True,
            "roomMode": "normal",
            "roomNamePattern": "uuid",
        }
        assert len(bytes.fromhex(prefix)) == 16
        assert only(whereby).is_gone(request_.ejects_at)
        assert not only(whereby).is_gone(request_.ejects_at - timedelta(seconds=1))
        assert (made.room_id, made.join_url) == (only(whereby).id, f"{whereby.url}/{only(whereby).room}")

    def test_no_name_is_told_before_somebody_enters(self, whereby, made):
        told = b"".join(call.content for call in whereby.calls).decode()
        assert HOST.name not in told

    def test_everything_said_is_in_wherebys_own_description(self, whereby, request_, made):
        spec = Spec("whereby.json", under="/v1")
        clear_up(request_, kept=[made.room_id])
        enters(made, request_, HOST)
        ADAPTER.probe(account=INSTALLATION)
        ADAPTER.delete_meeting(made.room_id, account=INSTALLATION)
        assert {spec.check(call) for call in whereby.calls} == {
            "POST /meetings",
            "GET /meetings",
            "GET /meetings/{meetingId}",
            "DELETE /meetings/{meetingId}",
        }


class TestJoined:
    def test_the_host_opens_the_room_and_the_attendee_is_let_in(self, whereby, request_, made, web):
        now_at(whereby, request_.starts_at)
        hosts, attendees = (enters(made, request_, visitor) for visitor in (HOST, ATTENDEE))
        assert "You are knocking" in web.get(attendees).text
        seen = web.get(hosts).text
        assert f"You are in Whereby room {only(whereby).room} as its host" in seen
        assert "Let Amara Obi in" in seen
        let_in = {"roomKey": only(whereby).key, "who": ATTENDEE.person}
        web.post(made.join_url, data=let_in)
        assert "as a guest" in web.get(attendees).text
        assert [one.role for one in only(whereby).clients] == ["host", "granted_visitor"]

    def test_the_key_is_fetched_at_entering_and_neither_kept_nor_given_to_the_attendee(
        self, whereby, request_, made
    ):
        key = only(whereby).key
        assert key not in repr(made) + made.join_url + enters(made, request_, ATTENDEE)
        assert not whereby.asked(ONE)
        assert f"roomKey={key}" in enters(made, request_, HOST)
        assert len(whereby.asked(ONE)) == 1

    def test_an_early_guest_who_kept_the_address_waits_at_the_door(self, whereby, request_, made, web):
        assert "You are knocking" in web.get(enters(made, request_, ATTENDEE)).text
        assert not only(whereby).clients

    def test_four_hours_after_the_end_the_room_is_gone(self, whereby, request_, made, web):
        url = enters(made, request_, HOST)
        now_at(whereby, request_.ejects_at)
        assert "not available" in web.get(url).text
        with pytest.raises(Permanent, match="does not know") as met:
            enters(made, request_, HOST)
        assert met.value.code == "room_gone"

    @pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", 7, "https://x\ny"])
    def test_no_host_is_led_to_an_address_that_is_none(self, whereby, request_, made, monkeypatch, url):
        monkeypatch.setitem(PAGES, "strange", (200, {"hostRoomUrl": url}))
        goes_wrong(whereby, "strange", ONE)
        with pytest.raises(Retryable, match="cannot be read"):
            enters(made, request_, HOST)


class TestRepeated:
    @pytest.mark.parametrize("kind", [*LOST, *NOTHING_DONE])
    def test_after_a_lost_answer_the_next_try_makes_a_room_at_once(self, whereby, request_, kind):
        goes_wrong(whereby, kind, CREATE)
        with pytest.raises(Retryable):
            make(request_)
        assert make(request_).room_id in whereby.meetings
        assert not whereby.asked(LIST)
        assert len(whereby.meetings) == (2 if kind in LOST else 1)

    @pytest.mark.parametrize("kind", LOST)
    def test_the_room_that_nobody_learned_of_is_taken_away(self, whereby, request_, kind):
        goes_wrong(whereby, kind, CREATE)
        with pytest.raises(Retryable):
            make(request_)
        made = make(request_)
        clear_up(request_, kept=[made.room_id])
        assert list(whereby.meetings) == [made.room_id]
        clear_up(request_)
        assert not whereby.meetings

    def test_it_is_found_among_hundreds(self, whereby, request_):
        make(request_)
        others = {make(request_, key=f"other {number}").room_id for number in range(230)}
        clear_up(request_)
        assert set(whereby.meetings) == others
        assert len(whereby.asked(LIST)) == 3

    def test_a_look_that_fails_is_told_and_made_again(self, whereby, request_, made):
        for route in (LIST, "DELETE"):
            goes_wrong(whereby, "500", route)
            with pytest.raises(Retryable, match="Whereby answers 500"):
                clear_up(request_)
        clear_up(request_)
        assert not whereby.meetings

    def test_a_list_without_an_end_is_not_read_for_ever(self, whereby, request_, monkeypatch):
        monkeypatch.setitem(PAGES, "strange", (200, {"results": [], "cursor": "more"}))
        goes_wrong(whereby, "strange", LIST, times=1000)
        clear_up(request_)
        assert len(whereby.asked(LIST)) < 100

    def test_one_who_is_busy_names_the_pause(self, whereby, request_):
        whereby.points = 100
        for number in range(33):
            make(request_, key=str(number))
        with pytest.raises(Retryable) as met:
            make(request_)
        assert met.value.retry_after == timedelta(seconds=60)


class TestMovedAndDeleted:
    def test_it_says_that_it_cannot_move_a_room(self, whereby, request_, made):
        assert not ADAPTER.can_update
        asked = len(whereby.calls)
        with pytest.raises(Permanent, match="cannot move"):
            ADAPTER.update_meeting(made.room_id, request_, account=INSTALLATION)
        assert len(whereby.calls) == asked

    def test_deleting_again_is_no_error_and_the_address_leads_nowhere(self, whereby, request_, made, web):
        url = enters(made, request_, HOST)
        for _ in range(2):
            ADAPTER.delete_meeting(made.room_id, account=INSTALLATION)
        assert web.get(url).status_code == 404


class TestRefused:
    def test_a_wrong_key_is_the_operators_matter(self, whereby, settings):
        settings.DUOLOGUE_WHEREBY_API_KEY = "another"
        with pytest.raises(NotConfigured, match="refuses the keys"):
            make()

    def test_an_end_that_is_over_is_refused_for_good(self, whereby):
        with pytest.raises(Permanent, match="Whereby answers 400"):
            make(a_request(datetime(2020, 1, 1, tzinfo=UTC)))

    @pytest.mark.parametrize(
        "changes",
        [{"meetingId": None}, {"meetingId": 7}, {"meetingId": ""}, {"roomUrl": "javascript:alert(1)"}],
    )
    def test_a_room_without_id_or_address_is_none(self, whereby, made, monkeypatch, changes):
        monkeypatch.setitem(PAGES, "strange", (201, {**only(whereby).shown(set()), **changes}))
        goes_wrong(whereby, "strange", CREATE)
        with pytest.raises(ProviderError, match="cannot be read"):
            make(key="another")


def test_a_probe_costs_one_point_and_makes_nothing(whereby):
    assert ADAPTER.probe(account=INSTALLATION) == ""
    assert [call.method for call in whereby.calls] == ["GET"]
    assert not whereby.meetings
