"""Does the Teams adapter make, move and delete meetings, whatever goes wrong at Microsoft?"""

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest

from duologue.core.errors import NeedsReconnect, Permanent, Retryable
from duologue.video.contract import Account
from duologue.video.registry import provider
from duologue_simulators.faulty import PAGES
from duologue_simulators.microsoft.simulator import PERSONAL, RIGHT
from duologue_simulators.oauth import AMARA, NAOKO
from tests.platforms import ATTENDEE, HOST, a_request, everything, goes_wrong

ADAPTER = provider("teams")
MEETINGS = "/v1.0/me/onlineMeetings"
CREATE, GET, PATCH, DELETE = (
    f"POST {MEETINGS}/createOrGet",
    f"GET {MEETINGS}",
    f"PATCH {MEETINGS}",
    f"DELETE {MEETINGS}",
)
ALL = ["create", "update", "delete", "probe"]


def only(microsoft):
    (meeting,) = microsoft.meetings
    return meeting


def times(meeting):
    return tuple(datetime.fromisoformat(meeting.fields[name]) for name in ("startDateTime", "endDateTime"))


class TestCreated:
    def test_a_meeting_is_made_at_the_requests_time_under_an_id_of_ours(self, microsoft, make):
        request = a_request()
        made = make(request)
        (call,) = microsoft.asked(CREATE)
        assert set(call.json()) == {"externalId", "subject", "startDateTime", "endDateTime"}
        assert call.json()["subject"] == "Duologue"
        assert len(call.json()["externalId"]) == 32
        meeting = only(microsoft)
        assert times(meeting) == (request.starts_at, request.ends_at)
        assert made.room_id == meeting.id
        assert made.join_url == meeting.address(microsoft.url)

    def test_the_same_key_for_another_time_moves_the_meeting_that_is_there(self, microsoft, make):
        first, later = make(), a_request(minutes=90)
        assert make(later) == first
        assert times(only(microsoft)) == (later.starts_at, later.ends_at)

    def test_microsoft_learns_no_names(self, microsoft, make, account):
        request = a_request(minutes=20)
        ADAPTER.update_meeting(make().room_id, request, account=account)
        told = b"".join(call.content for call in microsoft.calls).decode()
        assert request.starts_at.strftime("%Y-%m-%dT%H") in told
        for name in (HOST.name, ATTENDEE.name, HOST.person, ATTENDEE.person):
            assert name not in told


class TestJoined:
    def test_both_get_the_same_address_and_teams_knows_the_host(self, microsoft, make, account, web):
        made = make()
        before = len(microsoft.calls)
        addresses = {
            ADAPTER.entrance(made, a_request(), visitor, account=account) for visitor in (HOST, ATTENDEE)
        }
        assert addresses == {made.join_url}
        assert len(microsoft.calls) == before
        lobby = web.get(made.join_url).text
        assert "You wait in the lobby as a guest" in lobby
        assert "I am Naoko, signed in" in lobby


class TestMovedAndDeleted:
    def test_a_moved_meeting_keeps_its_address(self, microsoft, make, account):
        made, later = make(), a_request(minutes=90)
        assert ADAPTER.update_meeting(made.room_id, later, account=account) == made
        assert times(only(microsoft)) == (later.starts_at, later.ends_at)

    def test_it_is_looked_at_again_where_moving_answers_nothing(self, microsoft, make, account, monkeypatch):
        made = make()
        monkeypatch.setitem(PAGES, "strange", (204, None))
        goes_wrong(microsoft, "strange", PATCH)
        assert ADAPTER.update_meeting(made.room_id, a_request(), account=account) == made
        assert len(microsoft.asked(GET)) == 1

    def test_a_meeting_that_is_gone_cannot_be_moved(self, microsoft, make, account):
        made = make()
        microsoft.meetings.clear()
        with pytest.raises(Permanent, match="does not know") as met:
            ADAPTER.update_meeting(made.room_id, a_request(), account=account)
        assert met.value.code == "room_gone"

    def test_it_is_deleted_and_deleting_again_is_no_error(self, microsoft, make, account, web):
        made = make()
        for _ in range(2):
            ADAPTER.delete_meeting(made.room_id, account=account)
        assert not microsoft.meetings
        assert web.get(made.join_url).status_code == 404

    def test_anothers_meeting_is_left_alone(self, microsoft, make):
        made = make()
        other = Account(AMARA.email, microsoft.connect(AMARA)[0])
        ADAPTER.delete_meeting(made.room_id, account=other)
        assert only(microsoft).id == made.room_id

    def test_an_id_stays_one_part_of_the_address_whatever_stands_in_it(self, microsoft, account):
        ADAPTER.delete_meeting("a/../b?c=d#e", account=account)
        (call,) = microsoft.asked("DELETE")
        assert call.path == f"{MEETINGS}/{quote('a/../b?c=d#e', safe='')}"


