"""Does the simulated Zoom behave as the real one is known to? Over HTTP, as the real one is used."""

import hmac
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from duologue_simulators.oauth import AMARA, CLIENT_ID, CLIENT_SECRET, NAOKO
from duologue_simulators.vendor import running
from duologue_simulators.zoom.simulator import FREE, SECRET, Zoom

ASKED = {
    "topic": "Session",
    "type": 2,
    "start_time": "2026-12-01T10:00:00Z",
    "duration": 30,
    "timezone": "UTC",
    "agenda": "m" * 300,
    "password": "aB3-_*@x",
    "settings": {"waiting_room": True, "approval_type": 2, "auto_recording": "none"},
}
DAY = 86_400


@pytest.fixture(scope="module")
def server():
    with running(Zoom) as found:
        yield found


@pytest.fixture
def zoom(server):
    found = server.begin_anew()
    # Early on a fixed day, so that no test meets midnight.
    found.move_clock(datetime(2026, 11, 21, 6, tzinfo=UTC).timestamp() - found.now())
    return found


class App:
    """A program that uses Zoom for one of its users."""

    def __init__(self, web, token):
        self.web, self.headers = web, {"Authorization": f"Bearer {token}"}

    def ask(self, method, path, **how):
        answer = self.web.request(method, f"/v2{path}", headers=self.headers, **how)
        return answer.status_code, (answer.json() if answer.content else None), answer.headers

    def make(self, **changes):
        return self.ask("POST", "/users/me/meetings", json={**ASKED, **changes})

    def refused(self, method, path, **how):
        status, body, _ = self.ask(method, path, **how)
        return status, body["code"]


@pytest.fixture
def web(server):
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


@pytest.fixture
def app(zoom, web):
    return App(web, zoom.connect()[0])


def test_a_meeting_is_created_fetched_moved_and_deleted(app):
    status, made, _ = app.make()
    assert status == 201
    assert made["id"] > 2**32
    assert made["password"] == ASKED["password"]
    assert made["join_url"].endswith(f"/j/{made['id']}?pwd={made['encrypted_password']}")
    one = f"/meetings/{made['id']}"
    assert app.ask("PATCH", one, json={"start_time": "2026-12-02T08:00:00Z"})[0] == 204
    status, found, _ = app.ask("GET", one)
    assert (status, found["start_time"], found["duration"]) == (200, "2026-12-02T08:00:00Z", 30)
    assert found["settings"] == ASKED["settings"]
    assert found["join_url"] == made["join_url"]
    assert found["start_url"] != made["start_url"]
    assert app.ask("DELETE", one)[0] == 204
    assert {app.refused(method, one) for method in ("GET", "DELETE")} == {(404, 3001)}
    assert app.refused("PATCH", one, json={}) == (404, 3001)


def test_a_time_without_z_is_of_the_zone_beside_it(app):
    _, made, _ = app.make(start_time="2026-12-01T10:00:00", timezone="Africa/Lagos")
    assert made["start_time"] == "2026-12-01T09:00:00Z"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "12345678901"),
        ("password", "with space"),
        ("type", 9),
        ("type", True),
        ("duration", 0),
        ("duration", "30"),
        ("start_time", "tomorrow"),
        ("start_time", "2026-12-01T10:00:00+01:00"),
        ("timezone", "Nowhere/Land"),
        ("agenda", "x" * 2001),
        ("topic", "x" * 201),
        ("surprise", 1),
        ("settings", []),
    ],
)
def test_what_no_meeting_can_have_is_a_validation_error(app, field, value):
    status, body, _ = app.make(**{field: value})
    assert (status, body["code"], body["message"]) == (400, 300, "Validation Failed.")
    assert [one["field"] for one in body["errors"]] == [field]


@pytest.mark.parametrize("setting", [{"waiting_room": "yes"}, {"jbh_time": 7}, {"surprise": True}])
def test_nor_are_unknown_settings_taken(app, setting):
    status, body, _ = app.make(settings=setting)
    assert (status, body["errors"][0]["field"]) == (400, f"settings.{next(iter(setting))}")


