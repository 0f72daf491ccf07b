"""Does one command start everything, keep it running whatever dies, and end it in order?"""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from duologue.config import family
from duologue.config.supervisor import Child, Supervisor
from duologue.core import clock
from duologue.jobs.models import WorkerBeat
from tests.ports import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.crash]
LONG = 180.0


def eventually(is_so: Callable[[], object]) -> None:
    """Look until it is so: other processes have no event to wait for."""
    until = time.monotonic() + LONG
    while not is_so():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.05)


def descendants(pid: int) -> dict[int, str]:
    """All processes below one, each before its own children, with their command lines."""
    found: dict[int, str] = {}
    # One that ends while we look hides none of the others.
    with suppress(FileNotFoundError, ProcessLookupError):
        for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            with suppress(FileNotFoundError, ProcessLookupError):
                found[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
                found |= descendants(child)
    return found


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return bool(re.search(r"\) [ZX] ", state))


@dataclass
class Installation:
    process: "subprocess.Popen[str]"
    port: int

    def said(self, beginning: str) -> str:
        """Read on until a line begins so."""
        assert self.process.stdout is not None
        impatience = threading.Timer(LONG, self.process.kill)
        impatience.start()
        try:
            for line in self.process.stdout:
                if line.startswith(beginning):
                    return line.strip()
        finally:
            impatience.cancel()
        raise AssertionError(f"it never said {beginning!r}")

    def answers(self, path: str = "/") -> int:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request("GET", path, headers={"Host": "localhost"})
            return line.getresponse().status
        except OSError:
            return 0
        finally:
            line.close()

    def pids(self, command: str) -> list[int]:
        """Of a family the eldest first."""
        below = descendants(self.process.pid)
        return [pid for pid, words in below.items() if f"duologue {command} " in words]


@pytest.fixture
def start(child_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], Installation]]:
    started: list[Installation] = []

    def begin() -> Installation:
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "duologue", "up", "--port", str(port)],
            env={**child_environment, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(Installation(process, port))
        return started[-1]

    yield begin
    for one in started:
        for pid in [one.process.pid, *descendants(one.process.pid)]:
            if not is_gone(pid):
                os.kill(pid, signal.SIGKILL)
        one.process.wait()
        assert one.process.stdout is not None
        one.process.stdout.close()


def refused(environment: dict[str, str], *words: str) -> tuple[int, list[str]]:
    command = [sys.executable, "-m", "duologue", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LONG, check=False)
    return done.returncode, done.stderr.splitlines()


def test_all_of_it_runs_survives_its_parts_and_stops_in_order(start: Callable[[], Installation]) -> None:
    here = start()
    assert here.said("Duologue runs at") == f"Duologue runs at http://localhost:{here.port}"
    assert here.said("Mails are kept").startswith(
        f"Mails are kept, not sent: read them at http://localhost:{here.port}"
    )
    assert here.answers("/") == 200
    assert here.answers("/readyz") == 200

    (worker,) = here.pids("worker")
    eventually(WorkerBeat.objects.exists)
    began = clock.machine()
    os.kill(worker, signal.SIGKILL)
    here.said("The worker ended (by signal SIGKILL)")
    eventually(lambda: WorkerBeat.objects.filter(started_at__gt=began).exists())
    assert here.pids("worker") != [worker]

    server, page_maker = here.pids("web")
    os.kill(page_maker, signal.SIGKILL)
    eventually(lambda: is_gone(page_maker) and here.answers("/") == 200)
    assert here.pids("web")[0] == server, "a dead page maker does not end the server"

    os.kill(server, signal.SIGKILL)
    here.said("The web server ended (by signal SIGKILL)")
    eventually(lambda: here.pids("web") and server not in here.pids("web") and here.answers("/") == 200)

    family = [here.process.pid, *descendants(here.process.pid)]
    here.process.terminate()
    assert here.process.wait(LONG) == 0
    assert all(is_gone(pid) for pid in family)
    assert not WorkerBeat.objects.filter(started_at__gt=began).exists(), "the worker had time to say goodbye"


def test_nobody_outlives_who_started_them(start: Callable[[], Installation]) -> None:
    here = start()
    here.said("Duologue runs at")
    # Web server, page maker and worker, once nothing is asked of the machine any more.
    eventually(lambda: len(descendants(here.process.pid)) == 3)
    family = list(descendants(here.process.pid))
    os.kill(here.process.pid, signal.SIGKILL)
    eventually(lambda: all(is_gone(pid) for pid in family))


def test_ctrl_c_before_it_is_ready(start: Callable[[], Installation]) -> None:
    here = start()
    eventually(lambda: len(descendants(here.process.pid)) >= 2)
    family = list(descendants(here.process.pid))
    here.process.send_signal(signal.SIGINT)
    assert here.process.wait(LONG) == 0
    eventually(lambda: all(is_gone(pid) for pid in family))


def test_a_second_ctrl_c_before_it_is_ready_leaves_nobody(start: Callable[[], Installation]) -> None:
    here = start()
    eventually(lambda: len(here.pids("web")) == 2 and here.pids("worker"))
    family = list(descendants(here.process.pid))
    here.process.send_signal(signal.SIGINT)
    # Two that are on their way at once count as one: the second counts once the first was passed on.
    eventually(lambda: not here.pids("worker"))
    here.process.send_signal(signal.SIGINT)
    here.process.wait(LONG)
    eventually(lambda: all(is_gone(pid) for pid in family))


# Finishes what it does when asked once; drops everything when asked twice, as the worker does.
_BUSY = """
import os, signal, threading
asked, done = threading.Event(), threading.Event()
def on_signal(number, frame):
    if asked.is_set():
        os._exit(1)
    asked.set()
    os.write(1, b"finishing\\n")  # print may be at work when the signal comes, and cannot be entered twice
signal.signal(signal.SIGTERM, on_signal)
print("ready", flush=True)
asked.wait()
done.wait(1)
"""


def test_one_signal_asks_once_so_that_work_at_hand_is_finished() -> None:
    busy = subprocess.Popen([sys.executable, "-c", _BUSY], stdout=subprocess.PIPE, text=True)
    assert busy.stdout is not None
    with busy, busy.stdout:
        assert busy.stdout.readline() == "ready\n"
        supervisor = Supervisor(Child("worker", [], process=busy), Child("web server", []))  # type: ignore[arg-type]
        supervisor._on_signal(signal.SIGTERM, None)
        assert busy.stdout.readline() == "finishing\n"
        supervisor._stop()
        assert busy.returncode == 0


def test_a_signal_while_a_process_is_being_started_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    child = Child("sleeper", ["worker"])

    def start(*_: Any, **__: Any) -> subprocess.Popen[bytes]:
        child.signal(signal.SIGTERM)
        return started([sys.executable, "-c", "import time; time.sleep(600)"])

    started = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", start)
    child.start()
    assert child.process is not None
    assert child.process.wait(timeout=60) == -signal.SIGTERM


def test_a_port_in_use(child_environment: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for command in ("up", "web"):
            code, words = refused(child_environment, command, "--port", str(port))
            assert code == 1
            another = port % 65535 + 1
            assert words == [
                f"Port {port} at 127.0.0.1 is in use. Choose another one, for example --port {another}."
            ]


def test_an_address_that_is_not_ours(child_environment: dict[str, str]) -> None:
    code, words = refused(child_environment, "up", "--host", "192.0.2.1")
    assert code == 1
    assert len(words) == 1
    assert words[0].startswith("Cannot listen at 192.0.2.1, port 8000")


def test_a_setting_that_is_missing_is_named_once(child_environment: dict[str, str]) -> None:
    environment = {
        **child_environment,
        "DUOLOGUE_ENV": "production",
        "DUOLOGUE_BASE_URL": "https://x.example",
    }
    code, words = refused(environment, "up", "--port", str(free_port()))
    assert code == 1
    assert words == ["DUOLOGUE_SECRET_KEY must be set in production: a long random text, kept safe."]


def test_a_database_that_does_not_answer_is_told(child_environment: dict[str, str]) -> None:
    environment = {**child_environment, "DUOLOGUE_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"}
    code, words = refused(environment, "up", "--port", str(free_port()))
    assert code == 1
    assert words[0].startswith("The database cannot be made ready: connection failed")
    assert not [line for line in words if "Traceback" in line]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel ends nobody")
def test_a_web_process_whose_server_died_before_it_began_does_not_begin(
    child_environment: dict[str, str],
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    begun = subprocess.run(
        [sys.executable, "-c", "from duologue.config import serving; serving.load(); print('begun')"],
        env={**child_environment, family.PARENT: str(gone.pid)},
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    assert (begun.returncode, begun.stdout) == (1, "")
    assert "is gone" in begun.stderr
