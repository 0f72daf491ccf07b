"""Who needs a database connection and a share of the processor while waiting for somebody else?

Nobody, so others get them (law 5). A worker has many threads, for what waits long. If all that have
something to do at a moment did it at once, most of their time would go into taking turns. So they work in
seats, of which there are few, and whoever waits for a vendor leaves theirs meanwhile.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from itertools import count

from django.db import connections

WAITS_AT_MOST = 10.0
"""Seconds: a seat is for speed, and nothing may hang for want of one."""


class Seats:
    """So many threads work at once; of those that wait, the lowest rank comes first, then who came first.

    Ranks above 0 have `patient` of the seats at most, so that whoever must not wait finds one free.
    """

    def __init__(self, number: int, *, patient: int = 1) -> None:
        self._free, self._patient = number, patient
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, int, threading.Lock]] = []
        self._order = count()

    def take(self, rank: int) -> None:
        """Wait for a seat, at most so long."""
        turn = threading.Lock()
        with self._lock:
            if self._is_free(rank):
                self._sit(rank)
                return
            turn.acquire()
            place = (rank, next(self._order), turn)
            heappush(self._waiting, place)
        if not turn.acquire(timeout=WAITS_AT_MOST):
            self._take_unasked(place)

    def give(self, rank: int) -> None:
        """Leave one's seat to the next."""
        with self._lock:
            self._sit(rank, -1)
            while self._waiting and self._is_free(self._waiting[0][0]):
                next_rank, _, turn = heappop(self._waiting)
                self._sit(next_rank)
                turn.release()

    def _is_free(self, rank: int) -> bool:
        return self._free > 0 and (rank == 0 or self._patient > 0)

    def _sit(self, rank: int, seats: int = 1) -> None:
        self._free -= seats
        self._patient -= seats if rank else 0

    def _take_unasked(self, place: tuple[int, int, threading.Lock]) -> None:
        with self._lock:
            if place in self._waiting:
                self._waiting = sorted(one for one in self._waiting if one is not place)
                self._sit(place[0])


class _Sitting(threading.local):
    seats: Seats | None = None
    rank = 0


_here = _Sitting()


@contextmanager
def seated(seats: Seats, rank: int) -> Iterator[None]:
    """Do what stands in the block in a seat."""
    seats.take(rank)
    _here.seats, _here.rank = seats, rank
    try:
        yield
    finally:
        _here.seats = None
        seats.give(rank)


def rest() -> None:
    """Give this thread's connections up until its next question; does nothing inside a transaction."""
    for connection in connections.all(initialized_only=True):
        let_go = getattr(connection, "rest", None)
        if let_go is not None:
            let_go()


@contextmanager
def resting() -> Iterator[None]:
    """Wait for somebody else in the block: this thread's connections and its seat serve others meanwhile.

    Inside a transaction both are kept, since others may wait for what it holds.
    """
    is_held = any(one.in_atomic_block for one in connections.all(initialized_only=True))
    seats = None if is_held else _here.seats
    rest()
    if seats is not None:
        seats.give(_here.rank)
    try:
        yield
    finally:
        if seats is not None:
            seats.take(_here.rank)
