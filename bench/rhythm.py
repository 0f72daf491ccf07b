"""How are things begun so many times a second, however long each of them takes?"""

import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from django.db import connections

Action = Callable[[], object]
AT_ONCE = 4


def in_rhythm(actions: Sequence[Action], a_second: float) -> float:
    """Begin each at its time, on several threads, as people do who do not wait for each other.

    How long it took in seconds: longer than meant where the machine is too slow for the rhythm. Raises what
    the first that failed raised.
    """
    todo: SimpleQueue[Action | None] = SimpleQueue()
    failures: list[Exception] = []
    crowd = [threading.Thread(target=_work, args=[todo, failures]) for _ in range(AT_ONCE)]
    for thread in crowd:
        thread.start()
    began = time.monotonic()
    for number, action in enumerate(actions):
        time.sleep(max(0.0, began + number / a_second - time.monotonic()))
        todo.put(action)
    for _ in crowd:
        todo.put(None)
    for thread in crowd:
        thread.join()
    if failures:
        raise failures[0]
    return time.monotonic() - began


def _work(todo: "SimpleQueue[Action | None]", failures: list[Exception]) -> None:
    try:
        while (action := todo.get()) is not None:
            action()
    except Exception as failure:
        failures.append(failure)
    finally:
        connections.close_all()
