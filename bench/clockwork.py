"""How long does a request take? Two addresses in turn, so that what slows the machine slows both."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection

from bench.processes import HOST

WARM_UP = 50


@dataclass(frozen=True, slots=True)
class Target:
    port: int
    path: str
    headers: Mapping[str, str]


def times_of(targets: Sequence[Target], rounds: int) -> list[list[float]]:
    """Milliseconds of each request to each target, asked in turn on connections that stay open."""
    lines = [HTTPConnection(HOST, target.port, timeout=60) for target in targets]
    asking = [_ask(line, target) for line, target in zip(lines, targets, strict=True)]
    found = in_turn(asking, rounds)
    for line in lines:
        line.close()
    return found


def in_turn(actions: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Milliseconds of each run of each action, one after the other; the first runs do not count."""
    took: list[list[float]] = [[] for _ in actions]
    for number in range(WARM_UP + rounds):
        for times, action in zip(took, actions, strict=True):
            began = time.perf_counter()
            action()
            if number >= WARM_UP:
                times.append((time.perf_counter() - began) * 1000)
    return took


def _ask(line: HTTPConnection, target: Target) -> Callable[[], bytes]:
    def ask() -> bytes:
        line.request("GET", target.path, headers=dict(target.headers))
        response = line.getresponse()
        body = response.read()
        if response.status != 200:
            msg = f"{target.path} answers {response.status}"
            raise RuntimeError(msg)
        return body

    return ask


def p50(times: Sequence[float]) -> float:
    return statistics.median(times)


def p99(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=100)[98]
