"""How are the product's own processes started and ended around a measurement?"""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from socket import create_connection, socket

HOST = "127.0.0.1"


def free_port() -> int:
    with socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m …` in a process of its own, ended gently with the block."""
    with subprocess.Popen([sys.executable, "-m", *command], env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


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
