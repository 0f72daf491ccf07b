"""How do web and worker run together, and what happens when one of them dies?

This process stays small: it imports neither Django nor the product, starts `duologue worker` and
`duologue web` as children, and starts a dead one again, each time a little later. Both import at once;
the worker prepares the database meanwhile, and the web processes wait at a gate until it has.
"""

import argparse
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from duologue.config import family
from duologue.core import env

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
HEALTHY_AFTER = 60.0
STOPS_WITHIN = 25.0
ANSWERS_WITHIN = 60.0
LOOKS_EVERY = 0.03


def up(arguments: argparse.Namespace) -> int:
    """The command: returns when told to stop, or when the installation cannot be made ready."""
    problem = family.port_problem(arguments.host, arguments.port)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    url = env.text("BASE_URL")
    if not url and env.text("ENV", "development") == "development":
        # Links in mails must lead here, whatever the port.
        url = os.environ["DUOLOGUE_BASE_URL"] = f"http://localhost:{arguments.port}"
    web = [
        "web",
        "--host",
        arguments.host,
        "--port",
        str(arguments.port),
        "--workers",
        str(arguments.workers),
    ]
    if arguments.web_threads:
        web += ["--threads", str(arguments.web_threads)]
    supervisor = Supervisor(Child("worker", ["worker"]), Child("web server", web))
    return supervisor.run(arguments, url)


@dataclass
class Child:
    """One of our processes, and how patient we have become with it."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    start_again: float = 0.0
    unheard: signal.Signals | None = None
    """What it was told before it was there."""

    def start(self, extra: Sequence[str] = (), fds: Sequence[int] = ()) -> None:
        # In a group of its own: Ctrl-C reaches only us, and we pass it on once.
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "duologue", *self.command, *extra], pass_fds=fds, process_group=0
        )
        self.started = time.monotonic()
        if self.unheard is not None:
            self.process.send_signal(self.unheard)

    @property
    def is_gone(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def plan_restart(self) -> float:
        """Forget the dead process; returns the pause until the next one."""
        now = time.monotonic()
        pause = FIRST_PAUSE if now - self.started > HEALTHY_AFTER else self.pause
        self.process = None
        self.start_again = now + pause
        self.pause = min(pause * 2, LONGEST_PAUSE)
        return pause

    def signal(self, number: signal.Signals) -> None:
        if self.process is None:
            self.unheard = number
        else:
            self.process.send_signal(number)


class Supervisor:
    def __init__(self, worker: Child, web: Child) -> None:
        self.worker = worker
        self.web = web
        self.children = (worker, web)
        self.signals = 0

    def run(self, arguments: argparse.Namespace, url: str) -> int:
        wakes, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        try:
            words = self._start(demo=arguments.demo)
            if words is None:
                return 0 if self.signals else self._code_of_worker()
            if self._web_answers(arguments.host, arguments.port):
                _welcome(url, words)
            self._watch(wakes)
            return 0
        finally:
            self._stop()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """The first asks the children to finish, the second ends them."""
        self.signals += 1
        for child in self.children:
            child.signal(signal.SIGTERM if self.signals == 1 else signal.SIGKILL)

    def _start(self, *, demo: bool) -> list[str] | None:
        """Start both, and open the gate when the worker is ready; its words, or None when it failed."""
        os.environ[family.PARENT] = str(os.getpid())
        with tempfile.NamedTemporaryFile(
            prefix="starting-", dir=Path(env.text("DATA_DIR", "var")).resolve()
        ) as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            os.environ[family.GATE] = gate.name
            reader, writer = os.pipe()
            self.worker.start(["--prepare", str(writer), *(["--demo"] if demo else [])], fds=[writer])
            os.close(writer)
            self.web.start()
            with open(reader) as told:
                words = told.read()
            del os.environ[family.GATE]
            if self.signals or not words:
                # With the gate still closed, so that nobody repeats what the worker has said.
                self._stop()
                return None
            fcntl.flock(gate, fcntl.LOCK_UN)
        said: list[str] = json.loads(words)
        return said

    def _code_of_worker(self) -> int:
        return (self.worker.process.wait() if self.worker.process else 0) or 1

    def _web_answers(self, host: str, port: int) -> bool:
        until = time.monotonic() + ANSWERS_WITHIN
        while not self.signals and not self.web.is_gone and time.monotonic() < until:
            if _answers(host, port):
                return True
            time.sleep(LOOKS_EVERY)
        return False

    def _watch(self, wakes: int) -> None:
        """Until a signal: start what died again."""
        while not self.signals:
            for child in self.children:
                if child.is_gone:
                    code = child.process.returncode if child.process else 0
                    pause = child.plan_restart()
                    _tell(f"The {child.name} ended ({_cause(code)}). It is started again in {pause:.1f} s.")
                elif child.process is None and time.monotonic() >= child.start_again:
                    child.start()
            planned = [child.start_again for child in self.children if child.process is None]
            timeout = max(min(planned) - time.monotonic(), 0) if planned else None
            if select.select([wakes], [], [], timeout)[0]:
                os.read(wakes, 4096)

    def _stop(self) -> None:
        until = time.monotonic() + STOPS_WITHIN
        if not self.signals:
            # Else they were asked already, and being asked twice means to drop everything.
            for child in self.children:
                child.signal(signal.SIGTERM)
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(until - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=5) as line:
            line.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b" 200" in line.recv(64)
    except OSError:
        return False


def _cause(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"by signal {signal.Signals(-code).name}"


def _welcome(url: str, words: list[str]) -> None:
    _tell(f"Duologue runs at {url}")
    if env.text("ENV", "development") == "development":
        if not env.text("EMAIL_URL"):
            _tell(f"Mails are kept, not sent: read them at {url}/mail (DUOLOGUE_EMAIL_URL is not set).")
        _tell(f"The clock can be moved at {url}/clock")
    for line in words:
        _tell(line)
    _tell("Ctrl-C stops it.")


def _tell(words: str) -> None:
    print(words, flush=True)
