"""Does the Zoom adapter make, move, open and delete meetings, whatever goes wrong at Zoom?"""

from datetime import timedelta

import pytest

from duologue.core.errors import NeedsReconnect, Permanent, Retryable
from duologue.video.contract import Account
from duologue.video.registry import provider
from duologue_simulators.faulty import PAGES
from duologue_simulators.oauth import AMARA
from tests.platforms import ATTENDEE, HOST, a_request, everything, goes_wrong
from tests.simulators.stripe_spec import fits
from tests.video.vendor_specs import Spec, described

CREATE, LIST = "POST /v2/users/me/meetings", "GET /v2/users/me/meetings"
ONE = "/v2/meetings/"
ADAPTER = provider("zoom")


def only(zoom):
    (meeting,) = zoom.meetings.values()
    return meeting


def enters(meeting, visitor, account):
    return ADAPTER.entrance(meeting, a_request(), visitor, account=account)


ALL = ["create", "update", "delete", "host", "probe"]


class TestCreated:
    def test_a_meeting_is_made_at_the_requests_time_with_passcode_and_waiting_room(self, zoom, make):
        request = a_request(minutes=25)
        made = make(request)
        meeting = only(zoom)
        assert made.room_id == str(meeting.id)
        assert made.join_url == meeting.join_url(zoom.url)
        assert made.passcode == meeting.given["password"]
        assert len(made.passcode) == 10
        assert (meeting.starts, meeting.ends) == (request.starts_at, request.ends_at)
        assert meeting.given["settings"] == {
            "waiting_room": True,
            "join_before_host": False,
            "approval_type": 2,
            "meeting_authentication": False,
            "email_notification": False,
            "registrants_email_notification": False,
            "auto_recording": "none",
            "private_meeting": True,
            "use_pmi": False,
        }

    def test_zoom_learns_no_names(self, zoom, make):
        make()
        told = b"".join(call.content for call in zoom.calls).decode()
        assert HOST.name not in told
        assert ATTENDEE.name not in told
        assert only(zoom).given["topic"] == "Duologue"

    def test_a_session_of_broken_minutes_ends_no_earlier_at_zoom(self, zoom, make):
        request = a_request()
        make(a_request(request.starts_at, ends_at=request.starts_at + timedelta(seconds=61)))
        assert only(zoom).given["duration"] == 2

    def test_the_same_key_again_gives_the_same_meeting(self, zoom, make):
        request = a_request()
        assert make(request) == make(request)
        assert len(zoom.meetings) == 1
        assert len(zoom.asked(CREATE)) == 1

    def test_another_key_gives_another_meeting_with_another_passcode(self, zoom, make):
        one, other = make(key="a"), make(key="b")
        assert len(zoom.meetings) == 2
        assert one.passcode != other.passcode

    def test_the_same_key_for_another_time_moves_the_meeting_that_is_there(self, zoom, make):
        first, later = make(), a_request(minutes=90)
        assert make(later) == first
        assert (only(zoom).starts, only(zoom).ends) == (later.starts_at, later.ends_at)

    def test_it_is_found_among_hundreds(self, zoom, make):
        make(key="another")
        _multiply(zoom, 400)
        request = a_request()
        goes_wrong(zoom, "lost", CREATE)
        with pytest.raises(Retryable):
            make(request)
        newest = max(zoom.meetings.values(), key=lambda one: one.created)
        assert make(request).room_id == str(newest.id)
        assert len(zoom.meetings) == 402

    def test_a_list_without_an_end_is_not_read_for_ever(self, zoom, make, monkeypatch):
        monkeypatch.setitem(PAGES, "strange", (200, {"meetings": [], "next_page_token": "more"}))
        goes_wrong(zoom, "strange", LIST, times=1000)
        make()
        assert len(zoom.meetings) == 1

    def test_where_the_account_has_rules_for_passcodes_zoom_makes_one(self, zoom, make):
        zoom.passcodes = "[0-9]{6}"
        made = make()
        assert made.passcode == only(zoom).given["password"]
        assert made.passcode.isdecimal()
        assert len(zoom.meetings) == 1

    def test_a_wrong_request_is_not_repeated(self, zoom, make):
        with pytest.raises(Permanent, match="invalid"):
            make(a_request(title="x" * 201))
        assert len(zoom.asked(CREATE)) == 1


def _multiply(zoom, count):
    """Many more meetings such as the one that is there."""
    first = only(zoom)
    for number in range(1, count + 1):
        one = type(first)(first.id + number, first.host, first.given, first.created)
        zoom.meetings[one.id] = one


