"""Who runs which job, and until when? Claiming, keeping, settling and taking back, each a few statements.

Every function runs in the caller's transaction. Rows that somebody else has locked are left for the next
time, so that a worker never waits while it holds rows, and no booking can deadlock with it.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, QuerySet

from duologue.core import clock, statements
from duologue.core.kept import Kept, given
from duologue.jobs.backoff import MAX_ATTEMPTS
from duologue.jobs.models import Job

_NEXT = Kept(
    lambda: (
        Job.objects.only("run_at").filter(state=Job.State.WAITING, lane=given("lane")).order_by("run_at")[:1]
    )
)
# What is due is looked for once, whatever plan is made of the rest.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM jobs_job WHERE state = 'waiting' AND {lane} AND run_at <= %s
    ORDER BY run_at LIMIT %s {free}
)
UPDATE jobs_job SET state = 'running', attempts = attempts + 1, lease = %s, lease_until = %s
WHERE id IN (SELECT id FROM due)
RETURNING run_at, id, key, name, args, attempts, lane
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that is ours while `lease` stands in its row; `attempts` counts this run too."""

    id: int
    lease: str
    key: str
    name: str
    args: dict[str, Any]
    attempts: int
    lane: int = 0


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


def next_due(lane: int) -> datetime | None:
    """When the first waiting job of a lane wants to run: one look at an index, without a transaction."""
    found = _NEXT.first(lane=lane)
    return found.run_at if found is not None else None


def claim(limit: int, *, now: datetime, lane: int | None = None) -> list[Claimed]:
    """Take up to `limit` due jobs, the longest due first; of one lane, or of all."""
    lease, as_stored = secrets.token_hex(8), connection.ops.adapt_datetimefield_value
    until = as_stored(clock.machine() + length())
    sql = _CLAIM.format(lane="TRUE" if lane is None else "lane = %s", free=_skip())
    of_lane = [] if lane is None else [lane]
    with statements.cursor() as cursor:
        cursor.execute(sql, [*of_lane, as_stored(now), limit, lease, until])
        rows = sorted(cursor.fetchall())
    return [
        Claimed(id_, lease, key, name, json.loads(args), attempts, found)
        for _, id_, key, name, args, attempts, found in rows
    ]


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
    rows = _locked(ids)
    finished = []
    for one in outcomes:
        place = (one.job.id, one.job.lease)
        if place not in rows:
            continue
        again_at = _run_at(one.job.id) if rows[place] else one.next_turn_at
        if again_at is not None:
            _run_again(one, again_at)
        elif one.is_done:
            finished.append(one.job.id)
        else:
            _retry_or_give_up(one)
    if finished:
        with statements.cursor() as cursor:
            cursor.execute(f"DELETE FROM jobs_job WHERE id IN ({_marks(finished)})", finished)  # noqa: S608
    return _held_by_others([one for one in outcomes if (one.job.id, one.job.lease) not in rows])


def _locked(ids: list[int]) -> dict[tuple[int, str], bool]:
    """Id and lease of the rows that we got hold of, and whether each is to run again."""
    sql = f"SELECT id, lease, asked_again FROM jobs_job WHERE id IN ({_marks(ids)}) {_skip()}"  # noqa: S608
    with statements.cursor() as cursor:
        cursor.execute(sql, ids)
        return {(id_, lease): bool(again) for id_, lease, again in cursor.fetchall()}


def _run_at(id_: int) -> datetime:
    return Job.objects.values_list("run_at", flat=True).get(id=id_)


def _marks(ids: Sequence[int]) -> str:
    return ", ".join(["%s"] * len(ids))


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


def _skip() -> str:
    """As `_free`, for statements that are written here."""
    return "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""


def _free(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Locked for us, without those that others hold (SQLite: the whole transaction is ours alone)."""
    return jobs.select_for_update(skip_locked=True)
