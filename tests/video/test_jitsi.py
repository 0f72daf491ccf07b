"""Do Jitsi and JaaS let in the two people of a session, in time, each in their role, and nobody else?"""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from duologue.core import clock
from duologue.core.errors import NotConfigured, Permanent, Retryable
from duologue.video.contract import INSTALLATION
from duologue.video.registry import notice, provider
from duologue_simulators import tokens
from duologue_simulators.jaas.server import APP_ID, KEY_ID, key, written
from duologue_simulators.jitsi.server import SECRET
from tests.platforms import ATTENDEE, HOST, a_request, goes_wrong


@pytest.fixture(params=["jitsi", "jaas"])
def server(request):
    """Both are Jitsi inside; rooms are there from the first who comes."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def request_():
    return a_request()


def adapter(server):
    return provider(server.name.lower())


def make(server, request, key="booking-1:jitsi:0"):
    return adapter(server).create_meeting(request, idempotency_key=key, account=INSTALLATION)


def enters(server, meeting, request, visitor):
    return adapter(server).entrance(meeting, request, visitor, account=INSTALLATION)


def opened(url):
    return httpx.get(url, trust_env=False).text


def now_at(server, at):
    """Bring the server's clock to an instant."""
    server.move_clock(at.timestamp() - server.now())


def claims_in(url):
    [token] = parse_qs(urlsplit(url).query)["jwt"]
    is_jaas = APP_ID in url
    fits = tokens.by_key(key().public_key()) if is_jaas else tokens.by_secret(SECRET)
    return tokens.opened(token, "RS256" if is_jaas else "HS256", fits)


class TestBoth:
    def test_a_room_is_a_name_that_nobody_guesses_and_asks_nobody(self, server, request_, settings):
        made = make(server, request_)
        assert made == make(server, request_)
        assert len(bytes.fromhex(made.room_id)) == 16
        assert made.room_id == made.room_id.lower()
        assert not server.calls
        settings.SECRET_KEY = "another installation"
        assert make(server, request_).room_id != made.room_id

    def test_the_host_is_moderator_and_the_attendee_takes_part(self, server, request_):
        made = make(server, request_)
        now_at(server, request_.starts_at)
        seen = {one.role: opened(enters(server, made, request_, one)) for one in (HOST, ATTENDEE)}
        assert f"room {made.room_id} as a moderator" in seen["host"]
        assert f"room {made.room_id} as a participant" in seen["attendee"]
        assert "Amara Obi" in seen["attendee"]
        there = [(one.id, one.is_moderator) for one in server.rooms[made.room_id]]
        assert there == [(HOST.person, True), (ATTENDEE.person, False)]

    def test_without_a_token_nobody_gets_in(self, server, request_):
        made = make(server, request_)
        now_at(server, request_.starts_at)
        assert "not allowed" in opened(made.join_url)
        assert not server.rooms

    def test_a_token_opens_no_other_room(self, server, request_):
        made, other = make(server, request_), make(server, request_, key="another")
        now_at(server, request_.starts_at)
        query = urlsplit(enters(server, made, request_, HOST)).query
        assert "not allowed" in opened(f"{other.join_url}?{query}")

    @pytest.mark.parametrize(
        ("moment", "seen"),
        [
            (lambda one: one.opens_at - timedelta(seconds=11), "not allowed"),
            (lambda one: one.opens_at - timedelta(seconds=9), "You are in"),
            (lambda one: one.closes_at - timedelta(seconds=1), "You are in"),
            (lambda one: one.closes_at, "not allowed"),
        ],
    )
    def test_entry_is_from_opening_to_closing(self, server, request_, moment, seen):
        url = enters(server, make(server, request_), request_, ATTENDEE)
        now_at(server, moment(request_))
        assert seen in opened(url)

    def test_a_moved_session_keeps_its_room_and_gets_tokens_for_its_new_time(self, server, request_):
        made = make(server, request_)
        later = a_request(request_.starts_at + timedelta(days=1))
        assert adapter(server).update_meeting(made.room_id, later, account=INSTALLATION) == made
        url = enters(server, made, later, ATTENDEE)
        now_at(server, request_.starts_at)
        assert "not allowed" in opened(url)
        now_at(server, later.starts_at)
        assert "You are in" in opened(url)

    @pytest.mark.parametrize("name", ["Zoë “Z” O’Hara\n<b>", "", "名前", "a" * 300])
    def test_whatever_people_are_called_they_are_texts(self, server, request_, name):
        made = make(server, request_)
        now_at(server, request_.starts_at)
        assert "You are in" in opened(enters(server, made, request_, replace(HOST, name=name)))

    def test_a_moved_clock_is_ours_alone(self, server, tmp_path):
        clock.configure(tmp_path / "offset")
        try:
            clock.set_offset(timedelta(days=30))
            soon = a_request(clock.now() + timedelta(minutes=5))
            assert "You are in" in opened(enters(server, make(server, soon), soon, HOST))
        finally:
            clock.configure(None)

    def test_a_probe_looks_for_the_client_and_opens_no_room(self, server):
        assert adapter(server).probe(account=INSTALLATION) == ""
        assert [call.method for call in server.calls] == ["HEAD"]
        assert not server.rooms

    @pytest.mark.parametrize("kind", ["500", "cut", "503", "redirect", "403"])
    def test_a_probe_tells_when_nobody_is_there(self, server, kind):
        goes_wrong(server, kind)
        with pytest.raises((Retryable, Permanent)):
            adapter(server).probe(account=INSTALLATION)

    def test_deleting_asks_nobody(self, server, request_):
        made = make(server, request_)
        for _ in range(2):
            adapter(server).delete_meeting(made.room_id, account=INSTALLATION)
        assert not server.calls


