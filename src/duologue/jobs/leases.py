"""Who runs which job, and until when? Claiming, keeping, settling and taking back, each a few statements.

Every function runs in the caller's transaction. Rows that somebody else has locked are left for the next
time, so that a worker never waits while it holds rows, and no booking can deadlock with it.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from duologue.core import clock
from duologue.jobs.backoff import MAX_ATTEMPTS
from duologue.jobs.models import Job


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that is ours while `lease` stands in its row; `attempts` counts this run too."""

    id: int
    lease: str
    key: str
    name: str
    args: dict[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: done, to be tried again at `retry_at`, or (with neither) given up.

    A chore that is done or given up has its `next_turn_at`.
    """

    job: Claimed
    is_done: bool = False
    retry_at: datetime | None = None
    next_turn_at: datetime | None = None
    error: str = ""


def length() -> timedelta:
    """How long a dead worker's jobs stay with it."""
    return timedelta(seconds=settings.DUOLOGUE_WORKER_LEASE_SECONDS)


def next_due() -> datetime | None:
    """When the first waiting job wants to run: one look at an index, without a transaction."""
    waiting = Job.objects.filter(state=Job.State.WAITING).order_by("run_at")
    return waiting.values_list("run_at", flat=True).first()


def claim(limit: int, *, now: datetime) -> list[Claimed]:
    """Take up to `limit` due jobs, the longest due first."""
    due = Job.objects.filter(state=Job.State.WAITING, run_at__lte=now).order_by("run_at")
    rows = list(_free(due)[:limit].values_list("id", "key", "name", "args", "attempts"))
    if not rows:
        return []
    lease = secrets.token_hex(8)
    Job.objects.filter(id__in=[row[0] for row in rows]).update(
        state=Job.State.RUNNING,
        lease=lease,
        lease_until=clock.machine() + length(),
        attempts=F("attempts") + 1,
    )
    return [Claimed(id_, lease, key, name, args, attempts + 1) for id_, key, name, args, attempts in rows]


def keep(jobs: Collection[Claimed]) -> None:
    """Stretch the leases of jobs that are still at work."""
    for lease, ids in _by_lease(jobs).items():
        kept = _free(Job.objects.filter(id__in=ids, lease=lease)).values_list("id", flat=True)
        Job.objects.filter(id__in=list(kept)).update(lease_until=clock.machine() + length())


def hand_back(jobs: Collection[Claimed]) -> None:
    """Let others have jobs that were claimed and not begun."""
    for lease, ids in _by_lease(jobs).items():
        ours = _free(Job.objects.filter(id__in=ids, lease=lease)).values_list("id", flat=True)
        Job.objects.filter(id__in=list(ours)).update(
            state=Job.State.WAITING, lease="", lease_until=None, asked_again=False, attempts=F("attempts") - 1
        )


def take_back() -> None:
    """End the leases of dead workers: their jobs wait again, or give up when all attempts died."""
    lost = _free(Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=clock.machine()))
    rows = list(lost.values_list("id", "attempts", "asked_again"))
    if not rows:
        return
    hopeless = [id_ for id_, attempts, again in rows if attempts >= MAX_ATTEMPTS and not again]
    Job.objects.filter(id__in=[row[0] for row in rows]).exclude(id__in=hopeless).update(
        state=Job.State.WAITING, lease="", lease_until=None, asked_again=False
    )
    Job.objects.filter(id__in=hopeless).update(
        state=Job.State.FAILED,
        lease="",
        lease_until=None,
        last_error=f"The worker died during this job, and so in each of {MAX_ATTEMPTS} attempts.",
    )


def settle(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Write down how runs ended where the lease is still ours; returns those whose row is locked now."""
    if not outcomes:
        return []
    ids = [outcome.job.id for outcome in outcomes]
    locked = _free(Job.objects.filter(id__in=ids)).values_list("id", "lease", "asked_again", "run_at")
    rows = {(id_, lease): run_at if again else None for id_, lease, again, run_at in locked}
    finished = []
    for one in outcomes:
        place = (one.job.id, one.job.lease)
        if place not in rows:
            continue
        again_at = rows[place] or one.next_turn_at
        if again_at is not None:
            _run_again(one, again_at)
        elif one.is_done:
            finished.append(one.job.id)
        else:
            _retry_or_give_up(one)
    if finished:
        Job.objects.filter(id__in=finished).delete()
    return _held_by_others([one for one in outcomes if (one.job.id, one.job.lease) not in rows])


def _run_again(outcome: Outcome, again_at: datetime) -> None:
    """Owed anew while it ran, or a chore: a fresh job, though not sooner than a vendor allows."""
    Job.objects.filter(id=outcome.job.id).update(
        state=Job.State.WAITING,
        run_at=max(again_at, outcome.retry_at or again_at),
        attempts=0,
        asked_again=False,
        lease="",
        lease_until=None,
        last_error=outcome.error,
    )


def _retry_or_give_up(outcome: Outcome) -> None:
    jobs = Job.objects.filter(id=outcome.job.id)
    jobs.update(lease="", lease_until=None, last_error=outcome.error)
    if outcome.retry_at is None:
        jobs.update(state=Job.State.FAILED)
    else:
        jobs.update(state=Job.State.WAITING, run_at=outcome.retry_at)


def _held_by_others(outcomes: list[Outcome]) -> list[Outcome]:
    """Of runs whose row we did not get: those still leased to us. The rest lost their say with the lease."""
    if not outcomes:
        return []
    leases = dict(Job.objects.filter(id__in=[one.job.id for one in outcomes]).values_list("id", "lease"))
    return [one for one in outcomes if leases.get(one.job.id) == one.job.lease]


def _by_lease(jobs: Collection[Claimed]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for job in jobs:
        found[job.lease].append(job.id)
    return found


def _free(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Locked for us, without those that others hold (SQLite: the whole transaction is ours alone)."""
    return jobs.select_for_update(skip_locked=True)
