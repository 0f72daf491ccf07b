"""Jobs to test with: some leave a mark in this process, some a row that other processes see."""

import os
import signal
import threading
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import translation

from duologue.accounts.models import Throttle
from duologue.core.errors import NeedsReconnect, NotConfigured, Permanent, Retryable
from duologue.jobs.lanes import Lane
from duologue.jobs.models import Job
from duologue.jobs.queue import Owed, enqueue

TABLE = {
    name: f"tests.jobs.work:{name}"
    for name in (
        "again",
        "blocks",
        "breaks",
        "counts",
        "dies",
        "exits",
        "gives_up",
        "notes",
        "speaks",
        "waits_for_vendor",
    )
} | {"nowhere": "tests.jobs.no_such_module:work"}

LANES = {"blocks": Lane.VENDORS}
PERIODIC = {"notes": timedelta(minutes=10)}

calls: list[dict[str, Any]] = []
ran = threading.Event()
begun = threading.Event()
go_on = threading.Event()
ran_in: dict[str, int] = defaultdict(int)


def forget() -> None:
    calls.clear()
    for event in (ran, begun, go_on):
        event.clear()


def owed(name: str = "notes", key: str = "a", at: datetime | None = None, **args: Any) -> Owed:
    assert at is not None
    return Owed(name=name, key=key, run_at=at, args=args)


def owe(*jobs: Owed, now: datetime) -> None:
    with transaction.atomic():
        enqueue(*jobs, now=now)


def job(key: str = "a") -> Job:
    return Job.objects.get(key=key)


def notes(now: datetime, **args: Any) -> None:
    calls.append({"now": now, "is_in_transaction": connection.in_atomic_block, **args})
    ran.set()


def again(now: datetime, key: str, at: str) -> None:
    """Owes itself anew while it runs."""
    notes(now)
    owe(owed("notes", key, datetime.fromisoformat(at)), now=now)


def blocks(now: datetime, **args: Any) -> None:
    begun.set()
    assert go_on.wait(60)
    notes(now, **args)


def speaks(now: datetime) -> None:
    notes(now, language=translation.get_language())
    translation.activate("de")


def breaks(now: datetime) -> None:
    raise ValueError("the password is hunter2hunter2")


def exits(now: datetime) -> None:
    raise SystemExit("enough")


def gives_up(now: datetime, kind: str) -> None:
    raise {"permanent": Permanent, "reconnect": NeedsReconnect, "unset": NotConfigured}[kind](f"No: {kind}.")


def waits_for_vendor(now: datetime, seconds: int | None = None) -> None:
    raise Retryable("Busy.", retry_after=None if seconds is None else timedelta(seconds=seconds))


def counts(now: datetime, row: str) -> None:
    """Adds one to a row that every process sees."""
    with transaction.atomic():
        _, is_new = Throttle.objects.get_or_create(name=row, defaults={"count": 1, "ends_at": now})
        if not is_new:
            Throttle.objects.filter(name=row).update(count=F("count") + 1)


def dies(now: datetime, row: str) -> None:
    """Has its effect, whose own key makes it idempotent, and takes the process down the first time."""
    with transaction.atomic():
        _, is_first = Throttle.objects.get_or_create(name=row, defaults={"count": 1, "ends_at": now})
    counts(now, f"{row} runs")
    if is_first:
        os.kill(os.getpid(), signal.SIGKILL)