class TestJoined:
    def test_the_host_starts_it_and_the_attendee_is_let_in(self, zoom, make, account, web):
        made = make()
        attendees = enters(made, ATTENDEE, account)
        assert attendees == made.join_url
        assert "Waiting for the host" in web.get(attendees).text
        assert f"meeting {made.room_id} as its host" in web.get(enters(made, HOST, account)).text
        assert "as a guest" in web.get(attendees).text

    def test_the_hosts_address_is_fresh_each_time_and_so_never_over(self, zoom, make, account, web):
        made = make()
        first = enters(made, HOST, account)
        zoom.move_clock(2 * 3600 + 1)
        later = Account(account.name, zoom.connect()[0])
        second = enters(made, HOST, later)
        assert first != second
        assert "Sign in" in web.get(first).text
        assert "as its host" in web.get(second).text

    def test_what_is_kept_opens_nothing_as_host(self, zoom, make):
        made = make()
        keys = only(zoom).keys
        assert keys
        assert not any(key in repr(made) or key in made.join_url for key in keys)

    def test_an_attendee_costs_no_question(self, zoom, make, account):
        made = make()
        before = len(zoom.calls)
        enters(made, ATTENDEE, account)
        assert len(zoom.calls) == before

    def test_a_meeting_of_another_account_is_told(self, zoom, make, account):
        made = make()
        other = Account(AMARA.email, zoom.connect(AMARA)[0])
        with pytest.raises(Permanent, match="another Zoom account"):
            enters(made, HOST, other)


class TestMovedAndDeleted:
    def test_a_moved_meeting_keeps_its_address(self, zoom, make, account):
        made = make()
        later = a_request(only(zoom).starts + timedelta(days=1), minutes=80)
        assert ADAPTER.update_meeting(made.room_id, later, account=account) == made
        assert (only(zoom).starts, only(zoom).ends) == (later.starts_at, later.ends_at)

    def test_what_is_as_wished_is_not_changed_and_costs_none_of_the_days_changes(self, zoom, make, account):
        request = a_request()
        made = make(request)
        ADAPTER.update_meeting(made.room_id, request, account=account)
        assert not zoom.asked("PATCH")

    def test_a_meeting_that_is_gone_cannot_be_moved(self, zoom, make, account):
        made = make()
        zoom.meetings.clear()
        with pytest.raises(Permanent, match="does not know") as met:
            ADAPTER.update_meeting(made.room_id, a_request(), account=account)
        assert met.value.code == "room_gone"

    def test_it_is_deleted_and_deleting_again_is_no_error(self, zoom, make, account, web):
        made = make()
        for _ in range(2):
            ADAPTER.delete_meeting(made.room_id, account=account)
        assert not zoom.meetings
        assert web.get(made.join_url).status_code == 404

    def test_zoom_writes_to_nobody_about_it(self, zoom, make, account):
        ADAPTER.delete_meeting(make().room_id, account=account)
        (call,) = zoom.asked("DELETE")
        assert call.query == {"schedule_for_reminder": "false", "cancel_meeting_reminder": "false"}

    def test_one_that_ended_is_as_good_as_deleted(self, zoom, make, account):
        made = make()
        only(zoom).ended = True
        ADAPTER.delete_meeting(made.room_id, account=account)

    def test_one_that_is_going_on_is_deleted_later(self, zoom, make, account):
        made = make()
        only(zoom).started = True
        with pytest.raises(Retryable) as met:
            ADAPTER.delete_meeting(made.room_id, account=account)
        assert met.value.retry_after == timedelta(minutes=15)

    def test_zoom_forgets_old_meetings_by_itself(self, zoom, make, account):
        made = make()
        zoom.move_clock(40 * 86_400)
        ADAPTER.delete_meeting(made.room_id, account=Account("", zoom.connect()[0]))


class TestRefused:
    @pytest.mark.parametrize("what", ALL)
    @pytest.mark.parametrize("told", [(400, 4700), (400, 4711), (401, 4700)])
    def test_a_missing_right_needs_a_new_consent(self, zoom, make, what, told):
        zoom.lacks_as = told
        made = make()
        poor = Account("", zoom.connect(scopes=[])[0])
        with pytest.raises(NeedsReconnect, match="connect again") as met:
            everything(ADAPTER, made, poor)[what]()
        assert met.value.code == "rights_missing"

    def test_an_account_that_is_gone_needs_another(self, zoom, make, account, monkeypatch):
        monkeypatch.setitem(PAGES, "400", (404, {"code": 1001, "message": "User does not exist."}))
        goes_wrong(zoom, "400")
        with pytest.raises(NeedsReconnect, match="gone") as met:
            ADAPTER.probe(account=account)
        assert met.value.code == "account_gone"

    def test_the_days_limit_is_waited_for_as_zoom_says(self, zoom, make):
        zoom.daily_limit = 0
        with pytest.raises(Retryable) as met:
            make()
        assert timedelta(0) < met.value.retry_after <= timedelta(days=1)

    def test_nor_is_it_waited_for_where_zoom_names_no_end(self, zoom, make):
        zoom.daily_limit, zoom.daily_refusal = 0, 300
        with pytest.raises(Permanent, match="today") as met:
            make()
        assert met.value.code == "daily_limit"

    def test_too_many_a_second_wait_a_moment(self, zoom, make):
        zoom.per_second = {"Medium": 0}
        with pytest.raises(Retryable) as met:
            make()
        assert met.value.retry_after == timedelta(seconds=2)


