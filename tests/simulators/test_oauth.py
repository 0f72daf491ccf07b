"""Does the simulated consent behave as vendors' do? Over HTTP, as a browser and an app see it."""

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from duologue_simulators.oauth import AMARA, CLIENT_ID, CLIENT_SECRET, NAOKO, OAuthVendor
from duologue_simulators.vendor import Reply, running

BACK = "http://127.0.0.1:9/connected?from=vendor"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code",
    "client_id": CLIENT_ID,
    "redirect_uri": BACK,
    "state": "st&te",
    "scope": "openid read write",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


class Sample(OAuthVendor):
    name = "Sample"
    rights = {"openid": "know who you are", "read": "read things", "write": "write things"}

    def routes(self):
        return {
            **self.consent_routes(),
            "GET /things/(?P<which>.+)": self.guarded(self._thing, "read", "write"),
        }

    def _thing(self, call, grant, which):
        return Reply(200, {"thing": which, "of": grant.person.email})


@pytest.fixture(scope="module")
def server():
    with running(Sample) as found:
        yield found


@pytest.fixture
def vendor(server):
    return server.begin_anew()


@pytest.fixture
def web(server):
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


def decide(web, answer="allow", *, scopes=("openid", "read", "write"), person=NAOKO, asked=ASKED):
    """Open the page and press a button: the answer that arrives at the app."""
    page = web.get("/oauth/authorize", params=asked)
    assert page.status_code == 200
    action = re.search('action="([^"]+)"', page.text)[1].replace("&amp;", "&")
    said = web.post(action, data={"answer": answer, "scope": list(scopes), "person": person.id})
    assert said.status_code == 303
    where = urlsplit(said.headers["location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == "http://127.0.0.1:9/connected"
    return {name: values[-1] for name, values in parse_qs(where.query).items()}


def exchange(web, code, **form):
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    return web.post("/oauth/token", data={**given, **form}, auth=(CLIENT_ID, CLIENT_SECRET))


def renew(web, token, **how):
    how = how or {"auth": (CLIENT_ID, CLIENT_SECRET)}
    return web.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": token}, **how)


def opens(web, token):
    return web.get("/things/one", headers={"Authorization": f"Bearer {token}"}).status_code


def test_who_allows_it_is_sent_back_with_a_code_that_becomes_tokens(vendor, web):
    back = decide(web, person=AMARA)
    assert (back["from"], back["state"]) == ("vendor", "st&te")
    told = exchange(web, back["code"]).json()
    assert (told["expires_in"], told["scope"]) == (3600, "openid read write")
    assert told["refresh_token"]
    assert opens(web, told["access_token"]) == 200
    assert web.get("/things/7", headers={"Authorization": f"Bearer {told['access_token']}"}).json() == {
        "thing": "7",
        "of": AMARA.email,
    }


def test_who_denies_it_is_sent_back_with_an_error(vendor, web):
    assert decide(web, "deny") == {"from": "vendor", "state": "st&te", "error": "access_denied"}


def test_what_was_unticked_is_not_granted(vendor, web):
    told = exchange(web, decide(web, scopes=["openid"])["code"]).json()
    assert told["scope"] == "openid"
    assert opens(web, told["access_token"]) == 403


def test_nothing_is_granted_that_was_not_asked(vendor, web):
    asked = {**ASKED, "scope": "read"}
    told = exchange(web, decide(web, scopes=["read", "write"], asked=asked)["code"]).json()
    assert told["scope"] == "read"


def test_an_app_that_names_no_scopes_gets_those_it_registered(vendor, web):
    vendor.asks_scopes = False
    asked = {name: value for name, value in ASKED.items() if name != "scope"}
    assert exchange(web, decide(web, asked=asked)["code"]).json()["scope"] == "openid read write"


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "another"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": ""},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"scope": "everything"},
    ],
)
def test_a_wrong_request_is_told_and_leads_nowhere(vendor, web, wrong):
    for ask in (web.get, web.post):
        said = ask("/oauth/authorize", params={**ASKED, **wrong})
        assert (said.status_code, said.headers.get("location")) == (400, None)


def test_a_code_serves_once(vendor, web):
    code = decide(web)["code"]
    assert exchange(web, code).status_code == 200
    again = exchange(web, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "wrong", [{"code_verifier": "w" * 43}, {"code_verifier": ""}, {"redirect_uri": "http://127.0.0.1:9/x"}]
)
def test_a_code_serves_only_who_asked_for_it(vendor, web, wrong):
    code = decide(web)["code"]
    assert exchange(web, code, **wrong).json()["error"] == "invalid_grant"
    assert exchange(web, code).json()["error"] == "invalid_grant"


