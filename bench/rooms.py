"""Two hundred rooms on one web process: how long does a poll take?"""

import os
import selectors
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import uuid4

import orjson
from django.conf import settings
from django.test import Client

from bench import world
from bench.processes import HOST, cpu_seconds_of_all, free_port, running, wait_for
from bench.report import Figure
from duologue.accounts.models import User
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.core.ids import uuid7

ROOMS = 200
MOST = 30
# As often as the page asks: static/js/call/signaling.js, PACE.
WAITS = 1.5
BEATS = 12.0


def figures(*, is_quick: bool) -> Iterator[Figure]:
    """Pages that wait for the other one, and pages that are connected and only beat."""
    rooms = [room(number) for number in range(20 if is_quick else ROOMS)]
    lasts = 4 if is_quick else 30
    port = free_port()
    with running(["duologue", "web", "--workers", "1", "--port", str(port)], os.environ) as web:
        wait_for(web, port)
        waiting = [_Page(port, booking, host) for booking, host, _ in rooms]
        others = [_Page(port, booking, attendee) for booking, _, attendee in rooms]
        _polls(waiting, WAITS, WAITS)
        computed = cpu_seconds_of_all(web)
        took = _polls(waiting, WAITS, lasts)
        yield _figure(f"poll of {len(waiting)} who wait, p95", took)
        computed = (cpu_seconds_of_all(web) - computed) * 1000 / len(took)
        yield Figure("poll, what its web process computed", computed, "ms", None, "written beats too")
        for page in (*waiting, *others):
            page.is_connected = True
        _polls([*waiting, *others], WAITS, WAITS)
        took = _polls([*waiting, *others], BEATS, max(lasts, 2 * BEATS))
        yield _figure(f"poll of {len(rooms)} connected rooms, p95", took)


def _figure(what: str, took: Sequence[float]) -> Figure:
    p95 = statistics.quantiles(took, n=100)[94]
    return Figure(what, p95, "ms", MOST, f"{len(took)} polls, p50 {statistics.median(took):.1f} ms")


class _Page:
    """What a browser's page says on a connection of its own, without the browser.

    Its words are put together beforehand: we compute on the cores whose answers we measure.
    """

    def __init__(self, port: int, booking: Booking, person: User) -> None:
        client = Client()
        client.force_login(person)
        cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        self._head = (
            f"POST /video-call/{booking.pk}/exchange HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\n"
            "Content-Type: application/json\r\n"
        )
        self._epoch = str(uuid4())
        self.line = socket.create_connection((HOST, port), timeout=60)
        self._heard = b""
        self.is_connected = False

    @property
    def is_connected(self) -> bool:
        return self._is_connected

    @is_connected.setter
    def is_connected(self, connected: bool) -> None:
        self._is_connected = connected
        body = orjson.dumps({"epoch": self._epoch, "entered": True, "connected": connected})
        self._request = f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def ask(self) -> None:
        self._heard = b""
        self.line.sendall(self._request)

    def has_heard(self) -> bool:
        """Take in what has arrived; whether that was the end. Raises RuntimeError for a refusal."""
        self._heard += self.line.recv(65536)
        if not self._heard.startswith(b"HTTP/1.1 200"):
            msg = f"A poll was answered: {self._heard[:300]!r}"
            raise RuntimeError(msg)
        return self._heard.endswith(b"}")


def _polls(pages: Sequence[_Page], every: float, lasts: float) -> list[float]:
    """All pages at their own pace, evenly spread; milliseconds of each answer from when it was due."""
    took: list[float] = []
    begins, count, asked = time.perf_counter(), len(pages) * int(lasts / every), 0
    due: dict[_Page, float] = {}
    with selectors.DefaultSelector() as waiting:
        for page in pages:
            waiting.register(page.line, selectors.EVENT_READ, page)
        while len(took) < count:
            page, at = pages[asked % len(pages)], begins + every * asked / len(pages)
            pause = at - time.perf_counter() if asked < count and page not in due else None
            if pause is not None and pause <= 0:
                page.ask()
                due[page] = at
                asked += 1
                continue
            for key, _ in waiting.select(pause):
                if key.data.has_heard():
                    took.append((time.perf_counter() - due.pop(key.data)) * 1000)
    return took


def room(number: int) -> tuple[Booking, User, User]:
    offer, attendee, now = world.offer(f"host{number}"), world.person(f"guest{number}"), clock.now()
    starts_at = now + timedelta(minutes=5)
    ends_at = starts_at + timedelta(hours=1)
    booking = Booking.objects.create(
        id=uuid7(now),
        host=offer.host,
        event_type=offer.event_type,
        attendee=attendee,
        attendee_name=attendee.name,
        attendee_email=attendee.email,
        status=Status.CONFIRMED.value,
        starts_at=starts_at,
        ends_at=ends_at,
        blocked_from=starts_at,
        blocked_until=ends_at,
        title=offer.event_type.name,
        price_amount=0,
        currency="EUR",
        cancel_hours=24,
        created_at=now,
        confirmed_at=now,
    )
    return booking, offer.host.user, attendee
