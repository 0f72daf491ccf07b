"""What can an operator tell Duologue to do? Reads the command line and calls the one function that does it.

Functions are named by their place and imported when they are called: starting up must not cost what a
command does not need.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from duologue import __version__
from duologue.core import env

DONE, TROUBLE, MISUSE, INTERRUPTED = 0, 1, 2, 130
SIMULATORS = ("daily", "google", "jaas", "jitsi", "microsoft", "stripe", "twilio", "whereby", "zoom")


class Parser(argparse.ArgumentParser):
    """Answers a mistake with one sentence and where to read on."""

    def error(self, message: str) -> NoReturn:
        unknown = re.match("argument COMMAND: invalid choice: (.+?) \\(", message)
        if unknown:
            message = f"there is no command {unknown[1]}"
        self.exit(MISUSE, f"{self.prog}: {message}. See: {self.prog} --help\n")


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    # Notes, addresses and hashes lie in what we write: nobody else on this machine reads them.
    os.umask(0o077)
    given = sys.argv[1:] if argv is None else argv
    if given[:1] == ["manage"]:
        return _call("duologue.config.commands:manage", argparse.Namespace(rest=given[1:]), setup=True)
    arguments = _parser().parse_args(given)
    return _call(arguments.function, arguments, setup=arguments.setup)


def _call(place: str, arguments: argparse.Namespace, *, setup: bool) -> int:
    module, _, name = place.partition(":")
    try:
        _check_data_dir()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duologue.config.settings")
        if setup:
            import_module("django").setup()
        function: Callable[[argparse.Namespace], int] = getattr(import_module(module), name)
        return function(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except env.BadSetting as problem:
        print(problem, file=sys.stderr)
        return TROUBLE


def _check_data_dir() -> None:
    """Everything we keep lies there: say at once, and in words, when that cannot be."""
    place = Path(env.text("DATA_DIR", "var")).resolve()
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise env.BadSetting("DATA_DIR", f"cannot be made: {error.strerror} ({place}).") from None
    if not os.access(place, os.W_OK | os.X_OK):
        raise env.BadSetting("DATA_DIR", f"cannot be written to ({place}).")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="duologue", description="Paid one-to-one sessions over video, on your own server.")
    parser.add_argument("--version", action="version", version=f"Duologue {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    _add_servers(commands)
    _add_upkeep(commands)
    _add_people(commands)
    _add_simulators(commands)
    _command(
        commands, "manage", "duologue.config.commands:manage", "Everything Django has: duologue manage help"
    )
    return parser


def _add_servers(commands: "argparse._SubParsersAction[Parser]") -> None:
    up = _command(
        commands,
        "up",
        "duologue.config.supervisor:up",
        "Start web and worker, and keep them running",
        setup=False,
    )
    _add_address(up)
    up.add_argument("--demo", action="store_true", help="fill an empty installation with a demo world")
    web = _command(commands, "web", "duologue.config.serving:web", "Start only the web server", setup=False)
    _add_address(web)
    worker = _command(
        commands, "worker", "duologue.config.working:worker", "Start only a worker, which does the jobs"
    )
    worker.add_argument("--threads", type=_count, help="of our own jobs at once (DUOLOGUE_WORKER_THREADS, 4)")
    # How `up` asks its worker to make everything ready before anybody else starts.
    worker.add_argument("--prepare", type=int, metavar="FD", help=argparse.SUPPRESS)
    worker.add_argument("--demo", action="store_true", help=argparse.SUPPRESS)


def _add_address(parser: Parser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8000, help="port to listen at (8000)")
    parser.add_argument("--workers", type=_count, default=1, help="web processes (1)")
    parser.add_argument(
        "--threads", type=_count, dest="web_threads", help="requests at once a web process (8)"
    )


def _add_upkeep(commands: "argparse._SubParsersAction[Parser]") -> None:
    _command(
        commands,
        "migrate",
        "duologue.config.prepare:migrate",
        "Bring the database and the static files up to date",
    )
    _command(commands, "demo", "duologue.config.commands:demo", "Load the demo world")
    _command(commands, "doctor", "duologue.config.doctor:doctor", "Say in words what is well and what is not")
    backup = _command(
        commands, "backup", "duologue.config.backup:backup", "Copy the database to a file, while it runs"
    )
    backup.add_argument("file", metavar="FILE", type=Path)
    restore = _command(commands, "restore", "duologue.config.backup:restore", "Put a backup back in place")
    restore.add_argument("file", metavar="FILE", type=Path)


def _add_people(commands: "argparse._SubParsersAction[Parser]") -> None:
    user = _group(commands, "user", "Accounts")
    create = _command(user, "create", "duologue.config.commands:create_user", "Make an account")
    create.add_argument("email", metavar="EMAIL")
    create.add_argument("--name", default="", help="what pages call the person")
    create.add_argument("--operator", action="store_true", help="may run the installation, at /ops")
    create.add_argument("--host", metavar="SLUG", help="give the person a host's page at /h/SLUG, approved")
    create.add_argument("--password-stdin", action="store_true", help="read a password from standard input")
    token = _group(commands, "token", "Keys to the API")
    issue = _command(
        token, "create", "duologue.config.commands:create_token", "Make an API token; it is shown once"
    )
    issue.add_argument("email", metavar="EMAIL")


def _add_simulators(commands: "argparse._SubParsersAction[Parser]") -> None:
    simulate = _command(
        commands,
        "simulate",
        "duologue.config.simulating:simulate",
        "Stand in for a vendor, to try everything without an account",
        setup=False,
    )
    names = ("all", *SIMULATORS)
    simulate.add_argument("name", metavar="NAME", choices=names, help=", ".join(names))
    simulate.add_argument(
        "--port", type=_port, default=12111, help="port to listen at, the first one (12111)"
    )
    simulate.set_defaults(simulators=SIMULATORS)
    simulate.add_argument(
        "--duologue",
        metavar="URL",
        default="http://localhost:8000",
        help="where webhooks go (http://localhost:8000)",
    )


def _group(
    commands: "argparse._SubParsersAction[Parser]", name: str, words: str
) -> "argparse._SubParsersAction[Parser]":
    group = commands.add_parser(name, help=words, description=words)
    return group.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)


def _command(
    commands: "argparse._SubParsersAction[Parser]",
    name: str,
    function: str,
    words: str,
    *,
    setup: bool = True,
) -> Parser:
    parser = commands.add_parser(name, help=words, description=words)
    parser.set_defaults(function=function, setup=setup)
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a whole number from 1 to 65535, not {text!r}")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"give a whole number of at least 1, not {text!r}")
    return int(text)
