"""Where may a server of the tests listen? At a port that nobody else is given meanwhile."""

from socket import SO_REUSEADDR, SOL_SOCKET, socket

_held: list[socket] = []


def free_port() -> int:
    """A port for a server that is started soon, and again later at the same address.

    It stays bound here without listening: that lets in whoever asks for just this port and says so with
    SO_REUSEADDR, as servers do, and keeps the kernel from giving it to anybody else.
    """
    holder = socket()
    holder.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    _held.append(holder)
    port: int = holder.getsockname()[1]
    return port
