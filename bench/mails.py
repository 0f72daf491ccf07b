"""How soon after a session is agreed or cancelled has the mail server both people's mails?

Twenty a second by the use cases, one worker, a mail server in a process of its own. From the product's own
record of the change to the moment at which the server had taken the later of the two.
"""

import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from bench import world
from bench.clockwork import p50, p99
from bench.processes import HOST, running
from bench.report import Figure
from bench.rhythm import in_rhythm
from duologue.accounts import people
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.bookings.transitions import SYSTEM, Actor
from duologue.core import clock
from duologue.jobs.models import WorkerBeat
from duologue.notifications.models import OutgoingMail
from duologue.usecases.cancel import cancel
from duologue.usecases.confirm import confirm

A_SECOND, SECONDS = 20, 30
MOST_SECONDS = 10
HOSTS = 10
PATIENCE = 120
Taken = dict[str, datetime]


def figures(*, is_quick: bool) -> Iterator[Figure]:
    held = _held(A_SECOND * (5 if is_quick else SECONDS))
    with _sink() as (port, taken):
        environment = {**os.environ, "DUOLOGUE_EMAIL_URL": f"smtp://{HOST}:{port}"}
        with running(["duologue", "worker"], environment):
            _wait(lambda: WorkerBeat.objects.exists())
            yield _figure("agreed to both mails sent, p99", held, _confirm, "confirmed_at", taken)
            yield _figure("cancelled to both mails sent, p99", held, _cancel, "cancelled_at", taken)


def _figure(
    what: str, booked: Sequence[Booking], change: Callable[[Booking], None], since: str, taken: Taken
) -> Figure:
    before = OutgoingMail.objects.count()
    seconds = in_rhythm([partial(change, booking) for booking in booked], A_SECOND)
    owed = OutgoingMail.objects.order_by("created_at")[before:]
    mails = list(owed.values_list("pk", "booking_id"))
    if len(mails) != 2 * len(booked):
        msg = f"{len(booked)} sessions owe {len(mails)} mails."
        raise RuntimeError(msg)
    _wait(lambda: all(str(key) in taken for key, _ in mails))
    waits = _waits(mails, dict(Booking.objects.values_list("pk", since)), taken)
    pace = f"{len(booked) / seconds:.0f} a second, of {len(booked)}"
    return Figure(what, p99(waits), "s", MOST_SECONDS, f"median {p50(waits):.2f} s, {pace}")


def _waits(mails: Sequence[tuple[UUID, UUID]], since: dict[UUID, datetime], taken: Taken) -> list[float]:
    """Seconds to the later one of each pair."""
    last: dict[UUID, float] = defaultdict(float)
    for key, booking in mails:
        last[booking] = max(last[booking], (taken[str(key)] - since[booking]).total_seconds())
    return list(last.values())


def _confirm(booking: Booking) -> None:
    with transaction.atomic():
        people.lock([booking.host.user_id], email=booking.attendee_email)
        confirm(booking, now=clock.now(), actor=SYSTEM, cause="paid")


def _cancel(booking: Booking) -> None:
    cancel(booking, by=Actor("attendee"), reason="plans_changed", now=clock.now())


def _held(count: int) -> list[Booking]:
    for number in range(HOSTS):
        world.fill(world.offer(f"host{number}"), count // HOSTS, days=range(10, 40))
    until = clock.now() + timedelta(hours=1)
    Booking.objects.update(status=Status.PENDING_PAYMENT.value, hold_expires_at=until, confirmed_at=None)
    return list(Booking.objects.select_related("host__user"))


@contextmanager
def _sink() -> Iterator[tuple[int, Taken]]:
    """Its port, and when it took which mail, as it goes on."""
    taken: Taken = {}
    command = [sys.executable, "-m", "bench.sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port, lines = int(process.stdout.readline()), process.stdout

        def read() -> None:
            for line in lines:
                at, name = line.split()
                taken.setdefault(name.strip("<>").partition("@")[0], datetime.fromisoformat(at))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield port, taken
        finally:
            process.terminate()
            reader.join()


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not until():
        if time.monotonic() > end:
            raise RuntimeError("It did not come to its end in time.")
        time.sleep(0.1)
