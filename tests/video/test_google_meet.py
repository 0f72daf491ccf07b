"""Does the Google Meet adapter make, open and close spaces, whatever goes wrong at Google?"""

from datetime import timedelta

import pytest

from duologue.core.errors import NeedsReconnect, NotConfigured, Permanent, ProviderError, Retryable
from duologue.video.contract import Account
from duologue.video.registry import provider
from duologue_simulators.faulty import PAGES
from duologue_simulators.google.simulator import CALENDAR_RIGHT, MEET_RIGHT
from duologue_simulators.oauth import AMARA, NAOKO
from tests.platforms import ATTENDEE, HOST, a_request, everything, goes_wrong

ADAPTER = provider("google_meet")
CREATE, ONE = "POST /v2/spaces", "/v2/spaces/"
TOKEN_INFO = "POST /tokeninfo"
ALL = ["create", "update", "delete", "probe"]


def only(google):
    (space,) = google.spaces.all
    return space


class TestCreated:
    def test_a_space_is_made_that_needs_no_knocking(self, google, make):
        made = make()
        space = only(google)
        assert made.room_id == space.name
        assert made.join_url == f"{google.url}/{space.code}"
        assert space.config == {"accessType": "OPEN"}

    def test_google_learns_no_names_and_no_times(self, google, make):
        make()
        (call,) = google.asked(CREATE)
        assert call.json() == {"config": {"accessType": "OPEN"}}

    def test_every_request_makes_another_space_for_the_api_knows_no_repeats(self, google, make):
        request = a_request()
        assert make(request) != make(request)
        assert len(google.spaces.all) == 2


class TestJoined:
    def test_the_host_enters_as_the_owner_and_the_attendee_without_knocking(self, make, account, web):
        made = make()
        attendees = ADAPTER.entrance(made, a_request(), ATTENDEE, account=account)
        hosts = ADAPTER.entrance(made, a_request(), HOST, account=account)
        assert attendees == made.join_url
        assert "as a guest, without knocking" in web.get(attendees).text
        assert hosts == f"{made.join_url}?authuser=naoko%40studio.example"
        assert "as Naoko, whose meeting it is" in web.get(hosts).text

    def test_a_host_whose_address_is_not_known_enters_by_the_same_one(self, make, account):
        made = make()
        unnamed = Account("", account.secret)
        assert ADAPTER.entrance(made, a_request(), HOST, account=unnamed) == made.join_url

    def test_entering_asks_google_nothing(self, google, make, account):
        made = make()
        before = len(google.calls)
        for visitor in (HOST, ATTENDEE):
            ADAPTER.entrance(made, a_request(), visitor, account=account)
        assert len(google.calls) == before


class TestMovedAndDeleted:
    def test_a_moved_session_keeps_its_space(self, make, account):
        made = make()
        assert ADAPTER.update_meeting(made.room_id, a_request(minutes=90), account=account) == made

    def test_a_space_that_is_gone_cannot_be_kept(self, google, make, account):
        made = make()
        google.spaces.all.clear()
        with pytest.raises(Permanent, match="does not know") as met:
            ADAPTER.update_meeting(made.room_id, a_request(), account=account)
        assert met.value.code == "room_gone"

    def test_deleting_puts_everybody_out_and_lets_nobody_in_any_more(self, google, make, account, web):
        made = make()
        web.get(made.join_url)
        assert only(google).is_on
        for _ in range(2):
            ADAPTER.delete_meeting(made.room_id, account=account)
        assert not only(google).is_on
        assert "You knock" in web.get(made.join_url).text

    def test_nobody_gets_in_between_the_closing_and_the_putting_out(self, google, make, account):
        made = make()
        ADAPTER.delete_meeting(made.room_id, account=account)
        closing, ending = google.calls[-2:]
        assert (closing.method, closing.query) == ("PATCH", {"updateMask": "config.accessType"})
        assert ending.path.endswith(":endActiveConference")

    def test_a_space_that_is_gone_or_anothers_is_no_error(self, google, make, account):
        made = make()
        other = Account(AMARA.email, google.connect(AMARA)[0])
        ADAPTER.delete_meeting(made.room_id, account=other)
        assert only(google).config == {"accessType": "OPEN"}
        google.spaces.all.clear()
        ADAPTER.delete_meeting(made.room_id, account=account)

    @pytest.mark.parametrize("on", ["PATCH", "POST"])
    @pytest.mark.parametrize("kind", ["500", "500_after", "lost", "html"])
    def test_deleting_can_be_repeated(self, google, make, account, kind, on):
        made = make()
        goes_wrong(google, kind, f"{on} {ONE}")
        with pytest.raises(Retryable):
            ADAPTER.delete_meeting(made.room_id, account=account)
        ADAPTER.delete_meeting(made.room_id, account=account)
        assert only(google).config == {"accessType": "RESTRICTED"}


