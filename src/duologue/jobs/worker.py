"""Who does what we owe? One process: a thread that alone keeps the books, and some that run jobs.

The book-keeper settles finished runs and claims new jobs in one transaction, so a crowd of small jobs
costs few commits. It claims a little ahead only while jobs are quick, and hands back what nobody began.
"""

import logging
import os
import queue as queues
import socket
import threading
import time
from collections import deque
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, connections, transaction

from duologue.core import clock
from duologue.jobs import bell as bells
from duologue.jobs import chores, leases, running
from duologue.jobs.leases import Claimed, Outcome
from duologue.jobs.models import WorkerBeat

LOOKS_EVERY = 1.0
"""The floor under every way of being woken; also how soon a moved clock is noticed."""
BEATS_EVERY = 10.0
PLANS_EVERY = 60.0
STOPS_WITHIN = 20.0
QUICK = 0.05
"""Seconds: only jobs quicker than this, on average, are claimed ahead of a free thread."""
AHEAD = 8
"""How many quick jobs a thread, so that none idles while the books are kept."""
BUSY_ROW_PAUSE = 0.02
"""A finished run whose row somebody holds locked is settled as soon as they let go."""
FORGETS_AFTER = timedelta(days=1)
_log = logging.getLogger(__name__)


def run_due(now: datetime, *, limit: int | None = None) -> int:
    """Run in this thread what is due at `now`, one after the other, as a worker would; how many ran."""
    count = 0
    with transaction.atomic():
        leases.take_back()
    while limit is None or count < limit:
        with transaction.atomic():
            claimed = leases.claim(1, now=now)
        if not claimed:
            break
        outcome = running.run(claimed[0], now)
        with transaction.atomic():
            leases.settle([outcome])
        count += 1
    return count


