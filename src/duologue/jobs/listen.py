"""How does PostgreSQL wake a worker? NOTIFY from the job table's trigger, heard on a direct connection."""

import logging
import time
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from duologue.jobs.bell import Bell

CHANNEL = "duologue_jobs"
_TRIES_EVERY = 5.0
_log = logging.getLogger(__name__)


class ListenBell(Bell):
    """Hears NOTIFY. Without a connection it is only a pipe, and looking every second must do."""

    _ear: psycopg.Connection[Any] | None = None
    _next_try = 0.0

    def wait(self, seconds: float) -> bool:
        if self._ear is None:
            self._listen()
            return self._ear is not None or self._hear([], seconds)
        rang = self._hear([self._ear], seconds)
        self._swallow()
        return rang

    def close(self) -> None:
        self._hang_up()

    def _listen(self) -> None:
        if time.monotonic() < self._next_try:
            return
        self._next_try = time.monotonic() + _TRIES_EVERY
        try:
            self._ear = _connect()
            self._ear.execute(f"LISTEN {CHANNEL}")
        except psycopg.Error as error:
            _log.warning("No connection to listen on, so jobs are looked for every second: %s", error)
            self._hang_up()

    def _swallow(self) -> None:
        """Take what has arrived off the connection: that something rang is all there is to know."""
        if self._ear is None:
            return
        try:
            self._ear.pgconn.consume_input()
            while self._ear.pgconn.notifies() is not None:
                pass
        except psycopg.Error as error:
            _log.warning("The listening connection broke: %s", error)
            self._hang_up()

    def _hang_up(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.close()


def _connect() -> psycopg.Connection[Any]:
    """Straight to the database: a pool between (PgBouncer) would lose the LISTEN."""
    url = settings.DUOLOGUE_DATABASE_DIRECT_URL
    if url:
        return psycopg.connect(url, autocommit=True, connect_timeout=5)
    given = {"connect_timeout": 5, **connection.get_connection_params()}
    for of_django in ("context", "cursor_factory"):
        given.pop(of_django, None)
    return psycopg.connect(**given, autocommit=True)
