"""Does the probe tell a relay that works from all the ways in which one does not?"""

import socket
import ssl
import threading
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from duologue.calls import stun
from duologue.calls.relay_probe import ProbeFailed, Server, parse, probe
from tests.ports import free_port
from tests.relay import certificate, login, relay

__all__ = ["certificate", "relay"]


# Addresses


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("turn:relay.example", Server("turn", "relay.example", 3478, True)),
        ("turn:relay.example:80?transport=tcp", Server("turn", "relay.example", 80, False)),
        ("turns:relay.example", Server("turns", "relay.example", 5349, False)),
        ("turn:[2001:db8::1]:3479", Server("turn", "2001:db8::1", 3479, True)),
        ("turn:[2001:db8::1]", Server("turn", "2001:db8::1", 3478, True)),
        ("stun:stun.example:19302", Server("stun", "stun.example", 19302, True)),
    ],
)
def test_addresses_as_browsers_get_them(url, server):
    assert parse(url) == server


@pytest.mark.parametrize(
    "url", ["", "relay.example", "https://relay.example", "turn:", "turn::80", "turn:a:b"]
)
def test_what_is_no_address(url):
    with pytest.raises(ProbeFailed):
        parse(url)


# A real relay


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_relay_gives_an_allocation(relay, transport):
    answer = probe(f"turn:127.0.0.1:{relay}?transport={transport}", *login())
    assert answer.address[0] == "127.0.0.1"
    assert answer.address[1] != relay


def test_over_tls_too_where_the_certificate_is_good(relay, certificate, monkeypatch):
    with pytest.raises(ProbeFailed, match="certificate"):
        probe(f"turns:localhost:{relay + 1}", *login())
    trusting = ssl.create_default_context(cafile=certificate[0])
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    assert probe(f"turns:localhost:{relay + 1}", *login()).address[0] == "127.0.0.1"


def test_a_secret_that_differs(relay):
    with pytest.raises(ProbeFailed, match="refuses our login"):
        probe(f"turn:127.0.0.1:{relay}", *login("another-secret"))


def test_a_login_that_ended(relay):
    with pytest.raises(ProbeFailed, match="refuses our login"):
        probe(f"turn:127.0.0.1:{relay}", *login(lives=-timedelta(hours=1)))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_how_a_stun_server_sees_us(relay, transport):
    assert probe(f"stun:127.0.0.1:{relay}?transport={transport}").address[0] == "127.0.0.1"


# Servers that are none, or odd


