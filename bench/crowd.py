"""What happens when fifty people want one slot at once, while the worker is busy?"""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from typing import Any
from uuid import uuid4

from django.db import connection, transaction

from bench.processes import HOST
from duologue.core import clock
from duologue.jobs import queue
from duologue.jobs.models import Job

SORRY = "Sorry, this time slot is no longer available."
BACKLOG = 200


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Round:
    """What one rush came to: how many got the slot, how many read the sentence, all else, and how long."""

    winners: int
    sorry: int
    others: list[Answer]
    seconds: float

    @property
    def is_fair(self) -> bool:
        return self.winners == 1 and not self.others


def rush(port: int, tokens: Sequence[str], event_type_id: int, starts_at: datetime) -> Round:
    """Everybody posts the same wish at once, each on a connection that is open already."""
    body = json.dumps({"event_type_id": event_type_id, "starts_at": starts_at.isoformat()})
    answers: list[Answer] = []
    ready = threading.Barrier(len(tokens) + 1)

    def post(token: str) -> None:
        line = HTTPConnection(HOST, port, timeout=120)
        line.connect()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        ready.wait()
        line.request("POST", "/api/bookings", body, headers)
        response = line.getresponse()
        answers.append(Answer(response.status, json.loads(response.read())))
        line.close()

    crowd = [threading.Thread(target=post, args=[token]) for token in tokens]
    for one in crowd:
        one.start()
    ready.wait()
    began = time.perf_counter()
    for one in crowd:
        one.join()
    return _counted(answers, time.perf_counter() - began)


def _counted(answers: list[Answer], seconds: float) -> Round:
    winners = [answer for answer in answers if answer.status == 201]
    sorry = [answer for answer in answers if _reads_the_sentence(answer)]
    others = [answer for answer in answers if answer not in winners and answer not in sorry]
    return Round(len(winners), len(sorry), others, seconds)


def _reads_the_sentence(answer: Answer) -> bool:
    told = answer.body
    return (answer.status, told.get("code"), told.get("detail")) == (409, "slot_taken", SORRY) and bool(
        told["slots"]
    )


@contextmanager
def busy_worker() -> Iterator[None]:
    """As long as the block lasts, a worker that runs elsewhere always has small jobs to do."""
    done = threading.Event()

    def feed() -> None:
        while not done.is_set():
            missing = BACKLOG - Job.objects.filter(state=Job.State.WAITING, run_at__lte=clock.now()).count()
            _owe(missing)
            done.wait(0.05)
        connection.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        yield
    finally:
        done.set()
        feeder.join()


def _owe(count: int) -> None:
    """Starts of bookings that do not exist: each is claimed, looked up and settled."""
    now = clock.now()
    nothing = (str(uuid4()) for _ in range(count))
    jobs = [
        queue.Owed(name="start", key=f"busy:{name}", run_at=now, args={"booking_id": name})
        for name in nothing
    ]
    if jobs:
        with transaction.atomic():
            queue.enqueue(*jobs, now=now)


def _start_of_nothing(now: datetime) -> queue.Owed:
    name = str(uuid4())
    return queue.Owed(name="start", key=f"busy:{name}", run_at=now, args={"booking_id": name})