class TestRefused:
    @pytest.mark.parametrize("what", ALL)
    def test_an_unticked_right_needs_a_new_consent(self, google, make, what):
        made = make()
        poor = Account(NAOKO.email, google.connect(scopes=["openid", "email", CALENDAR_RIGHT])[0])
        with pytest.raises(NeedsReconnect, match="leave every box ticked") as met:
            everything(ADAPTER, made, poor)[what]()
        assert met.value.code == "rights_missing"

    @pytest.mark.parametrize("what", ["create", "probe"])
    def test_an_account_that_may_not_use_meet_is_told_so(self, google, make, account, what):
        made = make()
        google.refuses_meet = True
        with pytest.raises(Permanent, match="PERMISSION_DENIED") as met:
            everything(ADAPTER, made, account)[what]()
        assert met.value.code == "not_the_host"

    @pytest.mark.parametrize("what", ALL)
    def test_an_api_that_was_never_switched_on_is_the_operators_to_mend(self, google, make, account, what):
        made = make()
        google.switched_off = {"meet"}
        with pytest.raises(NotConfigured, match="switched on"):
            everything(ADAPTER, made, account)[what]()

    @pytest.mark.parametrize(
        ("reason", "pause"),
        [
            ("userRateLimitExceeded", timedelta(seconds=30)),
            ("rateLimitExceeded", timedelta(seconds=30)),
            ("quotaExceeded", timedelta(minutes=15)),
            ("dailyLimitExceeded", timedelta(minutes=15)),
        ],
    )
    def test_a_limit_that_comes_as_403_is_waited_for(self, google, make, reason, pause):
        google.limits = [reason]
        with pytest.raises(Retryable) as met:
            make()
        assert met.value.retry_after == pause


class TestTrouble:
    @pytest.mark.parametrize("kind", ["500", "500_after", "503", "cut", "lost", "empty", "truncated"])
    def test_a_repeat_makes_a_space_that_works(self, google, make, kind, web):
        goes_wrong(google, kind, CREATE)
        with pytest.raises(Retryable):
            make()
        assert "without knocking" in web.get(make().join_url).text

    @pytest.mark.parametrize(
        "changes",
        [
            {"name": None},
            {"name": "spaces/"},
            {"name": "spaces/a/b"},
            {"name": "spaces/a?b=c"},
            {"name": "spaces/" + "a" * 300},
            {"name": ["spaces/a"]},
            {"meetingUri": None},
            {"meetingUri": "javascript:alert(1)"},
            {"meetingUri": "https://meet.google.com/a b"},
            {"meetingUri": "https:///abc"},
            {"meetingUri": {}},
        ],
    )
    def test_a_space_without_name_or_address_is_none(self, google, make, monkeypatch, changes):
        space = {"name": "spaces/a-1", "meetingUri": "https://meet.google.com/abc-mnop-xyz", **changes}
        monkeypatch.setitem(PAGES, "strange", (200, space))
        goes_wrong(google, "strange", CREATE)
        with pytest.raises(Retryable, match="cannot be read"):
            make()

    @pytest.mark.parametrize(
        "error",
        [
            "forbidden",
            ["forbidden"],
            {"errors": "forbidden", "details": {"reason": "x"}},
            {"errors": [None, 5, {"reason": ["x"]}], "status": 7},
            {"errors": [{"reason": "<b>no</b> token-123"}]},
        ],
    )
    def test_a_refusal_in_a_form_nobody_knows_is_still_one(self, google, make, monkeypatch, error):
        monkeypatch.setitem(PAGES, "403", (403, {"error": error}))
        goes_wrong(google, "403", CREATE)
        with pytest.raises(Permanent) as met:
            make()
        assert met.value.message == "Google answers 403."


class TestProbe:
    def test_it_tells_whose_account_it_is_and_makes_nothing(self, google, account):
        assert ADAPTER.probe(account=account) == NAOKO.email
        assert not google.spaces.all
        assert not google.calendars.events

    def test_the_token_stands_in_no_address(self, google, account):
        ADAPTER.probe(account=account)
        assert google.calls
        assert all(account.secret not in f"{call.path}{call.query}" for call in google.calls)

    def test_without_the_right_to_know_it_names_nobody(self, google):
        unnamed = Account("", google.connect(scopes=[MEET_RIGHT])[0])
        assert ADAPTER.probe(account=unnamed) == ""

    @pytest.mark.parametrize("kind", PAGES)
    def test_whatever_is_said_of_the_token_becomes_one_of_our_errors(self, google, account, kind):
        goes_wrong(google, kind, TOKEN_INFO)
        with pytest.raises(ProviderError) as met:
            ADAPTER.probe(account=account)
        assert type(met.value) in {Retryable, Permanent, NeedsReconnect}
