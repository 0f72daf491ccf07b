"""Is the installation ready to serve? Tables, static files and, if asked, the demo world."""

import argparse
import hashlib
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from duologue import __version__
from duologue.accounts.models import Host
from duologue.core import clock, env

DEMO = "duologue.config.demo.load"


def everything(*, demo: bool) -> list[str]:
    """Make ready what is not, quickly where it is; returns lines for people to read."""
    bring_tables_up_to_date()
    collect_static_files()
    return demo_people() if demo else []


def migrate(arguments: argparse.Namespace) -> int:
    """The command: as at every start, and says what it did."""
    try:
        changed = bring_tables_up_to_date()
    except Error as error:
        print(f"The database does not answer: {error}".strip(), file=sys.stderr)
        return 1
    print("The database was brought up to date." if changed else "The database is up to date.")
    collected = collect_static_files()
    print("The static files were collected." if collected else "The static files are up to date.")
    return 0


def bring_tables_up_to_date() -> bool:
    """Apply what migrations are missing; False when none is."""
    if not missing_migrations():
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def missing_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]


def collect_static_files() -> bool:
    """Copy and compress the static files unless those in place are of these sources; False when they are."""
    stamp = Path(settings.STATIC_ROOT).with_suffix(".stamp")
    wanted = _fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(wanted)
    return True


def _fingerprint() -> str:
    """Changes with any static file's name, size or time, and with the way they are stored."""
    digest = hashlib.sha256(f"{__version__} {settings.STORAGES['staticfiles']}".encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def demo_people() -> list[str]:
    """Load the demo world into an installation without hosts; who can sign in, also at later starts."""
    if settings.ENV == "production":
        raise env.BadSetting("ENV", "is production; the demo world is for development and staging.")
    said = Path(settings.DATA_DIR) / "demo.txt"
    if Host.objects.exists():
        return said.read_text().splitlines() if said.exists() else []
    load: Callable[[datetime], list[str]] = import_string(DEMO)
    lines = load(clock.now())
    # What happens soon has happened by the next start.
    said.write_text("\n".join(lines[:-1]))
    return lines
