"""How are the product's own processes started and ended around a measurement?"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from socket import SO_REUSEADDR, SOL_SOCKET, create_connection, socket

HOST = "127.0.0.1"
LINES = 40
"""Of a log that is shown."""
_held: list[socket] = []


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """What a process has computed so far; unlike the clock it does not tell of a busy machine."""
    return _cpu_seconds(process.pid)


def cpu_seconds_of_all(process: subprocess.Popen[bytes]) -> float:
    """The same with the processes that it started, as web servers do."""
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as told:
        children = [int(pid) for pid in told.read().split()]
    return sum(_cpu_seconds(pid) for pid in (process.pid, *children))


def _cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as told:
        user, system = told.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """It stays bound here without listening, so that nobody else is given it until its server comes."""
    holder = socket()
    holder.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    holder.bind((HOST, 0))
    _held.append(holder)
    port: int = holder.getsockname()[1]
    return port


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m …` in a process of its own, ended gently with the block.

    What it logs is shown when the measurement fails; refusals are what most of them are about.
    """
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen([sys.executable, "-m", *command], env=environment, stderr=log) as process,
    ):
        try:
            yield process
        except BaseException:
            log.seek(0)
            sys.stderr.writelines(line.decode(errors="replace") for line in log.readlines()[-LINES:])
            raise
        finally:
            process.terminate()
            process.wait(timeout=120)


@contextmanager
def serving(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[int]:
    """The same for a server that takes `--port`; gives the port once it answers."""
    port = free_port()
    with running([*command, "--port", str(port)], environment) as process:
        wait_for(process, port)
        yield port


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Until something listens; raises RuntimeError when the process ended instead."""
    while process.poll() is None:
        try:
            create_connection((HOST, port), timeout=1).close()
        except ConnectionRefusedError:
            continue
        return
    msg = "The server ended while it started."
    raise RuntimeError(msg)
