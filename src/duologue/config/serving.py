"""How do pages reach people? Granian calls the WSGI application in processes of their own."""

import argparse
import os
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from duologue.config import family, sources
from duologue.core import env

THREADS = 8
"""Requests at once a process: more than cores, because some wait for the database."""


def web(arguments: argparse.Namespace) -> int:
    """The command: serve until told to stop."""
    family.die_with_starter()
    if family.GATE not in os.environ:
        # Else whoever prepares says it.
        sources.refuse_wrong_keys()
    problem = family.port_problem(arguments.host, arguments.port)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    _count_together(arguments.workers)
    server = Granian(
        "duologue.config.wsgi:application",
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.WSGI,
        workers=arguments.workers,
        blocking_threads=arguments.web_threads or env.number("WEB_THREADS", THREADS, least=1),
        # One dead process must not end the server; without this it does.
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.error,
    )
    # A web process that asked only then who its parent is could find it dead, and itself adopted.
    os.environ[family.PARENT] = str(os.getpid())
    server.serve(target_loader=load, wrap_loader=False)
    return 0


def _count_together(workers: int) -> None:
    """Give several processes a fresh folder to count requests in, so that /metrics tells their sum."""
    if workers > 1:
        folder = Path(env.text("DATA_DIR", "var")).resolve() / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def load() -> Any:
    """The application, in a web process: import everything, wait until the database is ready, begin."""
    family.die_with_starter()
    try:
        import_module("django").setup()
        import_module(import_module("django.conf").settings.ROOT_URLCONF)
    finally:
        # Also after a failure: whoever prepares fails too, says so, and ends us.
        family.wait_at_gate()
    # From here on the static files are there: they are listed once, at this import.
    return import_module("duologue.config.wsgi").application
