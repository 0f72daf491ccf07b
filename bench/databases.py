"""On what do we measure? A fresh database of each kind, gone afterwards."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg

USUAL_POSTGRES = "postgresql://root@127.0.0.1:5432/test"


@dataclass(frozen=True, slots=True)
class Database:
    """`url` is empty for SQLite."""

    name: str
    url: str


def databases() -> list[Database]:
    """SQLite, and the PostgreSQL that answers, if one does."""
    url = os.environ.get("TEST_POSTGRES_URL", USUAL_POSTGRES)
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return [Database("SQLite", "")]
    return [Database("SQLite", ""), Database("PostgreSQL", url)]


@contextmanager
def fresh(database: Database, *, is_migrated: bool = True) -> Iterator[dict[str, str]]:
    """The environment of an installation of its own on that database, with its tables made."""
    data_dir = tempfile.mkdtemp(prefix="duologue-bench-")
    with _own(database) as url:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DUOLOGUE_")}
        environment |= {"DUOLOGUE_DATA_DIR": data_dir, "DUOLOGUE_DATABASE_URL": url}
        try:
            if is_migrated:
                _migrate(environment)
            yield environment
        finally:
            shutil.rmtree(data_dir, ignore_errors=True)


def _migrate(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "duologue", "migrate"]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _own(database: Database) -> Iterator[str]:
    """The address of a database that only we use."""
    if not database.url:
        yield ""
        return
    name = f"duologue_bench_{os.getpid()}"
    with psycopg.connect(database.url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(database.url)._replace(path=f"/{name}"))
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
