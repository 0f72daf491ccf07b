"""Who works while others wait? Few at once, the urgent first, and nobody for ever."""

import threading
import time

import pytest
from django.db import transaction

from duologue.core import resting
from duologue.core.resting import Seats, seated

SOON = 60.0


class Somebody(threading.Thread):
    """Sits down, tells so, and stays until let go."""

    def __init__(self, seats: Seats, rank: int, log: list[int]) -> None:
        super().__init__(daemon=True)
        self.seats, self.rank, self.log = seats, rank, log
        self.sits, self.may_go = threading.Event(), threading.Event()

    def run(self) -> None:
        with seated(self.seats, self.rank):
            self.log.append(self.rank)
            self.sits.set()
            self.may_go.wait(SOON)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Nobody has waited too long, however slow the machine, but where a test says so."""
    monkeypatch.setattr(resting, "WAITS_AT_MOST", SOON)


def _waiting(seats: Seats, count: int) -> None:
    pause = threading.Event()
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        if len(seats._waiting) == count:
            return
        pause.wait(0.01)
    raise AssertionError("They do not wait.")


def _row(seats: Seats, *ranks: int) -> tuple[list[Somebody], list[int]]:
    """One that sits, and the others behind in this order."""
    log: list[int] = []
    people = [Somebody(seats, rank, log) for rank in ranks]
    for place, one in enumerate(people):
        one.start()
        if place:
            _waiting(seats, place)
        else:
            assert one.sits.wait(SOON)
    return people, log


def _end(people: list[Somebody]) -> None:
    for one in people:
        one.may_go.set()
    for one in people:
        one.join(SOON)


def test_the_urgent_go_first_and_then_who_came_first():
    people, log = _row(Seats(1), 0, 2, 1, 0)
    _end(people)
    assert log == [0, 0, 1, 2]


def test_the_patient_leave_seats_to_the_urgent():
    seats = Seats(3, patient=1)
    people, log = _row(seats, 1, 1)
    urgent = Somebody(seats, 0, log)
    urgent.start()
    assert urgent.sits.wait(SOON)
    assert log == [1, 0]
    _end([*people, urgent])
    assert (seats._free, seats._patient) == (3, 1)


def test_who_rests_lets_the_next_sit_down():
    seats = Seats(1)
    with seated(seats, 0):
        other = Somebody(seats, 1, [])
        other.start()
        _waiting(seats, 1)
        with resting.resting():
            assert other.sits.wait(SOON)
            other.may_go.set()
    other.join(SOON)
    assert seats._free == 1


def test_inside_a_transaction_a_seat_is_kept(db):
    seats = Seats(1)
    with seated(seats, 0), transaction.atomic(), resting.resting():
        assert seats._free == 0


def test_nobody_waits_for_ever(monkeypatch):
    monkeypatch.setattr(resting, "WAITS_AT_MOST", 0.05)
    seats = Seats(1)
    people, log = _row(seats, 0)
    patient = Somebody(seats, 1, log)
    patient.start()
    assert patient.sits.wait(SOON)
    assert log == [0, 1]
    _end([*people, patient])
    assert seats._free == 1


def test_resting_without_a_seat_is_nothing():
    with resting.resting():
        pass
