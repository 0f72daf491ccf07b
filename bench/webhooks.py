"""How soon is a payment's webhook acknowledged with fifty at once, and how many does one worker work off?

Every event tells of a real checkout at a simulated Stripe in a process of its own: the worker asks there,
confirms the booking, and writes what follows from that.
"""

import json
import os
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

from django.conf import settings

from bench import world
from bench.clockwork import p50
from bench.processes import HOST, cpu_seconds, running, serving
from bench.report import Figure
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.inbox.models import WebhookEvent
from duologue.payments.models import CheckoutAttempt
from duologue.scheduling.intervals import instant
from duologue.usecases import find_slots
from duologue.usecases.begin_checkout import begin_checkout
from duologue.usecases.book import Wish, book
from duologue.usecases.give_details import Details, give_details
from duologue_simulators.stripe.account import GOOD
from duologue_simulators.stripe.hooks import signature

AT_ONCE = 50
MOST_MS = 50
MOST_EACH_MS = 10
"""A hundred a second."""
TOLD = "checkout.session.completed"
SECRET = "whsec_of_the_bench"
WAITS = 120
HOSTS = 25


def figures(*, is_quick: bool) -> Iterator[Figure]:
    rounds = 3 if is_quick else 10
    with serving(["duologue", "simulate", "stripe"], os.environ) as stripe_port:
        chosen = {
            "DUOLOGUE_STRIPE_SECRET_KEY": "sk_test_bench",
            "DUOLOGUE_STRIPE_WEBHOOK_SECRETS": SECRET,
            "DUOLOGUE_STRIPE_API_BASE": f"http://{HOST}:{stripe_port}",
        }
        environment = {**os.environ, **chosen}
        for name, value in chosen.items():
            setattr(settings, name, [value] if name.endswith("SECRETS") else value)
        settings.DUOLOGUE_PAYMENT_PROVIDER = "stripe"
        bodies = _paid_checkouts(stripe_port, AT_ONCE * (rounds + 1))
        with serving(["duologue", "web", "--workers", "2"], environment) as port:
            took = _acknowledged(port, bodies)
        yield Figure(
            f"webhook acknowledged, {AT_ONCE} at once, p95",
            _p95(took),
            "ms",
            MOST_MS,
            f"p50 {p50(took):.1f} ms",
        )
        with running(["duologue", "worker"], environment) as worker:
            yield _worked_off(len(bodies))
            computed = cpu_seconds(worker) * 1000 / len(bodies)
            yield Figure("webhook, what its worker computed", computed, "ms", None, "start and mails too")


def _paid_checkouts(stripe_port: int, wanted: int) -> list[bytes]:
    """Book and pay that often; the bodies of the events that tell of it."""
    line = HTTPConnection(HOST, stripe_port)
    _steer(line, "webhooks", {"hold": True})
    for number, wish in zip(range(wanted), _wishes(), strict=False):
        booking = book(wish, now=clock.now())
        give_details(booking, Details("Amara Obi", f"guest{number}@people.example"), now=clock.now())
        begin_checkout(booking, now=clock.now())
        page = CheckoutAttempt.objects.get(payment__booking=booking).external_id
        _steer(line, "pay", {"session": page, "way": GOOD})
    events = _steer(line, "state", {})["events"]
    line.close()
    return [json.dumps(event, indent=2).encode() for event in events if event["type"] == TOLD]


def _wishes() -> Iterator[Wish]:
    """Another browser each time, and hosts in turn, as payments come in."""
    sold, now = [world.offer(f"host{number}") for number in range(HOSTS)], clock.now()
    free = [find_slots.open_slots(one.event_type, now, now + timedelta(days=60), now=now) for one in sold]
    # Every second start: an hour lasts longer than the half hour between starts.
    for number, starts in enumerate(zip(*(each[10::2] for each in free), strict=False)):
        for offer, start in zip(sold, starts, strict=True):
            browser = f"{number}-{offer.host.slug}".rjust(64, "0")
            yield Wish(offer.event_type.pk, instant(start), browser=browser)


def _steer(line: HTTPConnection, what: str, given: dict[str, Any]) -> Any:
    line.request("POST", f"/_sim/{what}", json.dumps(given))
    return json.loads(line.getresponse().read())


def _acknowledged(port: int, bodies: Sequence[bytes]) -> list[float]:
    """Milliseconds to each answer; the first round wakes the processes up and does not count."""
    lines = [socket.create_connection((HOST, port)) for _ in range(AT_ONCE)]
    took: list[float] = []
    for begin in range(0, len(bodies), AT_ONCE):
        told = _burst(lines, [_request(body) for body in bodies[begin : begin + AT_ONCE]])
        took += told if begin else []
    for line in lines:
        line.close()
    return took


def _request(body: bytes) -> bytes:
    at = int(clock.machine().timestamp())
    head = (
        f"POST /webhooks/stripe HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nStripe-Signature: {signature(body, SECRET, at)}\r\n\r\n"
    )
    return head.encode() + body


def _burst(lines: Sequence[socket.socket], requests: Sequence[bytes]) -> list[float]:
    """Send all at once, on connections that are open already, and wait for every answer."""
    took = []
    with selectors.DefaultSelector() as waiting:
        for line, request in zip(lines, requests, strict=True):
            waiting.register(line, selectors.EVENT_READ, time.perf_counter())
            line.sendall(request)
        while waiting.get_map():
            for key, _ in waiting.select():
                line = lines[[one.fileno() for one in lines].index(key.fd)]
                answer = line.recv(65536)
                if not answer.startswith(b"HTTP/1.1 200"):
                    msg = f"A webhook was answered: {answer[:200]!r}"
                    raise RuntimeError(msg)
                took.append((time.perf_counter() - key.data) * 1000)
                waiting.unregister(line)
    return took


def _worked_off(count: int) -> Figure:
    """Milliseconds an event, from the first that the worker handled to the last."""
    until = time.monotonic() + WAITS
    done = WebhookEvent.objects.exclude(handled_at=None)
    while done.count() < count:
        if time.monotonic() > until:
            msg = f"Only {done.count()} of {count} events were handled."
            raise RuntimeError(msg)
        time.sleep(0.1)
    confirmed = Booking.objects.filter(status=Status.CONFIRMED.value).count()
    if confirmed != count:
        msg = f"Of {count} paid bookings {confirmed} are confirmed."
        raise RuntimeError(msg)
    times = sorted(done.values_list("handled_at", flat=True))
    seconds = (times[-1] - times[0]).total_seconds()
    each = seconds * 1000 / (count - 1)
    return Figure(
        "webhook worked off, one worker", each, "ms", MOST_EACH_MS, f"{1000 / each:.0f} a second, of {count}"
    )


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
