"""How is the database kept safe? SQLite is copied while it runs; PostgreSQL has its own tools."""

import argparse
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import Error, connection

from duologue.config import health
from duologue.jobs.models import ALIVE_WITHIN

_OURS = "SELECT count(*) FROM django_migrations WHERE app = 'bookings'"


class Refusal(Exception):
    """Why not, in one sentence."""


def backup(arguments: argparse.Namespace) -> int:
    """The command: a copy of the database as it stands at one instant, whole even while people write."""
    return _speak(lambda: _backup(arguments.file.resolve()))


def restore(arguments: argparse.Namespace) -> int:
    """The command: the database as it was at a backup; what came after is gone."""
    return _speak(lambda: _restore(arguments.file.resolve()))


def _speak(action: Callable[[], str]) -> int:
    try:
        print(action())
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except (sqlite3.Error, OSError) as error:
        print(f"That did not work: {error}.", file=sys.stderr)
        return 1
    return 0


def _backup(target: Path) -> str:
    _need_sqlite(f"pg_dump --format=custom --file={target} {{name}}")
    if target.exists():
        raise Refusal(f"{target} exists already. Name a new file, or move that one away.")
    unfinished = target.with_name(f"{target.name}.unfinished")
    with closing(_open(_database(), "ro")) as source, closing(sqlite3.connect(unfinished)) as copy:
        source.backup(copy)
        # One plain file, without a write-ahead log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
    unfinished.chmod(0o600)
    os.replace(unfinished, target)
    return (
        f"The database is in {target}. Keep {settings.MEDIA_ROOT} (uploads) with it, and the keys:"
        f" DUOLOGUE_SECRET_KEY and DUOLOGUE_ENCRYPTION_KEYS, or {settings.DATA_DIR / 'secret_key'}."
    )


def _restore(source: Path) -> str:
    _need_sqlite(f"pg_restore --clean --if-exists --dbname={{name}} {source}")
    if not source.is_file():
        raise Refusal(f"There is no file {source}.")
    with closing(_open(source, "ro")) as backup_:
        _check(backup_, source)
        if _is_running():
            raise Refusal("Duologue is running on this database. Stop it first, then restore.")
        with closing(sqlite3.connect(_database())) as live:
            backup_.backup(live)
            live.execute("PRAGMA journal_mode = WAL")
    return (
        f"The database is as it was in {source}. Run `duologue migrate` if the backup is of an older version."
    )


def _check(backup_: sqlite3.Connection, source: Path) -> None:
    """Raise a refusal unless this is a whole database of ours."""
    try:
        (state,) = backup_.execute("PRAGMA quick_check").fetchone()
        (ours,) = backup_.execute(_OURS).fetchone()
    except sqlite3.DatabaseError:
        state, ours = "", 0
    if state != "ok" or not ours:
        raise Refusal(f"{source} is not a whole backup of Duologue.")


def _is_running() -> bool:
    """Whether a worker was heard lately; a database that cannot say so is no reason to keep it."""
    try:
        age = health.worker_age()
    except Error:
        return False
    return age is not None and age < ALIVE_WITHIN


def _need_sqlite(instead: str) -> None:
    if connection.vendor != "sqlite":
        name = connection.settings_dict["NAME"]
        raise Refusal(
            f"This installation uses PostgreSQL, which has its own tool: {instead.format(name=name)}"
        )


def _database() -> Path:
    return Path(connection.settings_dict["NAME"])


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True)
