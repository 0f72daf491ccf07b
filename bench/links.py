"""How soon after the confirmation is the link ready, when twenty a second are confirmed?"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from bench import world
from bench.clockwork import p50, p99
from bench.processes import running
from bench.report import Figure
from duologue.accounts import people
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.bookings.transitions import SYSTEM
from duologue.core import clock
from duologue.jobs.models import WorkerBeat
from duologue.usecases.confirm import confirm
from duologue.video.models import MeetingLink

A_SECOND = 20
MOST_SECONDS = 1
LOOKS_EVERY = 0.01
PATIENCE = 60


def figures(*, is_quick: bool) -> Iterator[Figure]:
    offer = world.offer("naoko")
    held = _holds(offer, 100 if is_quick else 400)
    with running(["duologue", "worker"], dict(os.environ)), _watching(len(held)) as ready:
        _wait_for_worker()
        confirmed = _confirm_in_rhythm(held)
    waits = [ready[key] - at for key, at in confirmed.items()]
    yield Figure("confirmation to link, p99", p99(waits), "s", MOST_SECONDS, f"median {p50(waits):.2f} s")
    attempts = len(MeetingLink.objects.filter(status=MeetingLink.Status.READY))
    yield Figure("links ready", attempts, "", None, f"of {len(held)}, {A_SECOND} a second")


def _holds(offer: world.Offer, count: int) -> list[Booking]:
    attendee = world.person("amara")
    world.fill(offer, count, days=range(10, 10 + count // 4), attendee=attendee)
    until = clock.now() + timedelta(hours=1)
    Booking.objects.update(status=Status.PENDING_PAYMENT.value, hold_expires_at=until, confirmed_at=None)
    return list(Booking.objects.select_related("host__user", "attendee"))


def _confirm_in_rhythm(held: list[Booking]) -> dict[UUID, float]:
    """When each was confirmed, by the clock that never jumps."""
    began, confirmed = time.monotonic(), {}
    for number, booking in enumerate(held):
        time.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
        with transaction.atomic():
            people.lock([booking.host.user_id, booking.attendee_id])
            confirm(booking, now=clock.now(), actor=SYSTEM, cause="paid")
        confirmed[booking.pk] = time.monotonic()
    return confirmed


@contextmanager
def _watching(count: int) -> Iterator[dict[UUID, float]]:
    """Notes when each link is seen to be ready; leaves when all are."""
    ready: dict[UUID, float] = {}
    stop = threading.Event()

    def watch() -> None:
        while len(ready) < count and not stop.wait(LOOKS_EVERY):
            links = MeetingLink.objects.filter(status=MeetingLink.Status.READY)
            for key in links.values_list("booking_id", flat=True):
                ready.setdefault(key, time.monotonic())
        connection.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield ready
        watcher.join(PATIENCE)
    finally:
        stop.set()
        watcher.join()


def _wait_for_worker() -> None:
    while not WorkerBeat.objects.exists():
        time.sleep(LOOKS_EVERY)
