"""How far are the open slots of a month from what a bare function needs, over HTTP?"""

import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

from django.db import connection

from bench import engine, world
from bench.clockwork import Target, p50, p99, times_of
from bench.processes import HOST, serving
from bench.report import Figure, ratio
from duologue.scheduling.intervals import epoch
from duologue.scheduling.slots import open_slots

MOST = 2.5


def figures(*, is_quick: bool) -> Iterator[Figure]:
    yield _engine_alone(100 if is_quick else engine.ROUNDS)
    offer = world.offer("naoko")
    world.fill(offer, world.BOOKINGS, days=range(-200, 60))
    environment = dict(os.environ)
    with serving(["duologue", "web"], environment) as port, _bare(offer, environment) as bare_port:
        targets = [Target(port, offer.path, {}), Target(bare_port, "/", {})]
        _check_equal(*targets)
        ours, bare = times_of(targets, 300 if is_quick else 3000)
    yield ratio("a month of slots, p50", p50(ours), p50(bare), MOST)
    yield Figure("a month of slots, p99", p99(ours), "ms", None, f"bare: {p99(bare):.2f} ms")


def _engine_alone(rounds: int) -> Figure:
    now = epoch(datetime(2026, 10, 5, 6, 30, tzinfo=UTC))
    asked, end = engine.question(now), now + int(timedelta(days=30).total_seconds())
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        open_slots(asked, now, end)
        took.append((time.perf_counter() - began) * 1000)
    return Figure("the engine alone, p50", statistics.median(took), "ms", 1)


@contextmanager
def _bare(offer: world.Offer, environment: dict[str, str]) -> Iterator[int]:
    database = str(connection.settings_dict["NAME"])
    known = {
        "BARE_DATABASE": environment["DUOLOGUE_DATABASE_URL"] or database,
        "BARE_HOST": offer.host.slug,
        "BARE_OFFER": offer.event_type.slug,
    }
    with serving(["bench.bare"], {**environment, **known}) as port:
        yield port


def _check_equal(*targets: Target) -> None:
    """Both must say the same, or the comparison would mean nothing."""
    answers = []
    for target in targets:
        line = HTTPConnection(HOST, target.port)
        line.request("GET", target.path)
        answers.append(json.loads(line.getresponse().read()))
        line.close()
    if answers[0] != answers[1] or not answers[0]["slots"]:
        msg = f"The answers differ: {answers}"
        raise RuntimeError(msg)
