"""How far is one booking, with all its checks, from a bare function that writes the same rows?"""

import json
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import psycopg
from django.db import connection

from bench import world
from bench.clockwork import WARM_UP, in_turn, p50, p99
from bench.report import Figure, ratio
from duologue.bookings.models import Booking
from duologue.config.sources import SQLITE_OPTIONS
from duologue.core import clock
from duologue.scheduling.intervals import instant
from duologue.usecases import find_slots
from duologue.usecases.book import Wish, book

MOST = 3
FAR = datetime(2040, 1, 1, tzinfo=UTC)


def figures(*, is_quick: bool) -> Iterator[Figure]:
    rounds = 100 if is_quick else 600
    sold = world.offer("naoko")
    world.fill(sold, world.BOOKINGS, days=range(-200, 60))
    wishes = list(_wishes(WARM_UP + rounds))
    made = iter(wishes)
    ours, bare = in_turn([lambda: book(next(made), now=clock.now()), _Bare(wishes[0]).book], rounds)
    yield ratio("one booking, p50", p50(ours), p50(bare), MOST)
    yield Figure("one booking, p99", p99(ours), "ms", None, f"bare: {p99(bare):.2f} ms")


def _wishes(most: int) -> Iterator[Wish]:
    """Somebody else each time, since nobody holds more than five, at as many hosts as it takes."""
    number = 0
    while number < most:
        offer = world.offer(f"host{number}")
        now = clock.now()
        open_starts = find_slots.open_slots(offer.event_type, now, now + timedelta(days=60), now=now)
        # Every second start: an hour lasts longer than the half hour between starts.
        for start in open_starts[10::2]:
            number += 1
            yield Wish(offer.event_type.pk, instant(start), user=world.person(f"attendee{number}"))


class _Bare:
    """Raw SQL over a connection of its own: a booking, its history and its timer, in one transaction."""

    TABLES = ("bookings_booking", "bookings_bookingtransition", "jobs_job")

    def __init__(self, wish: Wish) -> None:
        """Takes the rows of a real booking as the pattern."""
        self._is_sqlite = connection.vendor == "sqlite"
        self._line = self._connect()
        booking = book(wish, now=clock.now())
        pattern = {name: self._row(name) for name in self.TABLES}
        Booking.objects.filter(pk=booking.pk).delete()
        self._statements = [self._insertion(name, list(row)) for name, row in pattern.items()]
        self._rows = list(pattern.values())
        self._numbers = count(1)

    def book(self) -> None:
        booking, history, timer = self._rows
        number, key = next(self._numbers), uuid4()
        start = FAR + timedelta(hours=2 * number)
        booking["id"] = history["booking_id"] = key.hex if self._is_sqlite else key
        timer["key"], timer["args"] = f"expire_hold:{key}", json.dumps({"booking_id": str(key)})
        booking["starts_at"] = booking["blocked_from"] = self._stored(start)
        booking["ends_at"] = booking["blocked_until"] = self._stored(start + timedelta(hours=1))
        self._line.execute("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
        for sql, row in zip(self._statements, self._rows, strict=True):
            self._line.execute(sql, tuple(row.values()))
        self._line.execute("COMMIT")

    def _connect(self) -> Any:
        if not self._is_sqlite:
            return psycopg.connect(os.environ["DUOLOGUE_DATABASE_URL"], autocommit=True)
        line = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        line.executescript(str(SQLITE_OPTIONS["init_command"]))
        return line

    def _row(self, table: str) -> dict[str, Any]:
        """The row written last, without the key that the database gives."""
        cursor = self._line.execute(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 1")
        row = dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))
        if table != "bookings_booking":
            del row["id"]
        return row

    def _insertion(self, table: str, columns: list[str]) -> str:
        marks = ", ".join(["?" if self._is_sqlite else "%s"] * len(columns))
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"

    def _stored(self, at: datetime) -> Any:
        return at.strftime("%Y-%m-%d %H:%M:%S") if self._is_sqlite else at