@contextmanager
def udp_server(answer):
    """Answers each datagram with what `answer` makes of it; None is silence."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as server:
        server.bind(("127.0.0.1", 0))

        def serve():
            try:
                while True:
                    asked, who = server.recvfrom(2048)
                    for one in answer(asked):
                        server.sendto(one, who)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"turn:127.0.0.1:{server.getsockname()[1]}"


def message(kind, asked, *attributes):
    return stun.request(kind, asked[8:20], list(attributes))


def refusal(asked, code):
    return message(
        stun.ALLOCATE | stun.ERROR,
        asked,
        (stun.ERROR_CODE, bytes([0, 0, code // 100, code % 100])),
        (stun.REALM, b"relay.example"),
        (stun.NONCE, b"nonce"),
    )


RELAYED = (stun.RELAYED, bytes([0, 1]) + bytes(6))


def test_silence():
    with udp_server(lambda asked: []) as url, pytest.raises(ProbeFailed, match="did not answer within"):
        probe(url, *login(), within=1.2)


def test_nobody_there():
    with pytest.raises(ProbeFailed, match="cannot be reached"):
        probe(f"turn:127.0.0.1:{free_port()}?transport=tcp", *login(), within=1)


def test_a_lost_datagram_is_sent_again():
    asked = []

    def forgetful(one):
        asked.append(one)
        return [] if len(asked) == 1 else [refusal(one, 508)]

    with udp_server(forgetful) as url, pytest.raises(ProbeFailed, match="does not ask for a login"):
        probe(url, *login(), within=4)
    assert asked[0] == asked[1]


def test_answers_to_somebody_else_do_not_count():
    def of_another(asked):
        return [b"noise", refusal(bytes(20), 401), refusal(asked, 508)]

    with udp_server(of_another) as url, pytest.raises(ProbeFailed, match=r"\(508\)"):
        probe(url, *login(), within=2)


def test_what_was_got_is_given_back():
    asked, (username, password) = [], login()
    proof = stun.Login(username, password, "relay.example", b"nonce")

    def faithful(one):
        asked.append(stun.read(one))
        if stun.INTEGRITY not in asked[-1].attributes:
            return [refusal(one, 401)]
        return [stun.request(asked[-1].kind | stun.SUCCESS, one[8:20], [RELAYED], proof)]

    with udp_server(faithful) as url:
        probe(url, username, password, within=2)
    assert [one.kind for one in asked] == [stun.ALLOCATE, stun.ALLOCATE, stun.REFRESH]
    assert asked[-1].attributes[stun.LIFETIME] == bytes(4)


def test_one_that_relays_for_everybody():
    def careless(asked):
        return [message(stun.ALLOCATE | stun.SUCCESS, asked, RELAYED)]

    with udp_server(careless) as url, pytest.raises(ProbeFailed, match="relays for everybody"):
        probe(url, *login(), within=2)


def test_one_that_does_not_prove_that_it_knows_the_secret():
    def impostor(asked):
        if stun.INTEGRITY in stun.read(asked).attributes:
            return [message(stun.ALLOCATE | stun.SUCCESS, asked, RELAYED)]
        return [refusal(asked, 401)]

    with udp_server(impostor) as url, pytest.raises(ProbeFailed, match="without proof"):
        probe(url, *login(), within=2)


@pytest.mark.parametrize(
    ("code", "words"), [(508, "no free port"), (486, "too many"), (300, "refuses to relay")]
)
def test_reasons_of_a_relay_are_told(code, words):
    def refusing(asked):
        signed = stun.INTEGRITY in stun.read(asked).attributes
        return [refusal(asked, code if signed else 401)]

    with udp_server(refusing) as url, pytest.raises(ProbeFailed, match=words):
        probe(url, *login(), within=2)


def test_a_nonce_that_went_stale_is_renewed_once():
    signed = []

    def forgetful(asked):
        if stun.INTEGRITY not in stun.read(asked).attributes:
            return [refusal(asked, 401)]
        signed.append(asked)
        return [refusal(asked, 438)]

    with udp_server(forgetful) as url, pytest.raises(ProbeFailed, match=r"\(438\)"):
        probe(url, *login(), within=2)
    assert len(signed) == 2


def test_a_web_server_is_no_relay():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve():
            line, _who = server.accept()
            line.recv(2048)
            line.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" + b" " * 30000)
            line.close()

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(ProbeFailed, match=r"no STUN or TURN server|hung up"):
            probe(f"turn:127.0.0.1:{server.getsockname()[1]}?transport=tcp", *login(), within=2)


# The wire

SAMPLE = bytes.fromhex(
    "000100602112a44278ad3433c6ad72c029da412e"
    "00060012e3839ee38388e383aae38383e382afe382b90000"
    "0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473"
    "41"
    "0014000b6578616d706c652e6f726700"
    "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666"
)


def test_a_signed_request_as_the_standard_shows_it():
    """RFC 5769, 2.4: long-term credentials, in the standard's own bytes."""
    given = stun.Login("\u30de\u30c8\u30ea\u30c3\u30af\u30b9", "TheMatrIX", "example.org", b"")
    found = stun.read(SAMPLE)
    assert found.attributes[stun.USERNAME].decode() == given.username
    assert found.attributes[stun.REALM].decode() == given.realm
    assert stun.is_signed(found, given.key)
    assert not stun.is_signed(found, b"another key")


def test_what_we_sign_reads_as_signed():
    given = stun.Login("doctor", "password", "relay.example", b"nonce")
    found = stun.read(stun.request(stun.ALLOCATE, bytes(12), [(stun.TRANSPORT, stun.UDP)], given))
    assert stun.is_signed(found, given.key)


def test_an_answer_as_the_standard_shows_it():
    """RFC 5769, 2.2 and 2.3: what a server says of IPv4 and IPv6."""
    transaction = bytes.fromhex("b7e7a701bc34d686fa87dfae")
    four = stun.request(0x0101, transaction, [(stun.XOR_MAPPED, bytes.fromhex("0001a147e112a643"))])
    six = bytes.fromhex("0002a1470113a9faa5d3f179bc25f4b5bed2b9d9")
    assert stun.read(four).address(stun.XOR_MAPPED) == ("192.0.2.1", 32853)
    found = stun.read(stun.request(0x0101, transaction, [(stun.XOR_MAPPED, six)]))
    assert found.address(stun.XOR_MAPPED) == ("2001:db8:1234:5678:11:2233:4455:6677", 32853)


@pytest.mark.parametrize(
    "raw", [b"", b"x" * 20, bytes(20), bytes.fromhex("010100042112a442") + bytes(12) + bytes([0, 1, 0, 9])]
)
def test_what_is_no_message(raw):
    assert stun.read(raw) is None