class TestOwnServer:
    def test_the_token_says_what_prosody_checks(self, jitsi, request_):
        made = make(jitsi, request_)
        header, claims = claims_in(enters(jitsi, made, request_, HOST))
        assert header == {"alg": "HS256", "typ": "JWT"}
        assert claims == {
            "aud": "jitsi",
            "iss": "simulated-app",
            "sub": "*",
            "room": made.room_id,
            "nbf": int(request_.opens_at.timestamp()) - 10,
            "exp": int(request_.closes_at.timestamp()),
            "context": {"user": {"id": HOST.person, "name": HOST.name, "moderator": "true"}},
        }

    @pytest.mark.parametrize("domain", ["", "meet.example.org", "tenant"])
    def test_whatever_the_server_is_called_inside_it_takes_the_token(self, jitsi, request_, domain):
        jitsi.domain = domain
        made = make(jitsi, request_)
        now_at(jitsi, request_.starts_at)
        assert "You are in" in opened(enters(jitsi, made, request_, HOST))

    def test_a_server_for_another_audience_is_told_its_own(self, jitsi, request_, settings):
        jitsi.audiences = ["our-app"]
        made = make(jitsi, request_)
        now_at(jitsi, request_.starts_at)
        assert "audience" in opened(enters(jitsi, made, request_, HOST))
        settings.DUOLOGUE_JITSI_AUDIENCE = "our-app"
        assert "You are in" in opened(enters(jitsi, made, request_, HOST))

    def test_with_another_secret_nobody_gets_in(self, jitsi, request_, settings):
        settings.DUOLOGUE_JITSI_APP_SECRET = "another secret of more than 32 letters"
        made = make(jitsi, request_)
        now_at(jitsi, request_.starts_at)
        assert "Invalid signature" in opened(enters(jitsi, made, request_, HOST))

    @pytest.mark.filterwarnings("ignore:The HMAC key is")
    def test_a_short_secret_is_the_servers_own_choice(self, jitsi, request_, settings):
        settings.DUOLOGUE_JITSI_APP_SECRET = "short"
        assert "?jwt=" in enters(jitsi, make(jitsi, request_), request_, HOST)

    def test_a_server_under_a_path_keeps_it(self, jitsi, request_, settings):
        settings.DUOLOGUE_JITSI_BASE_URL = f"{jitsi.url}/tenant"
        assert make(jitsi, request_).join_url.startswith(f"{jitsi.url}/tenant/")

    def test_without_an_app_the_room_is_open_to_who_knows_its_name(self, jitsi, request_, settings):
        jitsi.wants_tokens = False
        settings.DUOLOGUE_JITSI_APP_ID = settings.DUOLOGUE_JITSI_APP_SECRET = ""
        made = make(jitsi, request_)
        url = enters(jitsi, made, request_, replace(ATTENDEE, name='Zoë "Z"'))
        assert not adapter(jitsi).per_person_tokens
        assert unquote(urlsplit(url).fragment) == 'userInfo.displayName="Zoë \\"Z\\""'
        assert "You are in" in opened(url)

    @pytest.mark.parametrize("name", ["DUOLOGUE_JITSI_APP_ID", "DUOLOGUE_JITSI_APP_SECRET"])
    def test_half_an_app_is_none(self, jitsi, request_, settings, name):
        setattr(settings, name, "")
        with pytest.raises(NotConfigured, match="only one is set"):
            enters(jitsi, make(jitsi, request_), request_, HOST)
        with pytest.raises(NotConfigured):
            adapter(jitsi).probe(account=INSTALLATION)

    @pytest.mark.parametrize(
        "url", ["meet.example.org", "ftp://x", "http://[", "https://", "https://a/?b=1", "x y"]
    )
    def test_an_address_that_is_none_is_the_operators_matter(self, request_, settings, url):
        settings.DUOLOGUE_JITSI_BASE_URL = url
        with pytest.raises(NotConfigured, match="JITSI_BASE_URL"):
            provider("jitsi").create_meeting(request_, idempotency_key="k", account=INSTALLATION)

    def test_a_secret_that_is_a_public_key_is_refused(self, jitsi, request_, settings):
        settings.DUOLOGUE_JITSI_APP_SECRET = "-----BEGIN PUBLIC KEY-----\nMFww\n-----END PUBLIC KEY-----"
        with pytest.raises(NotConfigured, match="is none") as met:
            enters(jitsi, make(jitsi, request_), request_, HOST)
        assert "MFww" not in str(met.value)

    def test_our_own_server_is_embedded_and_needs_no_notice(self, jitsi):
        assert adapter(jitsi).embeddable
        assert notice(adapter(jitsi)) == ""


