"""How soon after the confirmation does a session have a link, and one of the platform its host wants?

Fifty confirmations a second, two workers, a platform that answers in a second, fails once in twenty calls
and is down for a hundredth of the time; and one that never answers. Measured from the product's own records.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from bench import world
from bench.processes import cpu_seconds, running
from bench.report import Figure
from bench.rhythm import in_rhythm
from duologue.accounts import people
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.bookings.transitions import SYSTEM
from duologue.connections import vault
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.jobs.models import Job, WorkerBeat
from duologue.usecases.confirm import confirm
from duologue.video.attempts import MADE
from duologue.video.models import LinkAttempt, MeetingLink, Outage

VENDOR_OF = {
    "zoom": "zoom",
    "google_meet": "google",
    "teams": "microsoft",
    "daily": "daily",
    "whereby": "whereby",
}
A_SECOND, SECONDS = 50, 60
WITHIN = timedelta(seconds=5)
LEAST_ANY, LEAST_CHOSEN = 99, 95
HOSTS = 60
WORKERS = 2
PATIENCE = 30


def figures(*, is_quick: bool) -> Iterator[Figure]:
    count = A_SECOND * (5 if is_quick else SECONDS)
    for platform in ("zoom", "daily") if is_quick else VENDOR_OF:
        in_time, chosen, pace = _share(platform, count, health="well")
        yield Figure(f"no link within 5 s, {platform}", 100 - in_time, "%", 100 - LEAST_ANY, pace)
        yield Figure(f"not the chosen one within 5 s, {platform}", 100 - chosen, "%", 100 - LEAST_CHOSEN)
    in_time, _, pace = _share("zoom", count, health="dead")
    yield Figure("no link within 5 s, zoom down", 100 - in_time, "%", 0, pace)


def _share(platform: str, count: int, *, health: str) -> tuple[float, float, str]:
    """Per cent of confirmed sessions that had any link in time, and the chosen one; and at what pace."""
    with _vendor(VENDOR_OF[platform], health) as told, ExitStack() as workers:
        chosen = {**told["settings"], "DUOLOGUE_VIDEO_DEFAULT": platform, "DUOLOGUE_VIDEO_BACKUPS": "builtin"}
        settings.DUOLOGUE_VIDEO_DEFAULT, settings.DUOLOGUE_VIDEO_BACKUPS = platform, ["builtin"]
        held = _held(f"{platform}-{health}", count, told["tokens"], VENDOR_OF[platform])
        environment = {**os.environ, **chosen}
        crew = [workers.enter_context(running(["duologue", "worker"], environment)) for _ in range(WORKERS)]
        _wait(lambda: WorkerBeat.objects.count() == WORKERS)
        seconds = in_rhythm([partial(_confirm, booking) for booking in held], A_SECOND)
        _wait(lambda: not Job.objects.filter(name="make_link", run_at__lte=clock.now()).exists())
        found = _shares([one.pk for one in held], platform)
        computed = sum(cpu_seconds(worker) for worker in crew) * 1000 / count
    # The next platform starts with nothing of this one left to do.
    Job.objects.all().delete()
    Outage.objects.all().delete()
    pace = f"{count / seconds:.0f} confirmed a second, of {count}"
    return *found, f"{pace}; the workers computed {computed:.1f} ms for each, mails too"


def _shares(keys: list[Any], platform: str) -> tuple[float, float]:
    at = dict(Booking.objects.filter(pk__in=keys).values_list("pk", "confirmed_at"))
    links = MeetingLink.objects.filter(booking__in=keys)
    found = links.order_by("created_at").values_list("booking_id", "platform", "created_at")
    # A link is dated at the start of the job that made it: the vendor's answer is what counts here.
    answered = _answered(keys, platform)
    first: dict[Any, Any] = {}
    chosen: dict[Any, Any] = {}
    for key, slug, created_at in found:
        made_at = answered.get(key, created_at) if slug == platform else created_at
        first[key] = min(made_at, first.get(key, made_at))
        if slug == platform:
            chosen.setdefault(key, made_at)
    return _in_time(at, first), _in_time(at, chosen)


def _answered(keys: list[Any], platform: str) -> dict[Any, datetime]:
    """When the platform's room was there."""
    tries = LinkAttempt.objects.filter(booking__in=keys, platform=platform, outcome=MADE)
    return {one.booking_id: one.began_at + timedelta(milliseconds=one.milliseconds) for one in tries}


def _in_time(at: dict[Any, Any], links: dict[Any, Any]) -> float:
    good = sum(1 for key, confirmed in at.items() if key in links and links[key] - confirmed <= WITHIN)
    return 100 * good / len(at)


def _held(name: str, count: int, tokens: list[str], vendor: str) -> list[Booking]:
    """Holds at many hosts, each with an account of their own where the platform wants one."""
    each = -(-count // HOSTS)
    for number, token in enumerate(tokens):
        offer = world.offer(f"{name}-{number}")
        world.fill(offer, each, days=range(10, 50))
        if token:
            Connection.objects.create(
                user=offer.host.user,
                vendor=vendor,
                sealed_access=vault.seal(token),
                access_expires_at=clock.now() + timedelta(hours=1),
                connected_at=clock.now(),
            )
    ours = Booking.objects.filter(host__slug__startswith=name)
    until = clock.now() + timedelta(hours=1)
    ours.update(status=Status.PENDING_PAYMENT.value, hold_expires_at=until, confirmed_at=None)
    return list(ours.select_related("host__user", "attendee").order_by("starts_at"))[:count]


def _confirm(booking: Booking) -> None:
    with transaction.atomic():
        people.lock([booking.host.user_id])
        confirm(booking, now=clock.now(), actor=SYSTEM, cause="paid")


@contextmanager
def _vendor(name: str, health: str) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "bench.vendors", name, str(HOSTS), health]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def _wait(until: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not until():
        if time.monotonic() > end:
            raise RuntimeError("It did not come to its end in time.")
        time.sleep(0.1)
