"""Who does what we owe? One process: a thread that alone keeps the books, and some that run jobs.

The book-keeper settles finished runs and claims new jobs in one transaction, and not at each end of a job,
so a crowd of small jobs costs few commits. It claims ahead only while jobs are quick, and hands back what
nobody began.
"""

import logging
import os
import queue as queues
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import Error, connections, transaction

from duologue.core import clock
from duologue.core.resting import Seats, rest, seated
from duologue.jobs import bell as bells
from duologue.jobs import chores, lanes, leases, running
from duologue.jobs.lanes import Lane
from duologue.jobs.leases import Claimed, Outcome
from duologue.jobs.models import WorkerBeat

LOOKS_EVERY = 1.0
"""The floor under every way of being woken; also how soon a moved clock is noticed."""
BEATS_EVERY = 10.0
PLANS_EVERY = 60.0
STOPS_WITHIN = 20.0
WORK_AT_ONCE = 4
"""Threads; the others wait for vendors, or for their turn, which goes by lanes."""
BOOKS_EVERY = 0.05
"""Seconds, at most while jobs are at work: settling each by itself would cost more than most of them."""
AHEAD_FOR = 0.25
"""Seconds: a thread gets as many jobs ahead as it runs in that time, so that none idles while the books are
kept, and none waits long where another worker could begin it."""
AHEAD_AT_MOST = 8
BUSY_ROW_PAUSE = 0.02
"""A finished run whose row somebody holds locked is settled as soon as they let go."""
FORGETS_AFTER = timedelta(days=1)
_log = logging.getLogger(__name__)