class TestRefused:
    @pytest.mark.parametrize("what", ["create", "probe"])
    def test_a_personal_account_is_told_kindly_what_to_do(self, microsoft, make, what):
        made = make()
        personal = Account(PERSONAL.email, microsoft.connect(PERSONAL)[0])
        with pytest.raises(NeedsReconnect) as met:
            everything(ADAPTER, made, personal)[what]()
        assert met.value.code == "not_the_host"
        assert met.value.message == (
            "Teams makes meetings only for work and school accounts, not for personal ones: "
            "connect such an account, or choose another platform."
        )

    def test_an_organisation_without_teams_cannot_be_healed_by_connecting_again(self, microsoft, make):
        microsoft.unlicensed = True
        with pytest.raises(
            Permanent, match=r"403 \(Forbidden\): the account may lack a Teams licence"
        ) as met:
            make()
        assert met.value.code == "not_the_host"

    @pytest.mark.parametrize("what", ALL)
    def test_a_missing_right_needs_a_new_consent(self, microsoft, make, what):
        made = make()
        scope = RIGHT if what == "probe" else "User.Read"
        poor = Account(NAOKO.email, microsoft.connect(scopes=[scope])[0])
        with pytest.raises(NeedsReconnect, match="connect again") as met:
            everything(ADAPTER, made, poor)[what]()
        assert met.value.code == "rights_missing"

    def test_nor_is_a_refusal_by_the_directory_final(self, microsoft, make, monkeypatch):
        error = {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}
        monkeypatch.setitem(PAGES, "403", (403, {"error": error}))
        goes_wrong(microsoft, "403")
        with pytest.raises(NeedsReconnect) as met:
            make()
        assert met.value.code == "rights_missing"

    def test_a_wrong_request_is_not_repeated(self, microsoft, make):
        with pytest.raises(Permanent, match="400"):
            make(a_request(ends_at=a_request().starts_at - timedelta(hours=1)))
        assert len(microsoft.asked(CREATE)) == 1


class TestTrouble:
    @pytest.mark.parametrize("kind", ["500", "500_after", "cut", "lost", "html", "strange"])
    def test_moving_can_be_repeated(self, microsoft, make, account, kind):
        made, later = make(), a_request(minutes=90)
        goes_wrong(microsoft, kind, PATCH)
        with pytest.raises(Retryable):
            ADAPTER.update_meeting(made.room_id, later, account=account)
        assert ADAPTER.update_meeting(made.room_id, later, account=account) == made
        assert times(only(microsoft)) == (later.starts_at, later.ends_at)

    @pytest.mark.parametrize(
        "changes",
        [
            {"id": None},
            {"id": "x" * 256},
            {"id": ["x"]},
            {"joinWebUrl": None},
            {"joinWebUrl": ""},
            {"joinWebUrl": "javascript:alert(1)"},
            {"joinWebUrl": "https://teams.microsoft.com/l a"},
        ],
    )
    def test_a_meeting_without_id_or_address_is_none(self, microsoft, make, monkeypatch, changes):
        meeting = {"id": "a", "joinWebUrl": "https://teams.microsoft.com/l/meetup-join/a/0", **changes}
        monkeypatch.setitem(PAGES, "strange", (201, meeting))
        goes_wrong(microsoft, "strange", CREATE)
        with pytest.raises(Retryable, match="cannot be read"):
            make()

    @pytest.mark.parametrize("error", ["no", ["no"], {"code": 7, "message": []}, {"code": "<b>x</b> token"}])
    def test_a_refusal_in_a_form_nobody_knows_is_still_one(self, microsoft, make, monkeypatch, error):
        monkeypatch.setitem(PAGES, "403", (403, {"error": error}))
        goes_wrong(microsoft, "403", CREATE)
        with pytest.raises(Permanent, match=r"^Microsoft answers 403: the account may lack a Teams licence"):
            make()


class TestProbe:
    def test_it_tells_whose_account_it_is_and_makes_nothing(self, microsoft, account):
        assert ADAPTER.probe(account=account) == NAOKO.email
        assert not microsoft.meetings

    @pytest.mark.parametrize("mail", [None, "", "a\nb", 7])
    def test_an_account_without_mail_is_called_by_its_name(self, microsoft, account, monkeypatch, mail):
        told = {"id": "u", "mail": mail, "userPrincipalName": "n@x.example"}
        monkeypatch.setitem(PAGES, "strange", (200, told))
        goes_wrong(microsoft, "strange", "GET /v1.0/me")
        assert ADAPTER.probe(account=account) == "n@x.example"