class TestTrouble:
    @pytest.mark.parametrize("kind", ["500", "500_after", "503", "cut", "lost", "html", "empty", "truncated"])
    def test_where_the_list_is_lost_a_repeat_makes_one_meeting(self, zoom, make, kind):
        request = a_request()
        goes_wrong(zoom, kind, LIST)
        with pytest.raises(Retryable):
            make(request)
        made = make(request)
        assert only(zoom).join_url(zoom.url) == made.join_url

    def test_a_list_that_cannot_be_read_makes_no_second_meeting(self, zoom, make):
        request = a_request()
        goes_wrong(zoom, "lost", CREATE)
        with pytest.raises(Retryable):
            make(request)
        goes_wrong(zoom, "strange", LIST)
        with pytest.raises(Retryable):
            make(request)
        assert len(zoom.meetings) == 1

    @pytest.mark.parametrize("kind", ["500", "cut", "lost"])
    def test_moving_can_be_repeated(self, zoom, make, account, kind):
        made, later = make(), a_request(minutes=90)
        goes_wrong(zoom, kind, "PATCH")
        with pytest.raises(Retryable):
            ADAPTER.update_meeting(made.room_id, later, account=account)
        ADAPTER.update_meeting(made.room_id, later, account=account)
        assert only(zoom).ends == later.ends_at

    @pytest.mark.parametrize(
        "changes",
        [
            {"id": None},
            {"id": "../users/me"},
            {"id": True},
            {"join_url": None},
            {"join_url": "javascript:alert(1)"},
            {"join_url": "https://zoom.us/j/1\nSet-Cookie: a"},
            {"join_url": ""},
            {"join_url": ["https://zoom.us"]},
        ],
    )
    def test_a_meeting_without_id_or_address_is_none(self, zoom, make, account, monkeypatch, changes):
        made = make()
        whole = {**only(zoom).whole(zoom.url, zoom.at), **changes}
        monkeypatch.setitem(PAGES, "strange", (200, whole))
        goes_wrong(zoom, "strange", f"GET {ONE}")
        with pytest.raises(Retryable, match="cannot be read"):
            ADAPTER.update_meeting(made.room_id, a_request(), account=account)

    @pytest.mark.parametrize("start_url", [None, "", "javascript:alert(1)", 7])
    def test_nobody_is_led_to_an_address_that_is_none(self, zoom, make, account, monkeypatch, start_url):
        made = make()
        monkeypatch.setitem(PAGES, "strange", (200, {"start_url": start_url}))
        goes_wrong(zoom, "strange", f"GET {ONE}")
        with pytest.raises(Retryable, match="cannot be read"):
            enters(made, HOST, account)

    @pytest.mark.parametrize("passcode", [None, 123456, "x" * 65, "a\x00b"])
    def test_a_passcode_that_is_none_is_left_out(self, zoom, make, account, monkeypatch, passcode):
        made, request = make(), a_request()
        whole = {**only(zoom).whole(zoom.url, zoom.at), "password": passcode}
        monkeypatch.setitem(PAGES, "strange", (200, whole))
        goes_wrong(zoom, "strange", f"GET {ONE}")
        assert ADAPTER.update_meeting(made.room_id, request, account=account).passcode == ""


def test_a_probe_tells_whose_account_it_is_and_makes_nothing(zoom, account):
    assert ADAPTER.probe(account=account) == "naoko@studio.example"
    assert not zoom.meetings


def test_what_zoom_is_asked_is_what_it_describes(zoom, make, account):
    types = described("zoom-fields.json")["types"]
    older = Spec("zoom.json", under="/v2")
    made = make()
    make(a_request(minutes=90))
    ADAPTER.entrance(made, a_request(), HOST, account=account)
    ADAPTER.probe(account=account)
    ADAPTER.delete_meeting(made.room_id, account=account)
    (created,), (moved,), (deleted,) = (zoom.asked(method) for method in (CREATE, "PATCH", "DELETE"))
    fits(created.json(), types["CreateMeetingRequestBody"])
    fits(moved.json(), types["UpdateMeetingRequestBody"])
    assert set(deleted.query) <= set(types["DeleteMeetingQueryParams"]["properties"])
    # The older description knows all the calls, and fewer of their fields.
    for call in [*zoom.asked("GET"), deleted]:
        older.check(call)