def test_an_account_may_demand_more_of_passcodes(app, zoom):
    zoom.passcodes = r"[0-9]{6,10}"
    assert app.make()[1]["errors"][0]["field"] == "password"
    assert app.make(password="123456")[0] == 201


def test_a_passcode_is_made_where_none_is_given(app):
    asked = {name: value for name, value in ASKED.items() if name != "password"}
    assert len(app.ask("POST", "/users/me/meetings", json=asked)[1]["password"]) == 6


def test_the_list_has_pages_shortens_agendas_and_keeps_secrets(app):
    ids = [app.make(topic=f"{number}")[1]["id"] for number in range(5)]
    seen, token = [], ""
    while True:
        query = {"type": "scheduled", "page_size": "2", "next_page_token": token}
        _, body, _ = app.ask("GET", "/users/me/meetings", params=query)
        assert body["total_records"] == 5
        seen += body["meetings"]
        token = body["next_page_token"]
        if not token:
            break
    assert [one["id"] for one in seen] == ids
    for one in seen:
        assert one["agenda"] == "m" * 250
        assert not {"password", "start_url", "settings"} & set(one)
        assert "pwd" not in one["join_url"]


def test_the_list_takes_at_most_300_at_once_and_known_kinds(app):
    assert app.refused("GET", "/users/me/meetings?page_size=301") == (400, 300)
    assert app.refused("GET", "/users/me/meetings?type=all") == (400, 300)


def test_meetings_are_forgotten_thirty_days_after(app, zoom, web):
    made = app.make()[1]
    zoom.move_clock(60 * DAY)
    later = App(web, zoom.connect()[0])
    assert later.refused("GET", f"/meetings/{made['id']}") == (404, 3001)
    assert later.ask("GET", "/users/me/meetings")[1]["meetings"] == []


def test_a_running_meeting_cannot_be_deleted_nor_one_that_ended(app, zoom):
    made = app.make()[1]
    zoom.meetings[made["id"]].started = True
    assert app.refused("DELETE", f"/meetings/{made['id']}") == (400, 3002)
    zoom.meetings[made["id"]].ended = True
    assert app.refused("DELETE", f"/meetings/{made['id']}") == (400, 3007)


def test_nobody_touches_anothers_meeting(app, zoom, web):
    made = app.make()[1]
    other = App(web, zoom.connect(AMARA)[0])
    assert other.refused("GET", f"/meetings/{made['id']}") == (400, 3003)
    assert other.refused("POST", f"/users/{NAOKO.id}/meetings", json=ASKED) == (404, 1001)
    assert other.ask("GET", "/users/me/meetings")[1]["meetings"] == []


def test_who_one_is(app):
    assert app.ask("GET", "/users/me")[1]["email"] == NAOKO.email
    assert app.refused("GET", "/users/somebody") == (404, 1001)


def test_a_token_serves_an_hour_and_a_renewal_kills_the_old_refresh_token(zoom, web):
    access, refresh = zoom.connect()
    zoom.move_clock(3601)
    assert App(web, access).refused("GET", "/users/me") == (401, 124)
    assert App(web, "guessed").refused("GET", "/users/me") == (401, 124)

    def renew(token):
        data = {"grant_type": "refresh_token", "refresh_token": token}
        return web.post("/oauth/token", data=data, auth=(CLIENT_ID, CLIENT_SECRET))

    told = renew(refresh).json()
    assert App(web, told["access_token"]).ask("GET", "/users/me")[0] == 200
    again = renew(refresh)
    assert (again.status_code, again.json()) == (400, {"reason": "Invalid Token!", "error": "invalid_grant"})
    assert renew(told["refresh_token"]).status_code == 200


def test_a_new_consent_ends_the_earlier_one(zoom, web):
    first = App(web, zoom.connect()[0])
    zoom.connect()
    assert first.refused("GET", "/users/me") == (401, 124)


