"""How do many writers share one SQLite file without starving?

`BEGIN IMMEDIATE` alone polls for the lock and is unfair: under a crowd some writers wait for many
seconds and fail with "database is locked". A file lock taken first is a queue kept by the kernel:
each writer sleeps until its turn. Lock order is always file, then database, so nothing deadlocks.
"""

import fcntl
import os
from typing import Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite whose write transactions queue at `<database>.lock`."""

    _lock_handle: int | None = None

    def _start_transaction_under_autocommit(self) -> None:
        self._take_lock()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._free_lock()
            raise

    def _commit(self) -> Any:
        result = super()._commit()
        self._free_lock()
        return result

    def _rollback(self) -> Any:
        try:
            return super()._rollback()
        finally:
            self._free_lock()

    def _close(self) -> Any:
        try:
            return super()._close()
        finally:
            self._free_lock()

    def _take_lock(self) -> None:
        name = str(self.settings_dict["NAME"])
        if self._lock_handle is not None or self.is_in_memory_db():
            return
        handle = os.open(f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except BaseException:
            os.close(handle)
            raise
        self._lock_handle = handle

    def _free_lock(self) -> None:
        handle, self._lock_handle = self._lock_handle, None
        if handle is not None:
            os.close(handle)
