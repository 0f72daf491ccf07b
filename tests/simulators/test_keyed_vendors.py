"""Do the simulated Daily, Whereby, Jitsi and Twilio behave as the real ones are known to, traps included?"""

import base64
import hmac
import json
from datetime import timedelta

import httpx
import pytest

from duologue.core import clock
from duologue_simulators import tokens
from duologue_simulators.daily.server import KEY as DAILY_KEY
from duologue_simulators.daily.server import Daily
from duologue_simulators.jitsi.server import APP_ID, SECRET, Jitsi
from duologue_simulators.twilio.server import KEY as TWILIO_KEY
from duologue_simulators.twilio.server import SECRET as TWILIO_SECRET
from duologue_simulators.twilio.server import Twilio
from duologue_simulators.vendor import Reply, Vendor, running
from duologue_simulators.whereby.server import KEY as WHEREBY_KEY
from duologue_simulators.whereby.server import Whereby

HOUR = 3600


def client(vendor, **how):
    return httpx.Client(base_url=vendor.url, trust_env=False, **how)


@pytest.fixture(scope="module")
def daily_here():
    with running(Daily) as server:
        yield server


@pytest.fixture
def daily(daily_here):
    return daily_here.begin_anew()


@pytest.fixture(scope="module")
def whereby_here():
    with running(Whereby) as server:
        yield server


@pytest.fixture
def whereby(whereby_here):
    return whereby_here.begin_anew()


@pytest.fixture(scope="module")
def jitsi_here():
    with running(Jitsi) as server:
        yield server


@pytest.fixture
def jitsi(jitsi_here):
    return jitsi_here.begin_anew()


@pytest.fixture(scope="module")
def twilio_here():
    with running(Twilio) as server:
        yield server


@pytest.fixture
def twilio(twilio_here):
    return twilio_here.begin_anew()


class TestDaily:
    @pytest.fixture
    def api(self, daily):
        with client(daily, headers={"Authorization": f"Bearer {DAILY_KEY}"}) as api:
            yield api

    def room(self, api, **body):
        return api.post("/v1/rooms", json={"name": "a-room", **body})

    def token(self, api, **properties):
        return api.post("/v1/meeting-tokens", json={"properties": properties}).json()["token"]

    def test_rooms_are_public_unless_somebody_says_otherwise(self, api):
        assert self.room(api).json()["privacy"] == "public"
        assert "as a participant" in api.get("/a-room").text

    def test_a_room_without_a_name_gets_another_each_time(self, api):
        assert len({api.post("/v1/rooms", json={}).json()["name"] for _ in range(2)}) == 2

    def test_a_name_that_is_taken_and_a_bad_one_are_refused_alike(self, api):
        self.room(api)
        told = [self.room(api).json(), self.room(api, name="no good").json()]
        assert {one["error"] for one in told} == {"invalid-request-error"}

    def test_a_token_that_names_no_room_opens_them_all(self, api):
        self.room(api, privacy="private")
        assert api.get("/a-room").status_code == 403
        assert "You are in" in api.get("/a-room", params={"t": self.token(api)}).text

    @pytest.mark.parametrize("more", [{"eject_at_token_exp": False}, {"eject_after_elapsed": 9 * HOUR}])
    def test_a_token_that_speaks_of_throwing_out_silences_the_room(self, api, daily, more):
        ends = int(daily.now()) + HOUR
        self.room(api, privacy="private", properties={"exp": ends, "eject_at_room_exp": True})
        for user, given in (("plain", {}), ("marked", more)):
            token = self.token(api, room_name="a-room", user_id=user, **given)
            api.get("/a-room", params={"t": token})
        daily.move_clock(HOUR)
        assert [one.user_id for one in daily.rooms["a-room"].inside(daily.now())] == ["marked"]

    def test_without_the_rooms_flag_nobody_is_thrown_out_at_its_end(self, api, daily):
        self.room(api, properties={"exp": int(daily.now()) + HOUR})
        api.get("/a-room")
        daily.move_clock(HOUR)
        assert len(daily.rooms["a-room"].inside(daily.now())) == 1
        assert "expired" in api.get("/a-room").text

    def test_who_is_there_is_told_and_can_be_thrown_out(self, api):
        self.room(api, properties={"max_participants": 1})
        api.get("/a-room", params={"t": self.token(api, user_id="u1", user_name="Ann")})
        assert "full" in api.get("/a-room").text
        [there] = api.get("/v1/rooms/a-room/presence").json()["data"]
        assert (there["userId"], there["userName"]) == ("u1", "Ann")
        assert api.post("/v1/rooms/a-room/eject", json={"user_ids": ["u1"]}).json()["ejectedIds"]
        assert api.get("/v1/rooms/a-room/presence").json()["total_count"] == 0

    @pytest.mark.parametrize(
        "body",
        [
            {"privacy": "secret"},
            {"surprise": 1},
            {"properties": {"nbf": "soon"}},
            {"properties": {"exp": True}},
            {"properties": {"surprise": 1}},
            {"properties": {"lang": "tlh"}},
        ],
    )
    def test_what_is_not_in_its_description_is_refused(self, api, body):
        answer = self.room(api, **body)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid-request-error")

    def test_each_refusal_has_its_name(self, api, daily):
        told = {
            httpx.get(f"{daily.url}/v1/rooms", trust_env=False).json()["error"],
            api.get("/v1/rooms", headers={"Authorization": "Bearer x"}).json()["error"],
            api.post("/v1/rooms", content=b"{").json()["error"],
            api.get("/v1/rooms/none").json()["error"],
            api.delete("/v1/rooms/none").json()["error"],
        }
        assert told == {
            "authorization-header-error",
            "authentication-error",
            "json-parsing-error",
            "not-found",
        }

    @pytest.mark.parametrize(("answers", "status"), [(200, 200), (400, 400)])
    def test_a_webhook_is_tried_before_it_is_taken(self, api, daily, answers, status):
        class Us(Vendor):
            def routes(self):
                return {"POST /hook": lambda call: Reply(answers)}

        secret = base64.b64encode(b"shared").decode()
        with running(Us) as us:
            body = {"url": f"{us.url}/hook", "eventTypes": ["participant.joined"], "hmac": secret}
            assert api.post("/v1/webhooks", json=body).status_code == status
            [call] = us.vendor.calls
        assert call.json() == {"test": "test"}
        text = f"{call.headers['X-Webhook-Timestamp']}.".encode() + call.content
        signed = base64.b64encode(hmac.digest(b"shared", text, "sha256")).decode()
        assert call.headers["X-Webhook-Signature"] == signed