@pytest.mark.parametrize(
    ("missing", "method", "path"),
    [
        ("meeting:write:meeting", "POST", "/users/me/meetings"),
        ("meeting:read:list_meetings", "GET", "/users/me/meetings"),
        ("meeting:read:meeting", "GET", "/meetings/1"),
        ("meeting:update:meeting", "PATCH", "/meetings/1"),
        ("meeting:delete:meeting", "DELETE", "/meetings/1"),
        ("user:read:user", "GET", "/users/me"),
    ],
)
def test_each_call_needs_its_scope(zoom, web, missing, method, path):
    app = App(web, zoom.connect(scopes=[one for one in zoom.rights if one != missing])[0])
    assert app.refused(method, path, json=ASKED) == (400, 4700)
    older = App(web, zoom.connect(scopes=["meeting:write", "meeting:read", "user:read"])[0])
    assert older.ask(method, path, json=ASKED)[1].get("code") in {None, 3001}


def test_a_hundred_creations_and_changes_a_day_count_together_for_each_host(app, zoom, web):
    made = app.make()[1]
    for _ in range(99):
        assert app.ask("PATCH", f"/meetings/{made['id']}", json={"duration": 45})[0] == 204
    status, body, headers = app.make()
    assert (status, body["code"], headers["x-ratelimit-type"]) == (429, 429, "Daily-limit")
    assert headers["retry-after"] == "2026-11-22T00:00:00Z"
    assert App(web, zoom.connect(AMARA)[0]).make()[0] == 201
    zoom.daily_refusal = 300
    status, body, _ = app.make()
    assert (status, body["code"]) == (400, 300)
    assert "in one day" in body["message"]
    zoom.move_clock(DAY)
    assert App(web, zoom.connect()[0]).make()[0] == 201


def test_a_plan_allows_so_many_a_second(app, zoom, monkeypatch):
    at = zoom.now()
    monkeypatch.setattr(zoom, "now", lambda: at)
    zoom.per_second = FREE
    assert [app.make()[0] for _ in range(3)] == [201, 201, 429]
    _, body, headers = app.ask("GET", "/users/me/meetings")
    assert (body["code"], headers["x-ratelimit-type"]) == (429, "QPS")
    assert "retry-after" not in headers
    assert app.ask("GET", "/users/me")[0] == 200
    monkeypatch.setattr(zoom, "now", lambda: at + 1)
    assert app.make()[0] == 201


def test_the_hosts_address_opens_for_two_hours_and_the_guests_when_the_host_is_there(app, zoom, web):
    made = app.make()[1]
    assert "Waiting for the host" in web.get(made["join_url"]).text
    assert "passcode" in web.get(made["join_url"].partition("?")[0]).text
    zoom.move_clock(7199)
    assert f"You are in Zoom meeting {made['id']} as its host" in web.get(made["start_url"]).text
    assert "as a guest" in web.get(made["join_url"]).text
    zoom.move_clock(2)
    assert "Sign in" in web.get(made["start_url"]).text
    assert web.get("/j/1").status_code == 404


def test_joining_is_told_with_a_signature(app, zoom, web):
    made = app.make()[1]
    web.get(made["start_url"])
    web.get(made["join_url"])
    host, guest = (json.loads(one.body)["payload"]["object"] for one in zoom.hooks.held)
    assert host["id"] == guest["id"] == str(made["id"])
    assert host["participant"]["id"] == host["host_id"] == NAOKO.id
    assert guest["participant"]["id"] == ""
    message = zoom.hooks.held[0]
    signed = f"v0:{message.headers['x-zm-request-timestamp']}:".encode() + message.body
    ours = hmac.digest(SECRET.encode(), signed, "sha256").hex()
    assert message.headers["x-zm-signature"] == f"v0={ours}"


def test_what_goes_wrong_on_purpose_has_zooms_own_form(app, zoom, web):
    web.post("/_sim/fault", json={"kind": "429", "on": "GET /v2/users/me", "seconds": 30})
    status, body, headers = app.ask("GET", "/users/me")
    assert (status, body["code"]) == (429, 429)
    assert datetime.fromisoformat(headers["retry-after"]) - zoom.at <= timedelta(seconds=30)
    web.post("/_sim/fault", json={"kind": "500"})
    assert app.refused("GET", "/users/me") == (500, 500)
    assert app.refused("GET", "/nothing") == (404, 404)
