"""Does a worker do what is due, at once, and stop in order?"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from duologue.core import clock
from duologue.jobs import leases
from duologue.jobs.leases import Outcome
from duologue.jobs.models import Job, WorkerBeat
from duologue.jobs.worker import BOOKS_EVERY, WORK_AT_ONCE, Worker
from tests.jobs import work
from tests.jobs.work import job, owe, owed

pytestmark = pytest.mark.django_db(transaction=True)
LONG = 60.0


class Running:
    """A worker at work in a thread of its own."""

    def __init__(self, threads: int) -> None:
        self.worker = Worker(threads)
        self.ended_well: bool | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.ended_well = self.worker.run()

    def stop(self) -> None:
        self.worker.stop()
        self._thread.join(LONG)
        assert not self._thread.is_alive()


@pytest.fixture
def start() -> Iterator[Callable[[int], Running]]:
    started: list[Running] = []

    def begin(threads: int) -> Running:
        started.append(Running(threads))
        return started[-1]

    yield begin
    work.go_on.set()
    for running in started:
        running.stop()


Start = Callable[[int], Running]


def test_what_waits_at_the_start_is_done(start: Start) -> None:
    now = clock.now()
    owe(*(owed(key=f"k{i}", at=now, number=i) for i in range(30)), now=now)
    worker = start(3)
    assert work.ran.wait(LONG)
    worker.stop()
    assert Job.objects.count() + len(work.calls) == 30
    assert worker.ended_well


def test_a_commit_wakes_it(start: Start) -> None:
    """Five times, so that it is not the luck of its own look once a second."""
    worker = start(1)
    for number in range(5):
        work.ran.clear()
        now = clock.now()
        owe(owed(key=f"k{number}", at=now), now=now)
        assert work.ran.wait(LONG)
    worker.stop()
    assert not Job.objects.exists()


def test_books_are_kept_for_many_at_once_while_jobs_are_at_work(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []

    def settle(outcomes: Sequence[Outcome]) -> list[Outcome]:
        kept.append(len(outcomes))
        return leases_settle(outcomes)

    leases_settle = leases.settle
    monkeypatch.setattr(leases, "settle", settle)
    began = time.monotonic()
    start(2)
    now = clock.now()
    owe(owed("blocks", key="long", at=now), now=now)
    assert work.begun.wait(LONG)
    for number in range(60):
        owe(owed(key=f"k{number}", at=now), now=now)
    while sum(kept) < 60:
        assert time.monotonic() - began < LONG
        time.sleep(0.01)
    assert len(kept) <= (time.monotonic() - began) / BOOKS_EVERY + 2


def test_a_timer_that_comes_due_while_it_sleeps_is_done(start: Start) -> None:
    start(1)
    now = clock.now()
    owe(owed(at=now + timedelta(seconds=1.5)), now=now)
    assert work.ran.wait(LONG)
    assert work.calls[0]["now"] >= now + timedelta(seconds=1.5)


def test_a_moved_clock_makes_timers_due(start: Start) -> None:
    start(1)
    now = clock.now()
    owe(owed(at=now + timedelta(days=3)), now=now)
    try:
        clock.set_offset(timedelta(days=4))
        assert work.ran.wait(LONG)
    finally:
        clock.set_offset(timedelta())
    assert work.calls[0]["now"] > now + timedelta(days=3)


def test_a_moved_clock_ends_no_lease(start: Start) -> None:
    worker = start(2)
    now = clock.now()
    owe(owed("blocks", at=now), now=now)
    assert work.begun.wait(LONG)
    try:
        clock.set_offset(timedelta(days=4))
        owe(owed(key="b", at=now), now=now)
        assert work.ran.wait(LONG)
        assert (job().state, job().attempts) == ("running", 1)
    finally:
        clock.set_offset(timedelta())
        work.go_on.set()
    worker.stop()
    assert not Job.objects.exists()


def test_stopping_waits_for_what_has_begun(start: Start) -> None:
    worker = start(1)
    now = clock.now()
    owe(owed("blocks", at=now), now=now)
    assert work.begun.wait(LONG)
    worker.worker.stop()
    work.go_on.set()
    worker.stop()
    assert len(work.calls) == 1
    assert not Job.objects.exists()
    assert worker.ended_well


def test_what_a_stopping_worker_has_not_begun_is_free_at_once(start: Start) -> None:
    worker = start(1)
    now = clock.now()
    owe(
        owed("blocks", at=now - timedelta(minutes=1)), *(owed(key=f"k{i}", at=now) for i in range(5)), now=now
    )
    assert work.begun.wait(LONG)
    worker.worker.stop()
    work.go_on.set()
    worker.stop()
    left = Job.objects.all()
    assert len(left) + len(work.calls) == 6
    assert {(one.state, one.attempts, one.lease) for one in left} <= {("waiting", 0, "")}


def test_long_jobs_do_not_keep_others_waiting_behind_them(start: Start) -> None:
    """One worker is busy for long and has claimed ahead; another one, free, gets what lies there."""
    now = clock.now()
    owe(owed("blocks", at=now - timedelta(minutes=1)), owed(key="b", at=now), now=now)
    start(1)
    assert work.begun.wait(LONG)
    start(1)
    assert work.ran.wait(LONG)
    assert job().state == "running"


def test_threads_work_side_by_side(start: Start) -> None:
    now = clock.now()
    owe(owed("blocks", at=now - timedelta(minutes=1)), owed(key="b", at=now), now=now)
    start(2)
    assert work.begun.wait(LONG)
    assert work.ran.wait(LONG)


def test_jobs_that_wait_for_a_vendor_keep_no_other_waiting(start: Start, settings: Settings) -> None:
    settings.DUOLOGUE_JOB_LANES = "tests.jobs.work.LANES"
    settings.DUOLOGUE_WORKER_VENDOR_THREADS = 2
    now = clock.now()
    earlier = now - timedelta(minutes=1)
    owe(*(owed("blocks", key=f"slow{i}", at=earlier) for i in range(40)), owed(at=now), now=now)
    start(1)
    assert work.begun.wait(LONG)
    assert work.ran.wait(LONG)


def test_asked_again_while_it_runs_it_runs_once_more(start: Start) -> None:
    worker = start(1)
    now = clock.now()
    owe(owed("blocks", at=now, turn=1), now=now)
    assert work.begun.wait(LONG)
    owe(owed(at=now, turn=2), now=now)
    work.go_on.set()
    while not any(call["turn"] == 2 for call in work.calls):
        work.ran.clear()
        assert work.ran.wait(LONG) or len(work.calls) == 2
    worker.stop()
    assert [call["turn"] for call in work.calls] == [1, 2]
    assert not Job.objects.exists()


def test_it_shows_that_it_lives_and_takes_the_sign_down_when_it_goes(start: Start) -> None:
    worker = start(1)
    now = clock.now()
    owe(owed(at=now), now=now)
    assert work.ran.wait(LONG)
    beat = WorkerBeat.objects.get()
    assert beat.name == worker.worker.name
    assert beat.beat_at >= beat.started_at
    worker.stop()
    assert not WorkerBeat.objects.exists()


@pytest.mark.postgres
def test_many_threads_share_few_connections(start: Start) -> None:
    worker = start(24)
    now = clock.now()
    owe(*(owed("counts", key=f"k{i}", at=now, row=f"n{i}") for i in range(96)), owed(at=now), now=now)
    until = time.monotonic() + LONG
    while Job.objects.exists():
        assert time.monotonic() < until
    # This test, the book-keeper, its ear and the seats; the server takes a moment to bury closed ones.
    while _clients() > 3 + WORK_AT_ONCE:
        assert time.monotonic() < until
    worker.stop()


@pytest.mark.postgres
def test_it_leaves_no_connection_behind(start: Start) -> None:
    worker = start(4)
    now = clock.now()
    owe(*(owed("counts", key=f"k{i}", at=now, row=f"n{i}") for i in range(8)), owed(at=now), now=now)
    assert work.ran.wait(LONG)
    worker.stop()
    # The server takes a moment to bury a closed one.
    until = time.monotonic() + LONG
    while _clients() > 1:
        assert time.monotonic() < until


@pytest.mark.postgres
def test_a_database_that_goes_away_for_a_while_is_waited_for(start: Start) -> None:
    worker = start(1)
    now = clock.now()
    owe(owed(key="before", at=now), now=now)
    assert work.ran.wait(LONG)
    work.ran.clear()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    owe(owed(key="after", at=now), now=now)
    assert work.ran.wait(LONG)
    worker.stop()
    assert not Job.objects.exists()


def _clients() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])
