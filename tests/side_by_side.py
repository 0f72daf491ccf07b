"""How does a test let two people act at once? From one instant on, or one in the midst of the other."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import count
from typing import Any

from django.db import connection, connections

from duologue.core.errors import Refused

DONE = "done"
LONG = 60.0
A_MOMENT = 0.03
"""Who has not ended by then waits for what the other holds, or works beside them: both may be."""

Action = Callable[[], object]


def at_once(*actions: Action) -> list[str]:
    """Start all at the same instant; how each ended: done, or refused with which code."""
    ready = threading.Barrier(len(actions))

    def act(action: Action) -> str:
        ready.wait()
        return _ending(action)

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(act, actions))


def in_the_midst(outer: Action, inner: Action, statement: int) -> tuple[str, str, bool]:
    """Let `inner` begin before `outer`'s n-th statement; how each ended, and whether there was an n-th.

    `outer` goes on when `inner` is done or has had a moment, as it may wait for what `outer` holds.
    """
    is_there, may_go_on = threading.Event(), threading.Event()
    numbers = count()

    def pause(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if next(numbers) == statement:
            is_there.set()
            assert may_go_on.wait(LONG)
        return execute(sql, parameters, many, context)

    def paused() -> str:
        with connection.execute_wrapper(pause):
            return _ending(outer)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(paused)
        while not is_there.wait(A_MOMENT) and not first.done():
            pass
        second = pool.submit(_ending, inner)
        wait([second], A_MOMENT)
        may_go_on.set()
        return first.result(LONG), second.result(LONG), is_there.is_set()


def _ending(action: Action) -> str:
    try:
        action()
    except Refused as refusal:
        return refusal.code
    finally:
        connections.close_all()
    return DONE
