"""Where may servers of the tests listen? At ports that nobody else is given meanwhile."""

import sys
from socket import SO_REUSEADDR, SOL_SOCKET, socket

_held: list[socket] = []


def free_port() -> int:
    """A port for a server that is started soon, and again later at the same address.

    It stays bound here without listening: that lets in whoever asks for just this port and says so with
    SO_REUSEADDR, as servers do, and keeps the kernel from giving it to anybody else.
    """
    return free_ports(1)


def free_ports(many: int) -> int:
    """The first of so many in a row."""
    while True:
        first = _hold(0).getsockname()[1]
        try:
            for port in range(first + 1, first + many):
                _hold(port)
        except (OSError, OverflowError):
            continue
        if sys.platform != "linux":  # other kernels let nobody in beside one who holds
            while _held:
                _held.pop().close()
        return int(first)


def _hold(port: int) -> socket:
    holder = socket()
    # Kept from the beginning: also where the port is not to be had.
    _held.append(holder)
    # Said only now, or two that hold would not notice each other.
    holder.bind(("127.0.0.1", port))
    holder.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    return holder
