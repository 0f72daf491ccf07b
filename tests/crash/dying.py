"""How does a test kill the product at an exact point? In a child process, before its n-th statement."""

import os
import signal
from collections.abc import Callable

from django.db import connection, connections

FINISHED, KILLED = 0, -signal.SIGKILL
STRIDE = int(os.environ.get("CRASH_STRIDE", "3"))
"""The suite kills before every third statement, enough to fall into every gap between two steps; by hand
CRASH_STRIDE=1 kills before each."""


def die_before(statement: int, action: Callable[[], object]) -> int:
    """Run an action in a child that kills itself before that statement; how the child ended."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        left = iter(range(statement))

        def count(execute, sql, params, many, context):
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(count):
                action()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
