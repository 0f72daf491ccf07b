"""What wakes a waiting worker? A finished run in its own process, a signal, or another process's commit."""

import os
import select
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.db import connection
from django.utils.module_loading import import_string

BELLS = {
    "sqlite": "duologue.jobs.bell.DataVersionBell",
    "postgresql": "duologue.jobs.listen.ListenBell",
}


class Bell:
    """A pipe: any thread or signal handler rings, one thread waits. Rings while nobody waits count as one.

    What else the waiting thread hears is opened at its first `wait`, which therefore returns at once:
    what happened before is not heard and has to be looked for.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def ring(self) -> None:
        with suppress(BlockingIOError):  # the pipe is full of rings already
            os.write(self._writer, b"!")

    def wait(self, seconds: float) -> bool:
        """Sleep until something rings, at most so long; whether something did."""
        return self._hear([], seconds)

    def close(self) -> None:
        """Hear nothing more. The pipe stays while anybody could ring, so that no other file is hit."""

    def __del__(self) -> None:
        os.close(self._reader)
        os.close(self._writer)

    def _hear(self, others: Sequence[Any], seconds: float) -> bool:
        ready, _, _ = select.select([self._reader, *others], [], [], max(seconds, 0))
        if self._reader in ready:
            os.read(self._reader, 65536)
        return bool(ready)


class DataVersionBell(Bell):
    """SQLite: looks ten times a second whether another connection has committed, which costs microseconds."""

    _LOOKS_EVERY = 0.1
    _version: int | None = None

    def wait(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            rang = self._hear([], min(left, self._LOOKS_EVERY))
            seen, self._version = self._version, self._data_version()
            if rang or seen != self._version:
                return True
            if left <= self._LOOKS_EVERY:
                return False

    def _data_version(self) -> int:
        """SQLite's count of foreign commits; the worker's own connection asks, so its own do not wake it."""
        with connection.cursor() as cursor:
            version: int = cursor.execute("PRAGMA data_version").fetchone()[0]
        return version


def hang() -> Bell:
    """The bell that fits the database."""
    bell: Bell = import_string(BELLS[connection.vendor])()
    return bell
