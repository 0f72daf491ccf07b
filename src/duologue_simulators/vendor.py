"""What do the stand-ins for video vendors share? A server with routes, and faults that strike on purpose."""

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from duologue_simulators import front
from duologue_simulators.faulty import Cut, Fault, Faults


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` is without the query; `seconds` since the epoch is the vendor's own clock."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    seconds: float

    def json(self) -> Any:
        return json.loads(self.content or b"null")

    def form(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.content.decode()).items()}

    @property
    def bearer(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: an object as JSON, text as a page, bytes as they are."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return b"" if self.body is None else json.dumps(self.body).encode()

    @property
    def kind(self) -> str:
        return "text/html; charset=utf-8" if isinstance(self.body, str) else "application/json"


def go(where: str) -> Reply:
    """Lead a browser on."""
    return Reply(303, None, {"Location": where})


FOR_GOOD = 10**9
SHOWN = 20
"""So many of the latest requests stand on a vendor's page."""
Answer = Callable[..., Reply]
"""Takes the call, and the named groups of its route's pattern."""


class Vendor:
    """A vendor's state and routes. Subclasses fill `routes` with `METHOD /pattern` and a function.

    Every call is answered under one lock, so a vendor's state needs none of its own. `calls` keeps what was
    asked, for tests. The clock can be moved by `move_clock`.
    """

    name = "vendor"
    settings: Mapping[str, str] = {}
    """What the product needs to be pointed here, with `{url}` where the address belongs."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.faults = Faults()
        self.calls: list[Call] = []
        self.lock = threading.RLock()
        self._ahead = 0.0
        self.moved_by: Callable[[], float] = float
        """How far somebody else's clock stands ahead, where this one follows it."""

    def routes(self) -> Mapping[str, Answer]:
        return {}

    def too_many(self, pause: int) -> Reply:
        """The vendor's own form of 429."""
        return Reply(429, {"error": "too many requests"}, {"Retry-After": str(pause)})

    def broken(self) -> Reply:
        """The vendor's own form of 500."""
        return Reply(500, {"error": "internal"})

    def unknown(self) -> Reply:
        return Reply(404, {"error": "not found"})

    def now(self) -> float:
        return time.time() + self._ahead + self.moved_by()

    def move_clock(self, seconds: float) -> None:
        self._ahead += seconds

    def buttons(self) -> Mapping[str, front.Button]:
        """What a person can do to the vendor, on its page."""
        return {
            "down": front.Button("Be down", lambda: self.faults.add(Fault("503", times=FOR_GOOD))),
            "up": front.Button("Answer again", self.faults.clear),
        }

    def answer(self, call: Call) -> Reply:
        fault = self.faults.strike(f"{call.method} {call.path}")
        if fault is None:
            return self._routed(call)
        if fault.kind == "slow":
            time.sleep(fault.seconds)
            return self._routed(call)
        return self._struck(fault, call)

    def asked(self, start: str) -> list[Call]:
        """The calls so far whose `METHOD /path` begins so."""
        return [call for call in self.calls if f"{call.method} {call.path}".startswith(start)]

    def _struck(self, fault: Fault, call: Call) -> Reply:
        if fault.is_after:
            self._routed(call)
        if fault.kind in {"cut", "lost"}:
            raise Cut
        if fault.kind == "429":
            return self.too_many(max(1, round(fault.seconds)))
        if fault.kind in {"500", "500_after"}:
            return self.broken()
        return Reply(*fault.reply)

    def _routed(self, call: Call) -> Reply:
        with self.lock:
            self.calls.append(call)
            for route, answer in self.routes().items():
                method, _, pattern = route.partition(" ")
                found = re.fullmatch(pattern, call.path)
                if found and method == call.method:
                    return answer(call, **found.groupdict())
            return self.unknown()


class Handler(BaseHTTPRequestHandler):
    """One connection. `POST /_sim/fault`, `/_sim/clock` and `GET /_sim/calls` steer the vendor."""

    protocol_version = "HTTP/1.1"
    server: "Server"
    # One packet an answer: without it small answers wait for the other side's acknowledgement.
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PATCH = do_DELETE = do_PUT = do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def _answer(self) -> None:
        place, vendor = urlsplit(self.path), self.server.vendor
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = {name: values[-1] for name, values in parse_qs(place.query).items()}
        call = Call(self.command, place.path, query, dict(self.headers), content, vendor.now())
        try:
            self._send(_answer(vendor, call))
        except Cut:
            self.close_connection = True

    def _send(self, reply: Reply) -> None:
        content = reply.content
        self.send_response(reply.status)
        for name, value in {"Content-Type": reply.kind, **reply.headers}.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if reply.status != 204 and self.command != "HEAD":
            self.wfile.write(content)


def _answer(vendor: Vendor, call: Call) -> Reply:
    if call.path == "/":
        lately = [f"{one.method} {one.path}" for one in vendor.calls[: -SHOWN - 1 : -1]]
        return Reply(200, front.shown(vendor.name, vendor.buttons(), lately))
    return _steer(vendor, call) if call.path.startswith("/_sim/") else vendor.answer(call)


def _steer(vendor: Vendor, call: Call) -> Reply:
    if call.path == "/_sim/press":
        button = vendor.buttons().get(call.form().get("button", ""))
        if button is not None:
            button.press()
        return go("/")
    try:
        given = call.json() or {}
        if call.path == "/_sim/fault":
            vendor.faults.add(Fault(**given))
        elif call.path == "/_sim/clock":
            vendor.move_clock(given["seconds"])
        elif call.path == "/_sim/calls":
            return Reply(200, {"calls": [f"{one.method} {one.path}" for one in vendor.calls]})
        else:
            return Reply(404, {"error": "There are /, /_sim/fault, /_sim/clock and /_sim/calls."})
    except (KeyError, TypeError, ValueError) as error:
        return Reply(400, {"error": repr(error)})
    return Reply(200, {})


class Server(ThreadingHTTPServer):
    """Listens at loopback; port 0 takes a free one."""

    daemon_threads = True
    # The default of 5 refuses a crowd.
    request_queue_size = 128

    def __init__(self, made: Callable[[str], Vendor], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self._made = made
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.vendor = made(self.url)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up before the end of an answer, as after one that is far too long, is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def begin_anew(self) -> Vendor:
        """An empty vendor at the same address."""
        self.vendor = self._made(self.url)
        return self.vendor

    def start(self) -> Self:
        serve = {"poll_interval": 0.05}
        threading.Thread(target=self.serve_forever, kwargs=serve, daemon=True).start()
        return self


@contextmanager
def running(made: Callable[[str], Vendor], port: int = 0) -> Iterator[Server]:
    """A server that serves while the block runs."""
    server = Server(made, port).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
