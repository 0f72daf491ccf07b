"""How do stand-ins for vendors start? They are no part of the product, so they are only named here."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from duologue.config import family
from duologue.core import clock, env

ALL = "all"
_EXPORT = "  export "
_LAST_LINE = "Ctrl-C ends it"
_WITH_ALL = ["export DUOLOGUE_VIDEO_BACKUPS=daily,whereby,jitsi,builtin"]
"""With a choice of platforms that answer, falling back can be seen too."""
_CLOCK = "clock-offset"
"""Where Duologue keeps how far its clock was moved: vendors let people in by time, so theirs go along."""


def simulate(arguments: argparse.Namespace) -> int:
    """The command: serve until told to stop."""
    family.die_with_starter()
    if find_spec("duologue_simulators") is None:
        print("The simulators come with a development install: see make setup.", file=sys.stderr)
        return 1
    if arguments.name == ALL:
        return _all(arguments)
    clock.configure(_data_dir() / _CLOCK)
    arguments.moved_by = _moved_by
    module = import_module(f"duologue_simulators.{arguments.name}.server")
    main: Callable[[argparse.Namespace], int] = module.main
    return main(arguments)


def _moved_by() -> float:
    return clock.offset().total_seconds()


def _data_dir() -> Path:
    return Path(env.text("DATA_DIR", "var")).resolve()


def _all(arguments: argparse.Namespace) -> int:
    """Each in a process of its own, at ports one after the other."""
    signal.signal(signal.SIGTERM, _interrupt)
    ports = enumerate(arguments.simulators, arguments.port)
    children = [_start(name, port, arguments.duologue) for port, name in ports]
    try:
        said = [_said_by(child) for child in children]
        if None in said:
            # Its own sentence stands on standard error already.
            return 1
        _tell([line for lines in said for line in lines or []], arguments.duologue)
        for child in children:
            child.wait()
        return 0
    finally:
        _end(children)


def _start(name: str, port: int, duologue: str) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-m",
        "duologue",
        "simulate",
        name,
        "--port",
        str(port),
        "--duologue",
        duologue,
    ]
    surroundings = {**os.environ, family.PARENT: str(os.getpid())}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings)  # noqa: S603


def _said_by(child: "subprocess.Popen[str]") -> list[str] | None:
    """What a simulator says until it serves; None when it ended instead."""
    lines: list[str] = []
    for line in child.stdout or ():
        if line.startswith(_LAST_LINE):
            return lines
        lines.append(line.rstrip("\n"))
    return None


def _tell(lines: list[str], url: str) -> None:
    """Where each is, and how Duologue is led to all of them: by a file to read in, since keys are long."""
    exports = [line.strip() for line in lines if line.startswith(_EXPORT)] + _WITH_ALL
    place = _data_dir() / "simulators.env"
    place.write_text("".join(f"{line}\n" for line in exports))
    for line in lines:
        if " is simulated at " in line:
            print(line)
    duologue = "duologue" if shutil.which("duologue") else Path(sys.executable).with_name("duologue")
    print("\nStart Duologue in another terminal with:\n")
    port = urlsplit(url).port or 8000
    print(f"  . {place} && {duologue} up --demo{'' if port == 8000 else f' --port {port}'}\n")
    print("Sign in there as a host and open Connections.")
    print(f"{_LAST_LINE} all, and everything in them is forgotten.", flush=True)


def _end(children: "list[subprocess.Popen[str]]") -> None:
    for child in children:
        child.terminate()
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=5)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
