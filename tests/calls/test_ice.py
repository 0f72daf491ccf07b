"""Do browsers get the servers that the operator named, with logins that a relay accepts?"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from duologue.calls import ice

EXPIRY = datetime.fromtimestamp(1795240652, UTC)


def test_login_as_the_relay_computes_it():
    name, password = ice.turn_credentials("north", user="user42", expires_at=EXPIRY)
    assert name == "1795240652:user42"
    assert password == "0JEWKovf/xxl7obZstaCcQRtv7Q="


def test_another_secret_or_person_gives_another_password():
    logins = {
        ice.turn_credentials(secret, user=user, expires_at=EXPIRY)[1]
        for secret in ("north", "south")
        for user in ("amara", "naoko")
    }
    assert len(logins) == 4


def test_no_servers_by_default():
    assert ice.ice_servers([], [], "", user="amara", expires_at=EXPIRY) == []


def test_stun_needs_no_login():
    servers = ice.ice_servers(["stun:relay.example:3478"], [], "north", user="amara", expires_at=EXPIRY)
    assert servers == [{"urls": ["stun:relay.example:3478"]}]


def test_relay_comes_with_a_login_that_ends():
    urls = ["turn:relay.example:3478?transport=udp", "turns:relay.example:5349?transport=tcp"]
    (server,) = ice.ice_servers([], urls, "north", user="amara", expires_at=EXPIRY)
    assert server["urls"] == urls
    assert server["username"].split(":")[0] == str(int(EXPIRY.timestamp()))
    digest = hmac.new(b"north", server["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(server["credential"]) == digest


def test_a_relay_without_a_secret_is_not_offered():
    assert ice.ice_servers([], ["turn:relay.example"], "", user="amara", expires_at=EXPIRY) == []