def test_a_code_is_over_after_five_minutes(vendor, web):
    code = decide(web)["code"]
    vendor.move_clock(301)
    assert exchange(web, code).json()["error"] == "invalid_grant"


def test_an_access_token_is_over_after_an_hour_and_renewed_without_the_person(vendor, web):
    access, refresh = vendor.connect()
    assert opens(web, access) == 200
    vendor.move_clock(3601)
    assert opens(web, access) == 401
    told = renew(web, refresh).json()
    assert opens(web, told["access_token"]) == 200
    assert "refresh_token" not in told


def test_rotation_kills_the_old_refresh_token(vendor, web):
    vendor.rotation = "kills"
    _, first = vendor.connect()
    second = renew(web, first).json()["refresh_token"]
    assert renew(web, first).json()["error"] == "invalid_grant"
    assert renew(web, second).status_code == 200


def test_rotation_may_leave_the_old_one_alive(vendor, web):
    vendor.rotation = "adds"
    _, first = vendor.connect()
    second = renew(web, first).json()["refresh_token"]
    assert {renew(web, one).status_code for one in (first, second)} == {200}


def test_a_refresh_token_may_die_of_age(vendor, web):
    vendor.refresh_lives = 7 * 86400
    _, refresh = vendor.connect()
    vendor.move_clock(7 * 86400 - 1)
    assert renew(web, refresh).status_code == 200
    vendor.move_clock(2)
    assert renew(web, refresh).json()["error"] == "invalid_grant"


def test_a_newer_consent_may_end_the_earlier_one(vendor, web):
    vendor.one_grant = True
    first, _ = vendor.connect(NAOKO)
    other, _ = vendor.connect(AMARA)
    second, _ = vendor.connect(NAOKO)
    assert [opens(web, one) for one in (first, other, second)] == [401, 200, 200]


@pytest.mark.parametrize("which", [0, 1])
def test_giving_back_any_token_ends_the_consent(vendor, web, which):
    tokens = vendor.connect()
    said = web.post("/oauth/revoke", data={"token": tokens[which]})
    assert said.status_code == 200
    assert opens(web, tokens[0]) == 401
    assert renew(web, tokens[1]).json()["error"] == "invalid_grant"
    assert web.post("/oauth/revoke", data={"token": tokens[which]}).status_code == 400


def test_the_person_can_take_it_all_back(vendor, web):
    access, refresh = vendor.connect()
    vendor.end_consents()
    assert opens(web, access) == 401
    assert renew(web, refresh).json()["error"] == "invalid_grant"


def test_the_client_proves_itself_where_the_vendor_wants_it(vendor, web):
    _, refresh = vendor.connect()
    by_form = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    data = {"grant_type": "refresh_token", "refresh_token": refresh}
    assert web.post("/oauth/token", data={**data, **by_form}).status_code == 200
    vendor.takes = ("basic",)
    assert web.post("/oauth/token", data={**data, **by_form}).json()["error"] == "invalid_client"
    assert renew(web, refresh, auth=(CLIENT_ID, "guessed")).status_code == 401
    assert renew(web, refresh).status_code == 200


def test_no_other_way_to_tokens_is_open(vendor, web):
    said = web.post("/oauth/token", data={"grant_type": "password"}, auth=(CLIENT_ID, CLIENT_SECRET))
    assert said.json()["error"] == "unsupported_grant_type"
    assert opens(web, "guessed") == 401


def test_a_person_at_a_browser_makes_trouble_and_ends_it(vendor, web):
    access, _refresh = vendor.connect()
    assert opens(web, access) == 200
    front = web.get("/").text
    assert "GET /things/" in front

    def press(words):
        name = re.search(f'value="([a-z]+)">{words}<', front)[1]
        said = web.post("/_sim/press", data={"button": name})
        assert said.headers["Location"] == "/"

    press("Be down")
    assert [opens(web, access) for _ in range(3)] == [503] * 3
    press("Answer again")
    assert opens(web, access) == 200
    press("End all consents")
    assert opens(web, access) == 401


def test_its_clock_goes_with_the_one_of_who_asks(vendor, web):
    access, _refresh = vendor.connect()
    vendor.moved_by = lambda: 3601.0
    assert opens(web, access) == 401