class Crew:
    """The threads of one lane, and what is laid out for them."""

    def __init__(self, lane: Lane, threads: int) -> None:
        self.lane = lane
        self.threads = threads
        self.todo: queues.SimpleQueue[Claimed | None] = queues.SimpleQueue()
        self.last_began = 0.0
        self._mean_seconds = 0.0

    def took(self, seconds: float) -> None:
        self._mean_seconds += (seconds - self._mean_seconds) / 5

    def is_slow(self) -> None:
        self._mean_seconds = max(self._mean_seconds, LOOKS_EVERY)

    def room(self, in_hand: int) -> int:
        """For how many more there is room beside those in hand."""
        ahead = min(AHEAD_AT_MOST, int(AHEAD_FOR / max(self._mean_seconds, 0.001)))
        return max(0, self.threads * (1 + ahead) - in_hand)

    def is_stuck(self, moment: float) -> bool:
        """Whether all are busy with something long while more lies ahead."""
        return not self.todo.empty() and moment - self.last_began > LOOKS_EVERY

    def unbegun(self) -> list[Claimed]:
        """Take back what nobody has begun."""
        found: list[Claimed] = []
        while not self.todo.empty():
            try:
                job = self.todo.get_nowait()
            except queues.Empty:
                break
            if job is not None:
                found.append(job)
        return found


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
        wanted = lanes.threads() | ({Lane.OURS: threads} if threads else {})
        self._crews = {lane: Crew(lane, count) for lane, count in wanted.items()}
        self._seats = Seats(WORK_AT_ONCE)
        self._bell = bells.hang()
        self._stopping = False
        self._started_at = clock.machine()
        self._done: deque[tuple[Outcome, float]] = deque()
        self._unsettled: list[Outcome] = []
        self._in_hand: dict[tuple[int, str], Claimed] = {}
        self._next_books = self._next_house = self._next_plan = 0.0

    @property
    def is_stopping(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        """Claim nothing more, let what runs come to its end, and return from `run`."""
        self._stopping = True
        self._bell.ring()

    def run(self) -> bool:
        """Work until told to stop; whether every job begun came to its end."""
        hands = [
            threading.Thread(target=self._work, args=[crew], name=f"{crew.lane.name}-{i}", daemon=True)
            for crew in self._crews.values()
            for i in range(crew.threads)
        ]
        for thread in hands:
            thread.start()
        try:
            while not self._stopping:
                self._careful_turn()
            return self._wind_up()
        except Error as error:
            _log.error("The database does not answer at the end, so some jobs may run again: %s", error)
            return False
        finally:
            for crew in self._crews.values():
                for _ in range(crew.threads):
                    crew.todo.put(None)
            until = time.monotonic() + 1
            for thread in hands:
                thread.join(timeout=max(0.0, until - time.monotonic()))
            self._bell.close()
            connections.close_all()

    def _work(self, crew: Crew) -> None:
        """One of a crew: run what the book-keeper lays out."""
        try:
            while (job := crew.todo.get()) is not None:
                began = crew.last_began = time.monotonic()
                with seated(self._seats, lanes.rank(crew.lane)):
                    outcome = running.run(job, clock.now())
                    self._leave_connections()
                self._done.append((outcome, time.monotonic() - began))
                self._bell.ring()
        finally:
            connections.close_all()

    @staticmethod
    def _leave_connections() -> None:
        """Who sits down next has them: a thread without a job needs none, and a database has few."""
        for connection in connections.all(initialized_only=True):
            connection.close_if_unusable_or_obsolete()
        rest()

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
        pause = self._next_books - time.monotonic()
        if pause > 0 and len(self._in_hand) > len(self._unsettled):
            return pause
        rooms = self._rooms()
        if not self._unsettled:
            idle = self._seconds_to_next(rooms)
            if idle > 0:
                return idle
        self._settle_and_claim(rooms)
        self._next_books = time.monotonic() + BOOKS_EVERY
        return BUSY_ROW_PAUSE if self._unsettled else 0

    def _collect(self) -> None:
        while self._done:
            outcome, seconds = self._done.popleft()
            self._crews[Lane(outcome.job.lane)].took(seconds)
            self._unsettled.append(outcome)

    def _rooms(self) -> dict[Lane, int]:
        """Which crews can take more, and how many."""
        in_hand = Counter(job.lane for job in self._in_hand.values())
        in_hand.subtract(outcome.job.lane for outcome in self._unsettled)
        rooms = {lane: crew.room(in_hand[lane]) for lane, crew in self._crews.items()}
        return {lane: room for lane, room in rooms.items() if room}

    def _seconds_to_next(self, rooms: Iterable[Lane]) -> float:
        due = [at for lane in rooms if (at := leases.next_due(lane)) is not None]
        if not due:
            return LOOKS_EVERY
        return min(LOOKS_EVERY, (min(due) - clock.now()).total_seconds())

    def _settle_and_claim(self, rooms: Mapping[Lane, int]) -> None:
        with transaction.atomic():
            left = leases.settle(self._unsettled)
            now = clock.now()
            claimed = [job for lane, room in rooms.items() for job in leases.claim(room, now=now, lane=lane)]
        for outcome in self._unsettled:
            self._in_hand.pop((outcome.job.id, outcome.job.lease), None)
        self._unsettled = left
        self._in_hand |= {(one.job.id, one.job.lease): one.job for one in left}
        for job in claimed:
            self._in_hand[job.id, job.lease] = job
            self._crews[Lane(job.lane)].todo.put(job)

    def _keep_house(self) -> None:
        """Now and then: leases, the sign of life, the chores; and jobs nobody has begun go back."""
        moment = time.monotonic()
        for crew in self._crews.values():
            if crew.is_stuck(moment):
                self._hand_back(crew)
        if moment >= self._next_house:
            self._next_house = moment + min(BEATS_EVERY, leases.length().total_seconds() / 3)
            with transaction.atomic():
                leases.take_back()
                leases.keep(self._in_hand.values())
                self._beat()
        if moment >= self._next_plan:
            self._next_plan = moment + PLANS_EVERY
            chores.plan(clock.now())

    def _hand_back(self, crew: Crew) -> None:
        """Every thread is busy with something long: let other workers have what lies ahead."""
        unbegun = crew.unbegun()
        try:
            with transaction.atomic():
                leases.hand_back(unbegun)
        except Error:
            for job in unbegun:
                crew.todo.put(job)
            raise
        for job in unbegun:
            del self._in_hand[job.id, job.lease]
        crew.is_slow()

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
        for crew in self._crews.values():
            self._hand_back(crew)
        while self._in_hand and time.monotonic() < until:
            self._collect()
            self._keep_house()
            if self._unsettled:
                self._settle_and_claim({})
            else:
                self._bell.wait(LOOKS_EVERY)
        with transaction.atomic():
            WorkerBeat.objects.filter(name=self.name).delete()
        for job in self._in_hand.values():
            _log.warning("Job %s did not end in time; it will run again when its lease ends.", job.key)
        return not self._in_hand
