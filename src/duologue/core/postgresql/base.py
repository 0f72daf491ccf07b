"""Does a kept PostgreSQL connection still stand? Its socket tells; Django would ask the server each time.

A server that ends a connection says so on it: as long as nothing has arrived, it stands. After a pause
that is no proof, since a firewall may have forgotten it, and the server is asked after all.
"""

import os
import select
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db.backends.postgresql import base

TRUSTED_FOR = 30.0
"""Seconds after its last use."""


@dataclass(frozen=True, slots=True)
class _Idle:
    """A connection that a thread left while it waits for somebody else."""

    address: tuple[object, ...]
    connection: Any
    since: float


_idle: deque[_Idle] = deque()
os.register_at_fork(after_in_child=_idle.clear)


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL with one question less a request and a job."""

    # Django has these; its stubs leave them out.
    health_check_enabled: bool
    health_check_done: bool
    _stood_at = 0.0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        made = _take_idle(self._address()) or super().get_new_connection(conn_params)
        self._stood_at = time.monotonic()
        return made

    def rest(self) -> None:
        """Leave the connection to other threads until this one needs one again; not inside a transaction."""
        if self.connection is None or self.in_atomic_block or not self.autocommit:
            return
        _idle.append(_Idle(self._address(), self.connection, time.monotonic()))
        self.connection = None

    def close(self) -> None:
        super().close()
        close_idle()

    def _address(self) -> tuple[object, ...]:
        return tuple(self.settings_dict[name] for name in ("HOST", "PORT", "NAME", "USER"))

    def close_if_health_check_failed(self) -> None:
        if self.connection is None or not self.health_check_enabled or self.health_check_done:
            return
        now = time.monotonic()
        if now - self._stood_at < TRUSTED_FOR and _is_silent(self.connection):
            self.health_check_done = True
        else:
            super().close_if_health_check_failed()
        self._stood_at = now


def close_idle() -> None:
    """Close what no thread uses: whoever closes their own is at the end of their work."""
    while _idle:
        with suppress(IndexError):
            _idle.pop().connection.close()


def _take_idle(address: tuple[object, ...]) -> Any:
    """One that stands, the last left first; None without one."""
    while True:
        try:
            found = _idle.pop()
        except IndexError:
            return None
        is_fresh = time.monotonic() - found.since < TRUSTED_FOR
        if found.address == address and is_fresh and _is_silent(found.connection):
            return found.connection
        found.connection.close()


def _is_silent(connection: Any) -> bool:
    """Open as far as we know, and nothing to be read: unasked, a server speaks when it ends."""
    if connection.closed:
        return False
    ear = select.poll()
    ear.register(connection.fileno(), select.POLLIN)
    return not ear.poll(0)
