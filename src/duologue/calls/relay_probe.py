"""Does a STUN or TURN server do for us what browsers will ask of it? A real request, and a real answer.

A relay is asked for an allocation with a login as people get it, and told at once that it is no longer
needed. Whether firewalls let people reach it shows only from where they are.
"""

import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs

from duologue.calls import stun
from duologue.calls.stun import Login, Message

_PORTS = {"stun": 3478, "turn": 3478, "stuns": 5349, "turns": 5349}
_FIRST_PAUSE = 0.5
WITHIN = 5.0
UNAUTHORIZED, STALE_NONCE = 401, 438


class ProbeFailed(Exception):
    """In words for the operator; never with a password."""


@dataclass(frozen=True, slots=True)
class Server:
    """One of the addresses that browsers get: `turns:relay.example:5349?transport=tcp`."""

    scheme: str
    host: str
    port: int
    is_udp: bool

    @property
    def is_relay(self) -> bool:
        return self.scheme.startswith("turn")


@dataclass(frozen=True, slots=True)
class Answer:
    """Which address the server gave, and how long all of it took."""

    address: tuple[str, int]
    milliseconds: int


def parse(url: str) -> Server:
    """What an address means (RFC 7064, RFC 7065). Raises ProbeFailed for one that is none."""
    scheme, _, rest = url.partition(":")
    place, _, query = rest.partition("?")
    host, _, port = place.rpartition(":") if _has_port(place) else (place, "", "")
    if scheme not in _PORTS or not host.strip("[]") or not (port.isdigit() or not port):
        raise ProbeFailed("is no address of a STUN or TURN server: turn:relay.example:3478")
    wanted = parse_qs(query).get("transport", ["tcp" if scheme.endswith("s") else "udp"])[0]
    return Server(scheme, host.strip("[]"), int(port or _PORTS[scheme]), wanted == "udp")


def _has_port(place: str) -> bool:
    return ":" in place.rpartition("]")[2]


def probe(url: str, username: str = "", password: str = "", *, within: float = WITHIN) -> Answer:
    """Ask a STUN server how it sees us, or a relay for an allocation. Raises ProbeFailed with the reason."""
    server, began = parse(url), time.monotonic()
    try:
        with _line(server, began + within) as line:
            address = _allocate(line, username, password) if server.is_relay else _bind(line)
    except TimeoutError:
        raise ProbeFailed(f"did not answer within {within:g} s") from None
    except ssl.SSLError as error:
        raise ProbeFailed(f"has a certificate that browsers refuse: {error.reason}") from None
    except OSError as error:
        raise ProbeFailed(f"cannot be reached: {error.strerror or type(error).__name__}") from None
    return Answer(address, round((time.monotonic() - began) * 1000))


class _Line:
    """One socket to a server: sends, and waits for the answer to what was sent."""

    def __init__(self, sock: socket.socket, *, is_udp: bool, until: float) -> None:
        self._socket, self._is_udp, self._until = sock, is_udp, until

    def ask(
        self, method: int, attributes: list[tuple[int, bytes]] | None = None, login: Login | None = None
    ) -> Message:
        transaction = os.urandom(12)
        sent = stun.request(method, transaction, attributes or [], login)
        for wait in self._waits():
            self._socket.sendall(sent)
            try:
                return self._answer_to(transaction, time.monotonic() + wait)
            except TimeoutError:
                continue
        raise TimeoutError

    def _waits(self) -> Iterator[float]:
        """What is sent by UDP can be lost, so it is sent again, each time later (RFC 8489, 6.2.1)."""
        wait = _FIRST_PAUSE if self._is_udp else self._until - time.monotonic()
        while time.monotonic() < self._until:
            yield wait
            wait *= 2

    def _answer_to(self, transaction: bytes, until: float) -> Message:
        while True:
            found = stun.read(self._receive(min(until, self._until)))
            if found is None and not self._is_udp:
                raise ProbeFailed("answers, but is no STUN or TURN server")
            if found is not None and found.transaction == transaction:
                return found

    def _receive(self, until: float) -> bytes:
        if self._is_udp:
            self._wait(until)
            return self._socket.recv(2048)
        header = self._exactly(stun.HEADER, until)
        return header + self._exactly(stun.length(header), until)

    def _exactly(self, size: int, until: float) -> bytes:
        found = b""
        while len(found) < size:
            self._wait(until)
            more = self._socket.recv(size - len(found))
            if not more:
                raise ProbeFailed("hung up")
            found += more
        return found

    def _wait(self, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)


@contextmanager
def _line(server: Server, until: float) -> Iterator[_Line]:
    kind = socket.SOCK_DGRAM if server.is_udp else socket.SOCK_STREAM
    found = socket.getaddrinfo(server.host, server.port, type=kind)
    if server.is_udp and server.scheme.endswith("s"):
        raise ProbeFailed("asks for DTLS, which cannot be tried from here")
    family, _kind, _protocol, _name, address = found[0]
    with closing(socket.socket(family, kind)) as plain:
        plain.settimeout(max(until - time.monotonic(), 0.1))
        plain.connect(address)
        if not server.scheme.endswith("s"):
            yield _Line(plain, is_udp=server.is_udp, until=until)
            return
        with ssl.create_default_context().wrap_socket(plain, server_hostname=server.host) as safe:
            yield _Line(safe, is_udp=False, until=until)


def _bind(line: _Line) -> tuple[str, int]:
    answer = line.ask(stun.BINDING)
    address = answer.address(stun.XOR_MAPPED)
    if answer.kind != stun.BINDING | stun.SUCCESS or address is None:
        raise ProbeFailed(f"refused to say how it sees us ({answer.error})")
    return address


def _allocate(line: _Line, username: str, password: str) -> tuple[str, int]:
    """Ask without a login, learn the realm, ask with it; give back what was got."""
    wanted = [(stun.TRANSPORT, stun.UDP)]
    first = line.ask(stun.ALLOCATE, wanted)
    if first.error != UNAUTHORIZED:
        raise ProbeFailed(_odd(first))
    login = _login(first, username, password)
    answer = line.ask(stun.ALLOCATE, wanted, login)
    if answer.error == STALE_NONCE:
        login = _login(answer, username, password)
        answer = line.ask(stun.ALLOCATE, wanted, login)
    address = answer.address(stun.RELAYED)
    if answer.kind != stun.ALLOCATE | stun.SUCCESS or address is None:
        raise ProbeFailed(_refused(answer.error))
    if not stun.is_signed(answer, login.key):
        raise ProbeFailed("answers without proof that it knows our secret")
    line.ask(stun.REFRESH, [(stun.LIFETIME, bytes(4))], login)
    return address


def _login(answer: Message, username: str, password: str) -> Login:
    realm = answer.attributes.get(stun.REALM, b"").decode(errors="replace")
    return Login(username, password, realm, answer.attributes.get(stun.NONCE, b""))


def _odd(answer: Message) -> str:
    if answer.kind == stun.ALLOCATE | stun.SUCCESS:
        return "relays for everybody who asks, without a login: set use-auth-secret there"
    return f"does not ask for a login, but refuses ({answer.error})"


def _refused(error: int) -> str:
    return {
        UNAUTHORIZED: "refuses our login: its static-auth-secret must be DUOLOGUE_TURN_SECRET",
        403: "forbids us to relay (403)",
        442: "cannot relay UDP (442)",
        486: "has too many allocations for one login (486)",
        508: "has no free port left to relay (508)",
    }.get(error, f"refuses to relay ({error})")