class TestThePublicServer:
    @pytest.fixture(autouse=True)
    def _public(self, settings):
        settings.DUOLOGUE_JITSI_BASE_URL = "https://meet.jit.si"

    def test_it_opens_in_its_own_tab_and_says_that_somebody_must_sign_in(self):
        assert not provider("jitsi").embeddable
        assert "sign in with a Google, Facebook or GitHub account" in notice(provider("jitsi"))

    def test_its_rooms_are_plain_addresses(self, request_):
        made = provider("jitsi").create_meeting(request_, idempotency_key="k", account=INSTALLATION)
        assert made.join_url == f"https://meet.jit.si/{made.room_id}"

    def test_nobody_gets_in_before_somebody_signed_in(self, jitsi, request_, settings):
        """As simulated: the address alone is not enough there."""
        settings.DUOLOGUE_JITSI_APP_ID = settings.DUOLOGUE_JITSI_APP_SECRET = ""
        jitsi.wants_tokens, jitsi.wants_sign_in = False, True
        made = make(jitsi, request_)
        assert "has not started yet" in opened(made.join_url)
        httpx.post(made.join_url, trust_env=False)
        assert "You are in" in opened(made.join_url)


class TestJaas:
    def test_the_token_says_what_8x8_checks(self, jaas, request_):
        made = make(jaas, request_)
        assert made.join_url == f"{jaas.url}/{APP_ID}/{made.room_id}"
        header, claims = claims_in(enters(jaas, made, request_, ATTENDEE))
        assert header == {"alg": "RS256", "typ": "JWT", "kid": f"{APP_ID}/{KEY_ID}"}
        features = claims["context"].pop("features")
        assert set(features) == {"recording", "livestreaming", "transcription", "outbound-call"}
        assert set(features.values()) == {"false"}
        user = {"id": ATTENDEE.person, "name": ATTENDEE.name, "moderator": "false", "email": "", "avatar": ""}
        assert claims == {
            "aud": "jitsi",
            "iss": "chat",
            "sub": APP_ID,
            "room": made.room_id,
            "nbf": int(request_.opens_at.timestamp()) - 10,
            "exp": int(request_.closes_at.timestamp()),
            "context": {"user": user},
        }

    @pytest.mark.parametrize("key_id", [KEY_ID, f"{APP_ID}/{KEY_ID}"])
    def test_the_keys_id_may_stand_with_and_without_the_app(self, jaas, request_, settings, key_id):
        settings.DUOLOGUE_JAAS_KEY_ID = key_id
        header, _ = claims_in(enters(jaas, make(jaas, request_), request_, HOST))
        assert header["kid"] == f"{APP_ID}/{KEY_ID}"

    def test_a_key_from_a_file_has_real_line_ends(self, jaas, request_, settings):
        settings.DUOLOGUE_JAAS_PRIVATE_KEY = written(key())
        now_at(jaas, request_.starts_at)
        assert "You are in" in opened(enters(jaas, make(jaas, request_), request_, HOST))

    @pytest.mark.parametrize(
        "given",
        [
            "junk",
            "ключ",
            written(key())[:300],
            "-----BEGIN PUBLIC KEY-----\nMFww\n-----END PUBLIC KEY-----",
            written(ed25519.Ed25519PrivateKey.generate()),
        ],
        ids=["junk", "no ascii", "cut", "public", "another kind"],
    )
    def test_a_key_that_is_none_is_told_without_telling_it(self, jaas, request_, settings, given):
        settings.DUOLOGUE_JAAS_PRIVATE_KEY = given
        made = make(jaas, request_)
        for ask in (
            lambda: enters(jaas, made, request_, HOST),
            lambda: adapter(jaas).probe(account=INSTALLATION),
        ):
            with pytest.raises(NotConfigured, match="no RSA key") as met:
                ask()
            assert given not in str(met.value)
        assert not jaas.calls

    def test_it_is_embedded(self, jaas):
        assert adapter(jaas).embeddable