class TestWhereby:
    @pytest.fixture
    def api(self, whereby):
        with client(whereby, headers={"Authorization": f"Bearer {WHEREBY_KEY}"}) as api:
            yield api

    def meeting(self, api, **more):
        ends = f"{clock.machine() + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
        return api.post("/v1/meetings", json={"endDate": ends, **more})

    def test_a_repeat_makes_a_second_room(self, api, whereby):
        one, other = self.meeting(api).json(), self.meeting(api).json()
        assert one["roomUrl"] != other["roomUrl"]
        assert len(whereby.meetings) == 2

    def test_a_start_is_not_looked_at_and_an_open_room_lets_anybody_in_at_once(self, api):
        room = self.meeting(api, startDate="2099-01-01T00:00:00Z").json()
        assert "as a guest" in api.get(room["roomUrl"]).text

    def test_the_hosts_address_is_told_only_to_who_asks_for_it(self, api):
        plain = self.meeting(api).json()
        assert "hostRoomUrl" not in plain
        assert "hostRoomUrl" in self.meeting(api, fields=["hostRoomUrl"]).json()
        path = f"/v1/meetings/{plain['meetingId']}"
        assert "roomKey=" in api.get(path, params={"fields": "hostRoomUrl"}).json()["hostRoomUrl"]

    def test_nobody_lets_themselves_in(self, api):
        room = self.meeting(api, isLocked=True).json()
        assert "knocking" in api.get(room["roomUrl"], params={"externalId": "u1"}).text
        assert api.post(room["roomUrl"], data={"roomKey": "guessed", "who": "u1"}).status_code == 403
        assert "knocking" in api.get(room["roomUrl"], params={"externalId": "u1"}).text

    def test_an_hour_after_its_end_a_room_is_gone(self, api, whereby):
        room = self.meeting(api).json()
        whereby.move_clock(2 * HOUR - 60)
        assert api.get(room["roomUrl"]).status_code == 200
        whereby.move_clock(61)
        assert api.get(room["roomUrl"]).status_code == 404
        assert api.get("/v1/meetings").json()["results"] == []

    def test_deleting_is_the_same_however_often(self, api):
        path = f"/v1/meetings/{self.meeting(api).json()['meetingId']}"
        assert [api.delete(path).status_code for _ in range(3)] == [204] * 3
        assert api.get(path).status_code == 404

    def test_points_are_counted_a_minute_and_the_pause_is_told_twice(self, api, whereby):
        whereby.points = 7
        assert [self.meeting(api).status_code for _ in range(3)] == [201, 201, 429]
        refused = api.get("/v1/meetings")
        assert refused.headers["Retry-After"] == "60"
        assert refused.json()["data"]["msLeft"] == 60_000
        whereby.move_clock(60)
        assert api.get("/v1/meetings").status_code == 200

    @pytest.mark.parametrize(
        "more",
        [
            {"endDate": "soon"},
            {"endDate": "2020-01-01T00:00:00Z"},
            {"roomMode": "huge"},
            {"roomNamePrefix": "UPPER"},
            {"roomNamePrefix": "x" * 40},
            {"fields": ["surprise"]},
            {"surprise": 1},
            {"isLocked": "yes"},
        ],
    )
    def test_what_is_not_in_its_description_is_refused(self, api, more):
        assert self.meeting(api, **more).status_code == 400

    def test_without_a_key_nothing_is_said(self, whereby):
        answer = httpx.get(f"{whereby.url}/v1/meetings", trust_env=False)
        assert (answer.status_code, answer.content) == (401, b"")


