"""Does the simulated Google behave as the real one is known to? Over HTTP, as the real one is used."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from duologue_simulators.google.simulator import CALENDAR_RIGHT, MEET_RIGHT, Google
from duologue_simulators.oauth import AMARA, CLIENT_ID, CLIENT_SECRET, NAOKO
from duologue_simulators.vendor import running
from tests.simulators.program import Program

EVENTS = "/calendar/v3/calendars/primary/events"
WITH = {"conferenceDataVersion": "1", "sendUpdates": "none"}
ID = "0123456789abcdefghijklmnopqrstuv"
ASKED = {
    "id": ID,
    "summary": "Session",
    "visibility": "private",
    "guestsCanInviteOthers": False,
    "start": {"dateTime": "2026-12-01T10:00:00Z"},
    "end": {"dateTime": "2026-12-01T11:30:00+01:00"},
    "conferenceData": {
        "createRequest": {"requestId": "one", "conferenceSolutionKey": {"type": "hangoutsMeet"}}
    },
}
BACK = "http://duologue.example/back"
WEEK = 7 * 86_400


@pytest.fixture(scope="module")
def server():
    with running(Google) as found:
        yield found


@pytest.fixture
def google(server):
    return server.begin_anew()


@pytest.fixture
def web(server):
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


class App(Program):
    def insert(self, *, params=WITH, **changes):
        body = {name: value for name, value in {**ASKED, **changes}.items() if value is not None}
        return self.ask("POST", EVENTS, json=body, params=params)

    def get(self, id_=ID):
        return self.ask("GET", f"{EVENTS}/{id_}")

    def patch(self, id_=ID, *, params=WITH, **body):
        return self.ask("PATCH", f"{EVENTS}/{id_}", json=body, params=params)

    def delete(self, id_=ID):
        return self.ask("DELETE", f"{EVENTS}/{id_}", params={"sendUpdates": "none"})


@pytest.fixture
def app(google, web):
    return App(web, google.connect()[0])


def reason(answered):
    """The status of a refusal by an older API, and its reason."""
    status, body = answered
    return status, body["error"]["errors"][0]["reason"]


def state(event):
    return event["conferenceData"]["createRequest"]["status"]["statusCode"]


class TestCalendar:
    def test_a_conference_comes_after_the_answer_and_stays_when_the_event_moves(self, app, google):
        google.calendars.reads = 2
        status, made = app.insert()
        assert (status, state(made)) == (200, "pending")
        assert "entryPoints" not in made["conferenceData"]
        assert "hangoutLink" not in made
        assert state(app.get()[1]) == "pending"
        event = app.get()[1]
        assert state(event) == "success"
        (video,) = [one for one in event["conferenceData"]["entryPoints"] if one["entryPointType"] == "video"]
        assert (
            video["uri"] == event["hangoutLink"] == f"{google.url}/{event['conferenceData']['conferenceId']}"
        )
        later = {"start": {"dateTime": "2026-12-02T10:00:00Z"}, "end": {"dateTime": "2026-12-02T11:00:00Z"}}
        status, moved = app.patch(**later)
        assert (status, moved["start"], moved["hangoutLink"]) == (200, later["start"], event["hangoutLink"])

    def test_a_conference_can_fail(self, app, google):
        google.calendars.outcome = "failure"
        assert state(app.insert()[1]) == "pending"
        event = app.get()[1]
        assert state(event) == "failure"
        assert "hangoutLink" not in event

    def test_the_same_request_again_is_ignored_and_another_makes_another(self, app, google):
        google.calendars.reads = 0
        first = app.insert()[1]["hangoutLink"]
        assert app.patch(conferenceData=ASKED["conferenceData"])[1]["hangoutLink"] == first
        new = {"createRequest": {**ASKED["conferenceData"]["createRequest"], "requestId": "two"}}
        assert app.patch(conferenceData=new)[1]["hangoutLink"] != first

    def test_without_the_version_there_is_no_conference(self, app, google):
        google.calendars.reads = 0
        assert "conferenceData" not in app.insert(params={})[1]
        assert "hangoutLink" in app.insert(id="b" * 5)[1]
        assert "hangoutLink" not in app.patch("b" * 5, params={}, summary="Session")[1]

    def test_an_id_is_taken_for_ever(self, app):
        app.insert()
        assert reason(app.insert()) == (409, "duplicate")
        assert app.delete() == (204, None)
        assert reason(app.delete()) == (410, "deleted")
        assert app.get()[1]["status"] == "cancelled"
        assert reason(app.insert()) == (409, "duplicate")
        assert reason(app.patch(summary="Session")) == (403, "forbidden")
        assert reason(app.get("b" * 5)) == (404, "notFound")

    def test_each_has_a_calendar_of_their_own(self, app, google, web):
        app.insert()
        other = App(web, google.connect(AMARA)[0])
        assert reason(other.get()) == (404, "notFound")
        assert other.insert()[0] == 200

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"id": "w123"}, "invalid"),
            ({"id": "abc-def"}, "invalid"),
            ({"id": 12345}, "badRequest"),
            ({"title": "Session"}, "badRequest"),
            ({"summary": 5}, "badRequest"),
            ({"guestsCanInviteOthers": "no"}, "badRequest"),
            ({"attendees": {"email": AMARA.email}}, "badRequest"),
            ({"start": {"dateTime": "2026-12-01T10:00:00"}}, "invalid"),
            ({"start": {"date_time": "2026-12-01T10:00:00Z"}}, "badRequest"),
            ({"start": None}, "required"),
            ({"end": {"dateTime": "2026-12-01T09:00:00Z"}}, "timeRangeEmpty"),
            ({"conferenceData": {"createRequest": {"requestId": "one"}}}, "invalid"),
        ],
    )
    def test_what_is_not_as_described_is_refused(self, app, google, changes, why):
        assert reason(app.insert(**changes)) == (400, why)
        assert not google.calendars.of(NAOKO)

    @pytest.mark.parametrize(
        "params",
        [
            {"conferenceDataVersion": "2"},
            {"sendUpdates": "nobody"},
            {"version": "1"},
            {"maxAttendees": "two"},
        ],
    )
    def test_parameters_are_looked_at_too(self, app, params):
        assert reason(app.insert(params=params)) == (400, "badRequest")

    def test_limits_come_as_403_with_their_reason(self, app, google):
        google.limits = ["userRateLimitExceeded"]
        status, body = app.get()
        assert (status, body["error"]["errors"][0]["domain"]) == (403, "usageLimits")
        assert reason(app.get()) == (404, "notFound")


class TestMeet:
    def test_a_space_is_made_found_and_changed_but_never_the_same_twice(self, app, google):
        body = {"config": {"accessType": "OPEN"}}
        status, made = app.ask("POST", "/v2/spaces", json=body)
        assert status == 200
        assert re.fullmatch(r"[a-z]{3}-[a-z]{4}-[a-z]{3}", made["meetingCode"])
        assert made["meetingUri"] == f"{google.url}/{made['meetingCode']}"
        assert made["config"]["accessType"] == "OPEN"
        assert app.ask("POST", "/v2/spaces", json=body)[1]["name"] != made["name"]
        for name in (made["name"], f"spaces/{made['meetingCode']}"):
            assert app.ask("GET", f"/v2/{name}") == (200, made)
        changed = {"config": {"accessType": "RESTRICTED"}}
        mask = {"updateMask": "config.accessType"}
        answered = app.ask("PATCH", f"/v2/{made['name']}", json=changed, params=mask)
        assert answered[1]["config"]["accessType"] == "RESTRICTED"

    def test_ending_puts_everybody_out_and_ending_nothing_is_no_error(self, app, google, web):
        made = app.ask("POST", "/v2/spaces", json={"config": {"accessType": "OPEN"}})[1]
        assert "without knocking" in web.get(made["meetingUri"]).text
        assert "activeConference" in app.ask("GET", f"/v2/{made['name']}")[1]
        for _ in range(2):
            assert app.ask("POST", f"/v2/{made['name']}:endActiveConference", json={}) == (200, {})
        assert "activeConference" not in app.ask("GET", f"/v2/{made['name']}")[1]

    def test_what_is_not_there_and_what_is_anothers_look_the_same(self, app, google, web):
        made = app.ask("POST", "/v2/spaces", json={})[1]
        other = App(web, google.connect(AMARA)[0])
        for asking, name in ((app, "spaces/none"), (other, made["name"])):
            status, body = asking.ask("GET", f"/v2/{name}")
            assert (status, body["error"]["status"]) == (403, "PERMISSION_DENIED")

    @pytest.mark.parametrize(
        "body",
        [
            {"title": "Session"},
            {"config": {"accessType": "ANYBODY"}},
            {"config": {"access": "OPEN"}},
            [],
            None,
        ],
    )
    def test_what_is_not_as_described_is_refused(self, app, google, body):
        status, answered = app.ask("POST", "/v2/spaces", json=body)
        assert (status, answered["error"]["status"]) == (400, "INVALID_ARGUMENT")
        assert not google.spaces.all

    def test_guests_knock_where_a_space_is_not_open(self, app, web):
        made = app.ask("POST", "/v2/spaces", json={})[1]
        assert "You knock" in web.get(made["meetingUri"]).text
        inside = web.get(made["meetingUri"], params={"authuser": NAOKO.email}).text
        assert "as Naoko, whose meeting it is" in inside
        assert web.get("/abc-defg-hij").status_code == 404


class TestConsent:
    def ask(self, **more):
        return {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": BACK,
            "scope": f"openid email {MEET_RIGHT} {CALENDAR_RIGHT}",
            "access_type": "offline",
            **more,
        }

    def allow(self, web, *scopes, **more):
        data = {"answer": "allow", "scope": list(scopes), "person": NAOKO.id}
        answer = web.post("/o/oauth2/v2/auth", params=self.ask(**more), data=data)
        code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
        return self.token(web, grant_type="authorization_code", code=code, redirect_uri=BACK)

    def token(self, web, **form):
        answer = web.post("/token", data={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **form})
        return answer.status_code, answer.json()

    def test_the_page_names_every_right_and_each_can_be_unticked(self, google, web):
        shown = web.get("/o/oauth2/v2/auth", params=self.ask()).text
        assert all(words in shown for words in google.rights.values())
        granted = self.allow(web, "openid", "email", MEET_RIGHT)[1]
        assert granted["scope"] == f"openid email {MEET_RIGHT}"
        told = web.post("/tokeninfo", data={"access_token": granted["access_token"]}).json()
        assert (told["email"], told["scope"]) == (NAOKO.email, granted["scope"])

    def test_a_second_consent_brings_a_refresh_token_only_when_asked_for_anew(self, google, web):
        assert "refresh_token" in self.allow(web, MEET_RIGHT)[1]
        assert "refresh_token" not in self.allow(web, MEET_RIGHT)[1]
        assert "refresh_token" in self.allow(web, MEET_RIGHT, prompt="consent")[1]

    def test_a_refresh_token_goes_on_until_the_person_takes_it_back(self, google, web):
        refresh = google.connect()[1]
        renewed = self.token(web, grant_type="refresh_token", refresh_token=refresh)
        assert renewed[0] == 200
        assert "refresh_token" not in renewed[1]
        google.end_consents()
        status, told = self.token(web, grant_type="refresh_token", refresh_token=refresh)
        assert (status, told["error"]) == (400, "invalid_grant")

    def test_an_app_in_testing_is_cut_off_after_a_week(self, google, web):
        google.refresh_lives = WEEK
        refresh = google.connect()[1]
        google.move_clock(WEEK + 1)
        assert (
            self.token(web, grant_type="refresh_token", refresh_token=refresh)[1]["error"] == "invalid_grant"
        )

    def test_a_token_ends_and_is_known_no_more(self, google, web, app):
        token = google.connect()[0]
        google.move_clock(3601)
        assert app.get()[0] == 401
        answer = web.post("/tokeninfo", data={"access_token": token})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_token")

    def test_without_the_right_an_api_says_which_is_missing(self, google, web):
        poor = App(web, google.connect(scopes=[MEET_RIGHT])[0])
        status, body = poor.get()
        assert (status, body["error"]["errors"][0]["reason"]) == (403, "insufficientPermissions")
        assert body["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
        assert poor.ask("POST", "/v2/spaces", json={})[0] == 200

    def test_an_api_that_was_never_switched_on_says_so(self, google, app):
        google.switched_off = {"calendar"}
        assert reason(app.get()) == (403, "accessNotConfigured")
        google.refuses_meet = True
        assert app.ask("POST", "/v2/spaces", json={})[0] == 403
