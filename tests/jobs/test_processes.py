"""Do real worker processes lose nothing and do nothing twice, even when one is killed in the middle?"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from duologue.accounts.models import Throttle
from duologue.core import clock
from duologue.jobs.models import Job, WorkerBeat
from tests.jobs.work import owe, owed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.crash]
LONG = 120.0
Process = subprocess.Popen[bytes]
Start = Callable[..., Process]


@pytest.fixture
def start(child_environment: dict[str, str]) -> Iterator[Start]:
    started: list[Process] = []

    def begin(lease_seconds: int = 30) -> Process:
        environment = {**child_environment, "DUOLOGUE_WORKER_LEASE_SECONDS": str(lease_seconds)}
        command = [sys.executable, "-m", "tests.jobs.processes", "--threads", "2"]
        started.append(subprocess.Popen(command, env=environment))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def eventually(is_so: Callable[[], bool]) -> None:
    """Look until it is so: other processes have no event to wait for."""
    until = time.monotonic() + LONG
    while not is_so():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.05)


def marks() -> dict[str, int]:
    return dict(Throttle.objects.values_list("name", "count"))


def test_killed_in_the_middle_of_a_job_it_runs_again_with_one_effect(start: Start) -> None:
    now = clock.now()
    owe(owed("dies", at=now, row="effect"), now=now)
    first = start(lease_seconds=2)
    assert first.wait(LONG) == -signal.SIGKILL
    assert Job.objects.get().state == "running"
    start()
    eventually(lambda: not Job.objects.exists())
    assert marks() == {"effect": 1, "effect runs": 2}


def test_many_processes_do_each_job_once(start: Start) -> None:
    now = clock.now()
    rows = [f"n{number}" for number in range(500)]
    workers = [start() for _ in range(3)]
    eventually(lambda: WorkerBeat.objects.count() == len(workers))
    for begin in range(0, len(rows), 25):
        owe(*(owed("counts", key=row, at=now, row=row) for row in rows[begin : begin + 25]), now=now)
    eventually(lambda: not Job.objects.exists())
    assert marks() == dict.fromkeys(rows, 1)


def test_told_to_stop_it_finishes_and_takes_its_sign_down(start: Start) -> None:
    now = clock.now()
    worker = start()
    eventually(WorkerBeat.objects.exists)
    owe(*(owed("counts", key=f"k{number}", at=now, row=f"n{number}") for number in range(50)), now=now)
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait(LONG) == 0
    assert not WorkerBeat.objects.exists()
    left = Job.objects.all()
    assert {(job.state, job.attempts) for job in left} <= {("waiting", 0)}
    assert len(left) + len(marks()) == 50
    assert set(marks().values()) <= {1}
