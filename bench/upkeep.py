"""How much memory does the whole product take, and how soon is the first page there?"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

from bench import world
from bench.processes import HOST, free_port, running, wait_for
from bench.report import Figure

MOST_MIB = 300
MOST_SECONDS = 3
REQUESTS = 10_000
AT_ONCE = 4
PROXY = {"DUOLOGUE_TRUSTED_PROXIES": HOST}
"""The measurement plays a proxy, so that its requests come from many people and none is throttled."""


def figures(*, is_quick: bool) -> Iterator[Figure]:
    """The first start makes everything ready; the second one counts."""
    _start()
    offer = world.offer("naoko")
    world.fill(offer, world.BOOKINGS, days=range(-200, 60))
    paths = ["/", f"/h/{offer.host.slug}", offer.path, "/api/hosts", "/sign-in", "/healthz"]
    seconds, resident, proportional = _start(paths, 600 if is_quick else REQUESTS)
    yield Figure("start to first page", seconds, "s", MOST_SECONDS)
    yield Figure(
        f"memory after {600 if is_quick else REQUESTS:,} requests",
        resident,
        "MiB",
        MOST_MIB,
        f"resident, all processes; {proportional:.0f} MiB when what they share counts once",
    )


def _start(paths: list[str] | None = None, requests: int = 0) -> tuple[float, float, float]:
    port = free_port()
    began = time.monotonic()
    with running(["duologue", "up", "--port", str(port)], {**os.environ, **PROXY}) as product:
        wait_for(product, port)
        _get(port, ["/"])
        seconds = time.monotonic() - began
        if paths:
            shares = [[paths[number % len(paths)] for number in range(requests // AT_ONCE)]] * AT_ONCE
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(lambda share: _get(port, share), shares))
        return seconds, _mebibytes(product.pid, "Rss"), _mebibytes(product.pid, "Pss")


def _get(port: int, paths: list[str]) -> None:
    line = HTTPConnection(HOST, port, timeout=60)
    for number, path in enumerate(paths):
        line.request("GET", path, headers={"X-Forwarded-For": f"203.0.113.{number % 250}"})
        response = line.getresponse()
        response.read()
        if response.status >= 400:
            msg = f"{path} answers {response.status}"
            raise RuntimeError(msg)
    line.close()


def _mebibytes(process: int, kind: str) -> float:
    """Of a process and all below it, as the kernel counts."""
    return sum(_kibibytes(one, kind) for one in _family(process)) / 1024


def _family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(below for child in children for below in _family(int(child)))]


def _kibibytes(process: int, kind: str) -> int:
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1])
    sys.exit("The kernel does not tell how much memory is used.")