def jwt(header, claims, secret=SECRET):
    """A token, made by hand."""
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (header, claims)]
    signed = b".".join(parts)
    made = base64.urlsafe_b64encode(hmac.digest(secret.encode(), signed, "sha256")).rstrip(b"=")
    return (signed + b"." + made).decode()


class TestJitsi:
    HEADER = {"alg": "HS256", "typ": "JWT"}

    def claims(self, **changes):
        user = {"id": "u1", "name": "Ann", "moderator": "true"}
        whole = {"iss": APP_ID, "aud": "jitsi", "sub": "*", "room": "room", "context": {"user": user}}
        return {**whole, **changes}

    def enters(self, jitsi, token, room="room"):
        return httpx.get(f"{jitsi.url}/{room}", params={"jwt": token}, trust_env=False).text

    @pytest.mark.parametrize("room", ["room", "Room", "ROOM"])
    def test_rooms_are_the_same_in_small_and_capital_letters(self, jitsi, room):
        assert "in Jitsi room room as a moderator" in self.enters(
            jitsi, jwt(self.HEADER, self.claims()), room
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "another"},
            {"aud": "another"},
            {"room": "another"},
            {"room": "Room"},
            {"exp": 1},
            {"exp": "never"},
            {"nbf": 99_999_999_999},
            {"context": {"user": {"name": None}}},
            {"context": {"user": {"id": 7}}},
        ],
    )
    def test_prosody_refuses(self, jitsi, changes):
        assert "not allowed" in self.enters(jitsi, jwt(self.HEADER, self.claims(**changes)))

    @pytest.mark.parametrize(
        "token",
        [
            "",
            "a.b",
            "a.b.c",
            jwt({"alg": "none"}, {}),
            jwt({"alg": "HS512"}, {}),
            jwt({"alg": "HS256"}, {}, secret="another"),
        ],
    )
    def test_what_is_no_token_of_ours_is_none(self, jitsi, token):
        assert "not allowed" in self.enters(jitsi, token)

    def test_without_the_module_for_it_everybody_is_moderator(self, jitsi):
        jitsi.makes_moderators = False
        user = {"id": "u2", "name": "Ben", "moderator": "false"}
        token = jwt(self.HEADER, self.claims(context={"user": user}))
        assert "as a moderator" in self.enters(jitsi, token)

    def test_its_own_check_is_not_fooled_by_a_changed_claim(self):
        head, _, tail = jwt(self.HEADER, self.claims()).split(".")
        other = jwt(self.HEADER, self.claims(room="*")).split(".")[1]
        with pytest.raises(tokens.BadToken):
            tokens.opened(f"{head}.{other}.{tail}", "HS256", tokens.by_secret(SECRET))


class TestTwilio:
    @pytest.fixture
    def api(self, twilio):
        with client(twilio, auth=(TWILIO_KEY, TWILIO_SECRET)) as api:
            yield api

    def test_a_name_is_unique_while_its_room_goes_on(self, api):
        assert api.post("/v1/Rooms", data={"UniqueName": "a"}).status_code == 201
        again = api.post("/v1/Rooms", data={"UniqueName": "a"})
        assert again.json()["code"] == 53113
        assert api.post("/v1/Rooms/a", data={"Status": "completed"}).status_code == 202
        assert api.post("/v1/Rooms", data={"UniqueName": "a"}).status_code == 201

    def test_a_room_that_nobody_uses_closes(self, api, twilio):
        sid = api.post("/v1/Rooms", data={"UniqueName": "a"}).json()["sid"]
        twilio.move_clock(5 * 60)
        assert api.get(f"/v1/Rooms/{sid}").json()["status"] == "completed"
        assert api.get("/v1/Rooms/a").status_code == 404

    def test_a_room_that_everybody_left_closes(self, api, twilio):
        api.post("/v1/Rooms", data={"UniqueName": "a", "EmptyRoomTimeout": "2"})
        room = twilio.living("a")
        room.enter("u1", twilio.now())
        twilio.move_clock(HOUR)
        assert api.get("/v1/Rooms/a/Participants").json()["participants"][0]["identity"] == "u1"
        room.leave("u1", twilio.now())
        twilio.move_clock(120)
        assert twilio.living("a") is None

    def test_fields_that_it_does_not_know_are_ignored_and_so_lost(self, api):
        made = api.post("/v1/Rooms", data={"unique_name": "a"}).json()
        assert made["unique_name"] == made["sid"]

    @pytest.mark.parametrize(
        "form",
        [
            {"MaxParticipants": "51"},
            {"MaxParticipantDuration": "599"},
            {"EmptyRoomTimeout": "0"},
            {"UnusedRoomTimeout": "61"},
            {"Type": "party"},
        ],
    )
    def test_limits_are_kept(self, api, form):
        assert api.post("/v1/Rooms", data=form).status_code == 400

    def test_a_wrong_key_is_told_with_its_code(self, twilio):
        answer = httpx.get(f"{twilio.url}/v1/Rooms", auth=("a", "b"), trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
