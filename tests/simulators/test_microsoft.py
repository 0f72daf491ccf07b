"""Does the simulated Microsoft behave as the real one is known to? Over HTTP, as the real one is used."""

from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from duologue_simulators.microsoft.simulator import PERSONAL, RIGHT, Microsoft
from duologue_simulators.oauth import AMARA, CLIENT_ID, CLIENT_SECRET, NAOKO
from duologue_simulators.vendor import running
from tests.simulators.program import Program

MEETINGS = "/v1.0/me/onlineMeetings"
ASKED = {
    "externalId": "7eb8263f",
    "subject": "Session",
    "startDateTime": "2026-12-01T10:00:00+00:00",
    "endDateTime": "2026-12-01T10:30:00Z",
}
BACK = "http://duologue.example/back"
CONSENT, TOKEN = (f"/organizations/oauth2/v2.0/{name}" for name in ("authorize", "token"))


@pytest.fixture(scope="module")
def server():
    with running(Microsoft) as found:
        yield found


@pytest.fixture
def microsoft(server):
    return server.begin_anew()


@pytest.fixture
def web(server):
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


class App(Program):
    def make(self, **changes):
        body = {name: value for name, value in {**ASKED, **changes}.items() if value is not None}
        return self.ask("POST", f"{MEETINGS}/createOrGet", json=body)

    def refused(self, method, path, **how):
        status, body = self.ask(method, path, **how)
        assert body["error"]["innerError"]["request-id"]
        return status, body["error"]["code"]


@pytest.fixture
def app(microsoft, web):
    return App(web, microsoft.connect()[0])


def at(meeting):
    return f"{MEETINGS}/{quote(meeting['id'], safe='')}"


def test_a_meeting_is_made_once_moved_and_deleted(app, microsoft, web):
    status, made = app.make()
    assert status == 201
    assert app.make(subject="Another") == (200, made)
    assert app.make(externalId="another")[0] == 201
    changes = {"startDateTime": "2026-12-02T10:00:00Z", "endDateTime": "2026-12-02T11:00:00Z"}
    status, moved = app.ask("PATCH", at(made), json=changes)
    assert (status, moved["startDateTime"], moved["joinWebUrl"]) == (
        200,
        changes["startDateTime"],
        made["joinWebUrl"],
    )
    assert app.ask("GET", at(made)) == (200, moved)
    assert web.get(made["joinWebUrl"]).status_code == 200
    assert app.ask("DELETE", at(made)) == (204, None)
    assert app.refused("DELETE", at(made)) == (404, "ResourceNotFound")
    assert app.refused("PATCH", at(made), json=changes) == (404, "ResourceNotFound")
    assert web.get(made["joinWebUrl"]).status_code == 404


def test_each_has_meetings_of_their_own(app, microsoft, web):
    made = app.make()[1]
    other = App(web, microsoft.connect(AMARA)[0])
    assert other.refused("GET", at(made))[0] == 404
    assert other.make()[0] == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"externalId": None},
        {"externalId": 5},
        {"lobbyBypassSettings": {"scope": "everyone"}},
        {"startDateTime": "2026-12-01T10:00:00"},
        {"startDateTime": "tomorrow"},
        {"startDateTime": None},
        {"endDateTime": "2026-12-01T09:00:00Z"},
    ],
)
def test_what_create_or_get_does_not_take_is_refused(app, microsoft, changes):
    status, body = app.make(**changes)
    assert (status, body["error"]["code"]) == (400, "BadRequest")
    assert not microsoft.meetings


def test_the_lobby_is_set_afterwards(app):
    made = app.make()[1]
    assert made["lobbyBypassSettings"]["scope"] == "organization"
    changed = app.ask("PATCH", at(made), json={"lobbyBypassSettings": {"scope": "everyone"}})[1]
    assert changed["lobbyBypassSettings"]["scope"] == "everyone"
    assert app.refused("PATCH", at(made), json={"title": "Session"}) == (400, "BadRequest")


def test_guests_wait_in_the_lobby_and_the_organiser_is_inside(app, web):
    made = app.make()[1]
    lobby = web.get(made["joinWebUrl"]).text
    assert "You wait in the lobby" in lobby
    inside = web.get(made["joinWebUrl"].partition("?")[0], params={"as": NAOKO.email}).text
    assert "as Naoko, the organiser" in inside


def test_personal_accounts_are_known_but_make_no_meetings(microsoft, web):
    person = App(web, microsoft.connect(PERSONAL)[0])
    assert person.ask("GET", "/v1.0/me")[1]["id"] == PERSONAL.id
    status, body = person.make()
    assert (status, body["error"]["code"]) == (401, "AuthenticationError")


def test_an_organisation_without_teams_says_no(microsoft, app):
    microsoft.unlicensed = True
    status, body = app.make()
    assert (status, body["error"]["code"]) == (403, "Forbidden")


def test_a_missing_right_is_named(microsoft, web):
    poor = App(web, microsoft.connect(scopes=["User.Read"])[0])
    status, body = poor.make()
    assert status == 403
    assert RIGHT in body["error"]["message"]
    assert poor.ask("GET", "/v1.0/me")[1]["mail"] == NAOKO.email


def test_a_token_ends(microsoft, app):
    microsoft.move_clock(3601)
    assert app.refused("GET", "/v1.0/me") == (401, "InvalidAuthenticationToken")


class TestConsent:
    def allow(self, web, scope):
        asked = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": BACK,
            "scope": scope,
        }
        data = {"answer": "allow", "scope": scope.split(), "person": NAOKO.id}
        answer = web.post(CONSENT, params=asked, data=data)
        code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
        return self.token(web, grant_type="authorization_code", code=code, redirect_uri=BACK)

    def token(self, web, **form):
        answer = web.post(TOKEN, data={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **form})
        return answer.status_code, answer.json()

    def test_only_who_asks_for_offline_access_gets_a_refresh_token(self, microsoft, web):
        assert "refresh_token" not in self.allow(web, f"openid {RIGHT}")[1]
        assert "refresh_token" in self.allow(web, f"openid offline_access {RIGHT}")[1]

    def test_each_renewal_brings_another_refresh_token_and_the_old_one_serves_on(self, microsoft, web):
        refresh = microsoft.connect()[1]
        found = [self.token(web, grant_type="refresh_token", refresh_token=refresh)[1] for _ in range(2)]
        assert len({refresh, *(one["refresh_token"] for one in found)}) == 3
        microsoft.end_consents()
        status, told = self.token(web, grant_type="refresh_token", refresh_token=refresh)
        assert (status, told["error"]) == (400, "invalid_grant")
        assert told["error_description"].startswith("AADSTS")

    def test_a_consent_cannot_be_given_back(self, microsoft, web):
        assert web.post("/oauth/revoke", data={"token": microsoft.connect()[1]}).status_code == 404
