"""Asking vendors: whatever comes back becomes an answer or one of our errors."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from duologue.core import clock, http
from duologue.core.errors import NeedsReconnect, NotConfigured, Permanent, ProviderError, Retryable


class Vendor(ThreadingHTTPServer):
    """Answers every request as `answer` says."""

    daemon_threads = True

    def __init__(self, answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.seen: list[BaseHTTPRequestHandler] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.seen.append(self)
        self.server.answer(self)

    do_POST = do_GET

    def log_message(self, format, *args) -> None:
        pass


@contextmanager
def vendor(answer) -> Iterator[tuple[str, Vendor]]:
    server = Vendor(answer)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(status: int, content: bytes = b"{}", **headers: str):
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def refused(status: int, **headers: str) -> ProviderError:
    with (
        vendor(says(status, b"<html>oops secret</html>", **headers)) as (url, _),
        pytest.raises(ProviderError) as met,
    ):
        http.ask("Vendor", "GET", url)
    return met.value


def test_an_object_comes_back():
    with vendor(says(201, b'{"id": 5}')) as (url, _):
        assert http.ask("Vendor", "POST", url, body={"a": 1}) == {"id": 5}


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b'{"id": 5', b"[1]", b"null", b"\xff\xfe", b"[" * 100_000], ids=repr
)
def test_what_cannot_be_read_may_be_tried_again(content):
    with vendor(says(200, content)) as (url, _), pytest.raises(Retryable, match="cannot be read"):
        http.ask("Vendor", "GET", url)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_refusals_that_pass(status):
    assert isinstance(refused(status), Retryable)


@pytest.mark.parametrize("status", [301, 302, 400, 403, 404, 409, 410, 422])
def test_refusals_that_stay(status):
    error = refused(status, Location="http://127.0.0.1:9/elsewhere")
    assert isinstance(error, Permanent)
    assert "secret" not in str(error)


def test_a_refused_token_may_be_refreshed():
    error = refused(401)
    assert isinstance(error, NeedsReconnect)
    assert error.code == http.SPENT


def pause_of(**headers: str) -> timedelta | None:
    error = refused(429, **headers)
    assert isinstance(error, Retryable)
    return error.retry_after


def test_how_long_to_wait_is_read_in_all_three_forms():
    assert pause_of(Retry_After="7") == timedelta(seconds=7)
    soon = clock.machine() + timedelta(minutes=20)
    for text in (format_datetime(soon, usegmt=True), soon.isoformat(), soon.strftime("%Y-%m-%dT%H:%M:%SZ")):
        assert timedelta(minutes=19) < pause_of(Retry_After=text) <= timedelta(minutes=20)


@pytest.mark.parametrize(
    ("text", "pause"),
    [
        ("0", timedelta(seconds=1)),
        ("999999999999999999999", timedelta(days=1)),
        ("Tue, 01 Jan 1980 00:00:00 GMT", timedelta(seconds=1)),
        ("2999-01-01", timedelta(days=1)),
        ("soon", None),
        ("-5", None),
    ],
)
def test_silly_pauses_are_bounded(text, pause):
    assert pause_of(Retry_After=text) == pause


def test_nobody_there():
    with vendor(says(200)) as (url, _):
        pass
    with pytest.raises(Retryable, match="does not answer"):
        http.ask("Vendor", "GET", url)


def test_far_too_much_even_when_packed_small():
    packed = gzip.compress(b" " * 50_000_000)
    with (
        vendor(says(200, packed, Content_Encoding="gzip")) as (url, _),
        pytest.raises(Retryable, match="far too much"),
    ):
        http.ask("Vendor", "GET", url)


def test_an_answer_that_drips_ends_at_the_deadline():
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            for _ in range(100):
                handler.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            handler.close_connection = True

    with vendor(drip) as (url, _), pytest.raises(Retryable, match="slowly"):
        http.ask("Vendor", "GET", url, within=2)


def test_cut_in_the_middle():
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"id":')
        handler.close_connection = True

    with vendor(cut) as (url, _), pytest.raises(Retryable):
        http.ask("Vendor", "GET", url)


def test_cookies_are_not_kept():
    with vendor(says(200, Set_Cookie="who=first; Path=/")) as (url, server):
        http.ask("Vendor", "GET", url)
        http.ask("Vendor", "GET", url)
        assert [one.headers["Cookie"] for one in server.seen] == [None, None]


@pytest.mark.parametrize("address", ["nowhere", "ftp://vendor.example/", "http://[::1", ""])
def test_an_address_that_is_none_is_the_operators_matter(address):
    with pytest.raises(NotConfigured, match="address of Vendor"):
        http.ask("Vendor", "GET", address)
