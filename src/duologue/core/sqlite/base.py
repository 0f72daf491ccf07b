"""How do many writers share one SQLite file without starving?

`BEGIN IMMEDIATE` alone polls for the lock and is unfair: under a crowd some writers wait for many
seconds and fail with "database is locked". A file lock taken first is a queue kept by the kernel:
each writer sleeps until its turn. Lock order is always file, then database, so nothing deadlocks.
Reading takes no turn.
"""

import fcntl
import io
import os
import re
import weakref
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|VACUUM|REINDEX|ANALYZE)\b", re.I)


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite whose writers queue at `<database>.lock`, be it for a transaction or a single statement."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: io.FileIO | None = None
        self.execute_wrappers.append(self._execute_in_turn)
        _wrappers.add(self)

    def create_cursor(self, name: Any = None) -> Any:
        return self.connection.cursor(factory=Cursor)

    # The four methods below exist in Django; its stubs leave them out.

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> Any:
        # A commit that fails keeps its turn: a rollback follows.
        result = super()._commit()  # type: ignore[misc]
        self._end_turn()
        return result

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _execute_in_turn(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """A statement outside a transaction is one of its own, and those that write need a turn too."""
        if self._turn is not None or not _WRITES.match(sql):
            return execute(sql, params, many, context)
        self._take_turn()
        try:
            return execute(sql, params, many, context)
        finally:
            self._end_turn()

    def _take_turn(self) -> None:
        if self._turn is not None or self.is_in_memory_db():
            return
        path = f"{self.settings_dict['NAME']}.lock"
        try:
            turn = io.FileIO(path, "a", opener=_open_private)
        except OSError as error:
            raise OperationalError(f"cannot open {path}: {error.strerror}") from error
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)
        except BaseException:
            turn.close()
            raise
        self._turn = turn

    def _end_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            # Not by closing alone: a forked child may hold the same open file.
            fcntl.flock(turn, fcntl.LOCK_UN)
            turn.close()

    def forget(self) -> None:
        """In a forked child: neither the parent's connection nor its turn is ours to use, end or close."""
        _not_ours.append(self.connection)
        if self._turn is not None:
            self._turn.close()
        self.connection = self._turn = None
        self.in_atomic_block = self.needs_rollback = self.closed_in_transaction = False
        self.savepoint_ids = []
        self.atomic_blocks = []
        self.run_on_commit = []


class Cursor(base.SQLiteCursorWrapper):
    """Rewrites `%s` to `?` once a statement; Django does so each time, which for long ones takes its time."""

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        return _rewritten(query) if param_names is None else _rewrite(query, param_names)


def _rewrite(query: str, param_names: Any = None) -> str:
    # It looks at nothing of its cursor, and a cursor would keep its connection alive.
    rewritten: str = base.SQLiteCursorWrapper.convert_query(None, query, param_names=param_names)  # type: ignore[arg-type]
    return rewritten


_rewritten = lru_cache(maxsize=512)(_rewrite)


_wrappers: weakref.WeakSet[DatabaseWrapper] = weakref.WeakSet()
_not_ours: list[Any] = []
"""Kept from the garbage collector, which would close them."""


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _forget_all() -> None:
    for wrapper in list(_wrappers):
        wrapper.forget()


os.register_at_fork(after_in_child=_forget_all)
