"""What is done again and again? Named chores that workers keep enqueued, one row each."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from duologue.jobs import queue
from duologue.jobs.models import Job

_PREFIX = "every:"


def table() -> Mapping[str, timedelta]:
    """Job name to pause, from the setting that names the table."""
    found: Mapping[str, timedelta] = import_string(settings.DUOLOGUE_JOB_PERIODIC)
    return found


def key(name: str) -> str:
    return f"{_PREFIX}{name}"


def next_turn_at(job_key: str, now: datetime) -> datetime | None:
    """When a chore comes round again, also after it gave up; None for any other job."""
    if not job_key.startswith(_PREFIX):
        return None
    pause = table().get(job_key.removeprefix(_PREFIX))
    return None if pause is None else now + pause


def plan(now: datetime) -> None:
    """Give every chore its row, pull in what a moved clock put far off, drop chores that are no more."""
    chores = table()
    with transaction.atomic():
        for name, pause in chores.items():
            queue.ensure(queue.Owed(name, key(name), run_at=now + pause), now=now)
            far_off = Job.objects.filter(key=key(name), state=Job.State.WAITING, run_at__gt=now + pause)
            far_off.update(run_at=now + pause)
        known = [key(name) for name in chores]
        Job.objects.filter(key__startswith=_PREFIX).exclude(key__in=known).delete()