class Worker:
    """A worker process's inside. `run` returns after `stop`, which any thread or signal handler may call."""

    def __init__(self, threads: int | None = None) -> None:
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}"
        self._threads = threads or settings.DUOLOGUE_WORKER_THREADS
        self._bell = bells.hang()
        self._stopping = False
        self._started_at = clock.machine()
        self._todo: queues.SimpleQueue[Claimed | None] = queues.SimpleQueue()
        self._done: deque[tuple[Outcome, float]] = deque()
        self._unsettled: list[Outcome] = []
        self._in_hand: dict[tuple[int, str], Claimed] = {}
        self._mean_seconds = 0.0
        self._last_began = 0.0
        self._next_house = self._next_plan = 0.0

    @property
    def is_stopping(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        """Claim nothing more, let what runs come to its end, and return from `run`."""
        self._stopping = True
        self._bell.ring()

    def run(self) -> bool:
        """Work until told to stop; whether every job begun came to its end."""
        crew = [
            threading.Thread(target=self._work, name=f"job-{i}", daemon=True) for i in range(self._threads)
        ]
        for thread in crew:
            thread.start()
        try:
            while not self._stopping:
                self._careful_turn()
            return self._wind_up()
        except Error as error:
            _log.error("The database does not answer at the end, so some jobs may run again: %s", error)
            return False
        finally:
            for _ in crew:
                self._todo.put(None)
            for thread in crew:
                thread.join(timeout=1)
            self._bell.close()
            connections.close_all()

    def _work(self) -> None:
        """One of the crew: run what the book-keeper lays out."""
        try:
            while (job := self._todo.get()) is not None:
                began = self._last_began = time.monotonic()
                for connection in connections.all(initialized_only=True):
                    connection.close_if_unusable_or_obsolete()
                outcome = running.run(job, clock.now())
                self._done.append((outcome, time.monotonic() - began))
                self._bell.ring()
        finally:
            connections.close_all()

    def _careful_turn(self) -> None:
        """A turn and the pause after it; a database that went away is waited for."""
        try:
            self._bell.wait(self._turn())
        except Error as error:
            _log.error("The database does not answer, trying again: %s", error)
            connections.close_all()
            time.sleep(LOOKS_EVERY)

    def _turn(self) -> float:
        """Settle what has finished, claim what is due; returns for how long there is nothing to do."""
        self._collect()
        self._keep_house()
        room = self._room()
        if not self._unsettled:
            idle = self._seconds_to_next() if room else LOOKS_EVERY
            if idle > 0:
                return idle
        self._settle_and_claim(room)
        return BUSY_ROW_PAUSE if self._unsettled else 0

    def _collect(self) -> None:
        while self._done:
            outcome, seconds = self._done.popleft()
            self._mean_seconds += (seconds - self._mean_seconds) / 5
            self._unsettled.append(outcome)

    def _room(self) -> int:
        ahead = AHEAD if self._mean_seconds < QUICK else 0
        return max(0, self._threads * (1 + ahead) - len(self._in_hand) + len(self._unsettled))

    def _seconds_to_next(self) -> float:
        due_at = leases.next_due()
        if due_at is None:
            return LOOKS_EVERY
        return min(LOOKS_EVERY, (due_at - clock.now()).total_seconds())

    def _settle_and_claim(self, room: int) -> None:
        with transaction.atomic():
            left = leases.settle(self._unsettled)
            claimed = leases.claim(room, now=clock.now()) if room else []
        for outcome in self._unsettled:
            self._in_hand.pop((outcome.job.id, outcome.job.lease), None)
        self._unsettled = left
        self._in_hand |= {(one.job.id, one.job.lease): one.job for one in left}
        for job in claimed:
            self._in_hand[job.id, job.lease] = job
            self._todo.put(job)

    def _keep_house(self) -> None:
        """Now and then: leases, the sign of life, the chores; and jobs nobody has begun go back."""
        moment = time.monotonic()
        if not self._todo.empty() and moment - self._last_began > LOOKS_EVERY:
            self._hand_back()
        if moment >= self._next_house:
            self._next_house = moment + min(BEATS_EVERY, leases.length().total_seconds() / 3)
            with transaction.atomic():
                leases.take_back()
                leases.keep(self._in_hand.values())
                self._beat()
        if moment >= self._next_plan:
            self._next_plan = moment + PLANS_EVERY
            chores.plan(clock.now())

    def _hand_back(self) -> None:
        """Every thread is busy with something long: let other workers have what lies ahead."""
        unbegun: list[Claimed] = []
        while not self._todo.empty():
            try:
                job = self._todo.get_nowait()
            except queues.Empty:
                break
            if job is not None:
                unbegun.append(job)
        try:
            with transaction.atomic():
                leases.hand_back(unbegun)
        except Error:
            for job in unbegun:
                self._todo.put(job)
            raise
        for job in unbegun:
            del self._in_hand[job.id, job.lease]
        self._mean_seconds = max(self._mean_seconds, LOOKS_EVERY)

    def _beat(self) -> None:
        now = clock.machine()
        beat = WorkerBeat(name=self.name, beat_at=now, started_at=self._started_at)
        WorkerBeat.objects.bulk_create(
            [beat], update_conflicts=True, unique_fields=["name"], update_fields=["beat_at"]
        )
        WorkerBeat.objects.filter(beat_at__lt=now - FORGETS_AFTER).delete()

    def _wind_up(self) -> bool:
        """Finish what was begun, within bounds; what does not end keeps its lease and comes back by it."""
        until = time.monotonic() + STOPS_WITHIN
        self._hand_back()
        while self._in_hand and time.monotonic() < until:
            self._collect()
            self._keep_house()
            if self._unsettled:
                self._settle_and_claim(0)
            else:
                self._bell.wait(LOOKS_EVERY)
        with transaction.atomic():
            WorkerBeat.objects.filter(name=self.name).delete()
        for job in self._in_hand.values():
            _log.warning("Job %s did not end in time; it will run again when its lease ends.", job.key)
        return not self._in_hand
