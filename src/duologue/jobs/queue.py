"""How does a transaction say what it owes? Jobs are rows written beside the rows they serve.

The last word on a key counts: enqueued again, a waiting job takes the new time and arguments, a job
that gave up waits again, and a running one runs once more after it finishes, so no new work is lost.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q

from duologue.core import clock, statements
from duologue.jobs.lanes import lane_of
from duologue.jobs.models import Job

_COLUMNS = "key, name, lane, args, state, run_at, attempts, lease, asked_again, last_error, created_at"
_ROW = "(%s, %s, %s, %s, 'waiting', %s, 0, '', %s, '', %s)"
_LAST_WORD = """
ON CONFLICT (key) DO UPDATE SET
    name = excluded.name,
    lane = excluded.lane,
    args = excluded.args,
    run_at = excluded.run_at,
    last_error = '',
    asked_again = (jobs_job.state = 'running'),
    attempts = CASE WHEN jobs_job.state = 'running' THEN jobs_job.attempts ELSE 0 END,
    state = CASE WHEN jobs_job.state = 'running' THEN 'running' ELSE 'waiting' END
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """A job to be: function `name` of the job table, run at `run_at` with plain JSON `args`.

    `key` names the debt: at most one job of a key exists, for example `reminder:42:day-before`.
    """

    name: str
    key: str
    run_at: datetime
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many jobs wait for their time, are late, run, and gave up."""

    waiting: int
    late: int
    running: int
    failed: int


def enqueue(*owed: Owed, now: datetime) -> None:
    """Owe these jobs from the moment the caller's transaction commits: one statement for all.

    Raises RuntimeError outside a transaction, where a crash could lose a job or its reason.
    """
    _insert(owed, now, _LAST_WORD)


def ensure(*owed: Owed, now: datetime) -> int:
    """As `enqueue`, but a job of the same key that exists already is left as it is; how many are new."""
    return _insert(owed, now, "ON CONFLICT (key) DO NOTHING")


def drop(keys: Collection[str]) -> None:
    """Owe these no longer. A run under way is not stopped, but will not be followed by another."""
    _need_transaction()
    wanted = sorted(set(keys))
    if not wanted:
        return
    marks = ", ".join(["%s"] * len(wanted))
    with statements.cursor() as cursor:
        cursor.execute(f"DELETE FROM jobs_job WHERE key IN ({marks}) AND state <> 'running'", wanted)  # noqa: S608
        if cursor.rowcount == len(wanted):
            return
    Job.objects.filter(key__in=wanted, asked_again=True).update(asked_again=False)


def hasten(key: str, *, by: datetime) -> bool:
    """Let a job that waits run at this instant at the latest; False when none of this key waits."""
    waiting = Job.objects.filter(key=key, state=Job.State.WAITING)
    waiting.filter(run_at__gt=by).update(run_at=by)
    return waiting.exists()


def is_running(key: str) -> bool:
    """Whether a run of this job is under way. After `drop` none begins until the transaction ends."""
    return Job.objects.filter(key=key, state=Job.State.RUNNING).exists()


def owed_of(keys: Collection[str]) -> set[str]:
    """Those of the keys whose job waits or runs: nothing has come of it yet."""
    alive = Job.objects.filter(key__in=keys, state__in=[Job.State.WAITING, Job.State.RUNNING])
    return set(alive.values_list("key", flat=True))


def retry(job_id: int, now: datetime) -> bool:
    """Let a job that gave up, or waits, run now with all its attempts; False when it runs or is gone."""
    with transaction.atomic():
        jobs = Job.objects.filter(id=job_id).exclude(state=Job.State.RUNNING)
        return bool(jobs.update(state=Job.State.WAITING, run_at=now, attempts=0))


def tally(now: datetime, *, late_after_seconds: int = 60) -> Tally:
    """The queue in four numbers; late is what waits since more than `late_after_seconds`."""
    state = Job.State
    late = Q(state=state.WAITING, run_at__lt=now - timedelta(seconds=late_after_seconds))
    counts = Job.objects.aggregate(
        waiting=Count("id", filter=Q(state=state.WAITING)),
        late=Count("id", filter=late),
        running=Count("id", filter=Q(state=state.RUNNING)),
        failed=Count("id", filter=Q(state=state.FAILED)),
    )
    return Tally(**counts)


def _insert(owed: tuple[Owed, ...], now: datetime, on_conflict: str) -> int:
    _need_transaction()
    if not owed:
        return 0
    # In the order of their keys, so that two transactions that owe the same jobs cannot deadlock.
    by_key = {one.key: one for one in owed}
    values: list[Any] = []
    for key in sorted(by_key):
        values += _values(by_key[key], now)
    rows = ", ".join([_ROW] * len(by_key))
    with statements.cursor() as cursor:
        cursor.execute(f"INSERT INTO jobs_job ({_COLUMNS}) VALUES {rows} {on_conflict}", values)  # noqa: S608
        written: int = cursor.rowcount
    return written


def _values(one: Owed, now: datetime) -> tuple[Any, ...]:
    as_stored = connection.ops.adapt_datetimefield_value
    run_at = as_stored(clock.aware(one.run_at))
    return (
        one.key,
        one.name,
        lane_of(one.name),
        json.dumps(one.args),
        run_at,
        False,
        as_stored(clock.aware(now)),
    )


def _need_transaction() -> None:
    if not connection.in_atomic_block:
        msg = "Jobs are owed inside the transaction that makes them due: open transaction.atomic() first."
        raise RuntimeError(msg)
