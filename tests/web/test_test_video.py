"""Can anybody try a call beforehand, and is what strangers get for it of no other use?"""

import json
from datetime import timedelta

import pytest
from django.test import Client

from duologue.core import clock
from duologue.web.browsers import browser_of

pytestmark = pytest.mark.django_db
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("agent", "key"),
    [
        (SAFARI, "safari"),
        (CHROME, "chrome"),
        (f"{CHROME} Edg/140.0.0.0", "chrome"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "firefox"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) CriOS/140 Mobile Safari/604.1", "ios"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0.0.0 Mobile Safari/537.36", "android"),
        ("curl/8", "other"),
        ("", "other"),
    ],
)
def test_which_browser(agent: str, key: str):
    assert browser_of(agent).key == key


def test_everybody_reads_where_their_browser_keeps_the_permission(client: Client):
    page = client.get("/test-video", headers={"user-agent": SAFARI}).content.decode()
    assert "Settings for this website" in page.split("(your browser)")[1].split("<dt>")[0]
    assert page.index("Safari <span") < page.index("<dt>Firefox")
    assert "Settings for this website" in page.split("test-config")[1]


def test_servers_with_a_login_that_soon_ends(client: Client, settings):
    settings.DUOLOGUE_STUN_URLS = ["stun:relay.example"]
    settings.DUOLOGUE_TURN_URLS = ["turn:relay.example"]
    settings.DUOLOGUE_TURN_SECRET = "a-secret"
    answer = client.get("/test-video/servers")
    stun, turn = json.loads(answer.content)["iceServers"]
    assert stun == {"urls": ["stun:relay.example"]}
    ends_at = int(turn["username"].split(":")[0])
    assert 0 < ends_at - clock.now().timestamp() <= timedelta(minutes=2).total_seconds()
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_strangers_get_few_logins(client: Client):
    answers = [client.get("/test-video/servers").status_code for _ in range(11)]
    assert answers == [*[200] * 10, 429]


@pytest.mark.parametrize(
    ("size", "length"),
    [("0", 0), ("1000", 1000), ("99999999", 512 * 1024), ("9" * 40, 0), ("-1", 0), ("x", 0), ("²", 0)],
)
def test_as_many_bytes_as_asked_for_within_reason(client: Client, size: str, length: int):
    assert len(client.get("/test-video/packet", {"size": size}).content) == length


def test_bytes_left_are_forgotten(client: Client):
    body = b"x" * 512 * 1024
    assert client.post("/test-video/packet", body, content_type="text/plain").status_code == 204
    answers = {client.get("/test-video/packet").status_code for _ in range(60)}
    assert answers == {200, 429}
