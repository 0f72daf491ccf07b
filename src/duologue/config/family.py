"""How do the processes of one start stay together, and is there a place to listen? Needs no Django."""

import ctypes
import errno
import fcntl
import os
import signal
import socket
import sys
from contextlib import suppress

PARENT = "DUOLOGUE_DIES_WITH"
GATE = "DUOLOGUE_GATE"
_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Let the kernel end this process when `parent` is gone, however it went (Linux; elsewhere nothing)."""
    # A forked process has its parent's handlers: one that only takes a note would outlive the parent's death.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("The process that started this one is gone.")


def die_with_starter() -> None:
    """As the environment asks, where one of our own processes started this one."""
    parent = os.environ.pop(PARENT, "")
    if parent:
        die_with(int(parent))


def wait_at_gate() -> None:
    """Sleep until whoever prepares the database opens the gate; without a gate, go on."""
    path = os.environ.get(GATE, "")
    if not path:
        return
    with suppress(FileNotFoundError), open(path) as gate:
        fcntl.flock(gate, fcntl.LOCK_SH)


def port_problem(host: str, port: int) -> str:
    """A sentence when nobody could listen there, else nothing."""
    try:
        kind, style, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(kind, style, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return (
                f"Port {port} at {host} is in use. Choose another one, for example --port {port % 65535 + 1}."
            )
        return f"Cannot listen at {host}, port {port}: {error.strerror or error}."
    return ""
