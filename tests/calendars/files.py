"""Calendar files, as other programs publish them, and a real server that gives them out."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MADE = "DTSTAMP:20261101T000000Z"


def event(uid: str, *lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", MADE, *lines, "END:VEVENT", ""])


def calendar(*parts: str, name: str = "") -> bytes:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody//Something//EN"]
    head += [f"X-WR-CALNAME:{name}"] if name else []
    return ("\r\n".join([*head, ""]) + "".join(parts) + "END:VCALENDAR\r\n").encode()


class Publisher(ThreadingHTTPServer):
    """A calendar server of which a test says what it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = calendar()
        self.answer: Callable[[_Handler], None] | None = None
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def address(self) -> str:
        return f"http://{self.place}/naoko/private-3f9a.ics"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what many of these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Publisher

    def do_GET(self) -> None:
        self.server.asked.append({name.lower(): value for name, value in self.headers.items()})
        self.server.paths.append(self.path)
        if self.server.answer is not None:
            self.server.answer(self)
        else:
            self.give(self.server.content)

    def give(self, content: bytes, status: int = 200, **headers: str) -> None:
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if status == 200 and self.headers.get("If-None-Match") == tag:
            content, status = b"", 304
        self.send_response(status)
        for name, value in {"Content-Type": "text/calendar", "ETag": tag, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def publishing() -> Iterator[Publisher]:
    server = Publisher()
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(status: int, content: bytes = b"", **headers: str) -> Callable[[_Handler], None]:
    return lambda handler: handler.give(content, status, **headers)


def redirects_for_ever(handler: _Handler) -> None:
    handler.give(b"", 302, Location=f"{handler.path}x")


def far_too_large(handler: _Handler) -> None:
    """50 MB that do not say how large they are."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    piece = b"X-NONSENSE:" + b"x" * 65_525
    for _ in range(800):
        handler.wfile.write(piece)


def drips_headers(handler: _Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(handler)


def drips_content(handler: _Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    _drip(handler)


def _drip(handler: _Handler) -> None:
    """A letter now and then, until the other one hangs up: bounded, should it never."""
    for _ in range(400):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)
