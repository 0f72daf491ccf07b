"""How is an address fetched that a person typed? Without reaching our own network, within firm bounds.

The name is looked up once and the connection goes to what was found, so that it cannot mean another machine
a moment later. Every redirect is looked at in the same way, and one watchman ends all of it in time, however
slowly bytes drip.
"""

import socket
import ssl
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urljoin

import httpcore
import httpx

from duologue import __version__
from duologue.core.errors import DuologueError
from duologue.core.resting import resting

PORTS = frozenset({443, 8443})
"""Of addresses that the operator does not vouch for."""
LONGEST_ADDRESS = 2000
MOST_REDIRECTS = 5
_MOST_MACHINES = 4
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Addresses that carry others inside them: what they lead to is decided elsewhere.
_TRANSLATED = [ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("::/96")]
_BY_SCHEME = {"https": 443, "http": 80}


class NotFetched(DuologueError):
    """Nothing came of it; `code` is one of the names below, `detail` a word more for people."""

    code = "unreachable"

    @property
    def detail(self) -> str:
        return str(self.data.get("detail", ""))


@dataclass(frozen=True, slots=True)
class Bounds:
    """`within` is seconds for all of it. `trusted` are hosts, or hosts with ports, of the operator's own
    network: they may have any address and port, and need no encryption."""

    within: float = 15.0
    most_bytes: int = 5_000_000
    trusted: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """The last answer, after redirects. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


def fetch(address: str, bounds: Bounds, headers: Mapping[str, str] | None = None) -> Fetched:
    """GET it. Raises NotFetched, with the code:

    address, scheme, login, port, private: we do not go there. unknown_host, unreachable, encryption,
    redirects, too_big, too_slow: we went, and nothing whole came back.
    """
    with resting():
        return _fetched(address, bounds, headers or {})


def _fetched(address: str, bounds: Bounds, headers: Mapping[str, str]) -> Fetched:
    url = checked(address, bounds.trusted)
    is_trusted = _is_trusted(url, bounds.trusted)
    with _Watch(bounds.within) as watch:
        for _hop in range(MOST_REDIRECTS + 1):
            trusted = is_trusted and _is_trusted(url, bounds.trusted)
            answer = _ask(url, _Way(watch, trusted), bounds, headers)
            if answer.status not in _REDIRECTS:
                return answer
            # A stranger's server may not lead us to machines that only the operator's own may name.
            there = urljoin(str(url), answer.headers.get("location", ""))
            url = checked(there, bounds.trusted if is_trusted else ())
    raise NotFetched(code="redirects")


def checked(address: str, trusted: Collection[str] = ()) -> httpx.URL:
    """The address, if it is one that may be fetched at all; raises NotFetched."""
    if not address or len(address) > LONGEST_ADDRESS or not address.isprintable() or " " in address:
        raise NotFetched(code="address")
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise NotFetched(code="address") from None
    if url.scheme not in _BY_SCHEME or not url.host:
        raise NotFetched(code="scheme" if url.host else "address")
    if url.userinfo:
        raise NotFetched(code="login")
    if not _is_trusted(url, trusted):
        _check_public(url)
    return url.copy_with(fragment=None)


def _check_public(url: httpx.URL) -> None:
    if url.scheme != "https":
        raise NotFetched(code="scheme")
    if _port(url) not in PORTS:
        raise NotFetched(code="port", detail=str(_port(url)))
    try:
        literal = ip_address(url.host.strip("[]"))
    except ValueError:
        return
    if not is_public(literal):
        raise NotFetched(code="private")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is a machine on the open internet, and not one beside us, or one hidden in another's."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped or address.sixtofour or address.teredo or address.is_site_local:
            return False
        if any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_trusted(url: httpx.URL, trusted: Collection[str]) -> bool:
    host = url.host.lower()
    return host in trusted or f"{host}:{_port(url)}" in trusted


def _port(url: httpx.URL) -> int:
    return url.port or _BY_SCHEME[url.scheme]


def _ask(url: httpx.URL, way: "_Way", bounds: Bounds, more: Mapping[str, str]) -> Fetched:
    headers = {
        "User-Agent": f"Duologue/{__version__}",
        "Accept": "text/calendar, */*;q=0.1",
        # What is packed small can be large: we ask for it as it is, and take nothing else.
        "Accept-Encoding": "identity",
        **more,
    }
    patience = dict.fromkeys(("connect", "read", "write", "pool"), bounds.within)
    target = httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=_port(url), target=url.raw_path or b"/"
    )
    with (
        _named(way.watch),
        httpcore.ConnectionPool(ssl_context=_tls(), network_backend=way, max_connections=1) as pool,
        pool.stream(
            "GET", target, headers=list(headers.items()), extensions={"timeout": patience}
        ) as response,
    ):
        told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        if response.status in _REDIRECTS:
            return Fetched(response.status, told, b"")
        return Fetched(response.status, told, _read(response.iter_stream(), told, bounds.most_bytes))


def _read(chunks: Iterable[bytes], told: Mapping[str, str], most: int) -> bytes:
    if told.get("content-encoding", "identity").lower() not in {"identity", ""}:
        raise NotFetched(code="packed")
    length = told.get("content-length", "")
    if length.isdecimal() and int(length[:18]) > most:
        raise NotFetched(code="too_big")
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > most:
            raise NotFetched(code="too_big")
    return bytes(content)


@contextmanager
def _named(watch: "_Watch") -> Iterator[None]:
    """What goes wrong on the way, in our own words."""
    try:
        yield
    except httpcore.TimeoutException:
        raise NotFetched(code="too_slow") from None
    except ssl.SSLError:
        raise NotFetched(code="too_slow" if watch.is_over else "encryption") from None
    except httpcore.ConnectError as error:
        is_encryption = isinstance(error.__cause__ or error.__context__, ssl.SSLError)
        code = "encryption" if is_encryption else "unreachable"
        raise NotFetched(code="too_slow" if watch.is_over else code) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
        raise NotFetched(code="too_slow" if watch.is_over else "unreachable") from None


class _Watch:
    """Ends every connection of one fetch when its time is over."""

    def __init__(self, within: float) -> None:
        self.within = within
        self.is_over = False
        self._sockets: list[socket.socket] = []
        self._turn = threading.Lock()
        self._timer = threading.Timer(within, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "_Watch":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._turn:
            for one in self._sockets:
                one.close()
            self._sockets.clear()

    def add(self, one: socket.socket) -> None:
        """A duplicate is kept, for encryption takes the socket itself over."""
        with self._turn:
            self._sockets.append(one.dup())
        if self.is_over:
            self._end()

    def _end(self) -> None:
        self.is_over = True
        with self._turn:
            for one in self._sockets:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


class _Way(httpcore.NetworkBackend):
    """Connects to the machine that the name meant when it was looked at."""

    def __init__(self, watch: _Watch, is_trusted: bool) -> None:
        self.watch = watch
        self._is_trusted = is_trusted
        self._under = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        machines = _look_up(host, port, self.watch.within)
        if not self._is_trusted and not all(is_public(machine) for machine in machines):
            raise NotFetched(code="private")
        for machine in machines[:_MOST_MACHINES]:
            try:
                stream = self._under.connect_tcp(str(machine), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if self.watch.is_over:
                    raise NotFetched(code="too_slow") from None
                continue
            self.watch.add(stream.get_extra_info("socket"))
            return stream
        raise NotFetched(code="unreachable")


def _look_up(host: str, port: int, within: float) -> list[IPv4Address | IPv6Address]:
    """The machines of that name, in the system's order; a resolver that is silent is not waited for."""
    found: list[IPv4Address | IPv6Address] = []

    def ask() -> None:
        try:
            told = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        # Without the zone that a link-local address may carry.
        found.extend(dict.fromkeys(ip_address(str(one[4][0]).partition("%")[0]) for one in told))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(within)
    if asking.is_alive():
        raise NotFetched(code="too_slow")
    if not found:
        raise NotFetched(code="unknown_host")
    return found


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Reading all certificates takes longer than most fetches."""
    return httpx.create_ssl_context(trust_env=False)
