"""What do we owe? One row a job: timed, leased, retried, and kept when it gave up."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

ALIVE_WITHIN = timedelta(seconds=40)
"""A worker beats every ten seconds; one that is silent for so long counts as gone."""


class Job(models.Model):
    """A queued run of a function. It exists exactly if the transaction that owes it committed.

    `asked_again` is set while a run is under way and the same key is enqueued: it runs once more after.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        FAILED = "failed", _("Gave up")

    key = models.CharField(max_length=120)
    name = models.CharField(max_length=60)
    lane = models.PositiveSmallIntegerField(default=0)
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    run_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    asked_again = models.BooleanField(default=False)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        # One index serves claiming, the next due time, lost leases (few rows run at once) and the
        # operators' lists; each further one would cost every enqueue.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "lane", "run_at"], name="job_by_lane")
        ]
        # Not `unique=True`, which on PostgreSQL brings a second index that only LIKE would use.
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key"], name="job_key"),
        ]

    def __str__(self) -> str:
        return self.key


class WorkerBeat(models.Model):
    """The last sign of life of a worker process, for the operators' page and readiness."""

    name = models.CharField(max_length=80, primary_key=True)
    beat_at = models.DateTimeField()
    started_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
