"""How does a worker begin and end as a process?"""

import argparse
import json
import logging
import os
import signal
import sys
from types import FrameType

from django.db import Error

from duologue.config import family, prepare, sources
from duologue.jobs.worker import Worker


def worker(arguments: argparse.Namespace) -> int:
    """The command: do jobs until told to stop; a second signal ends it at once."""
    family.die_with_starter()
    sources.refuse_wrong_keys()
    if arguments.prepare is not None and not _prepare(arguments.prepare, demo=arguments.demo):
        return 1
    working = Worker(arguments.threads)

    def on_signal(number: int, frame: FrameType | None) -> None:
        if working.is_stopping:
            os._exit(1)
        working.stop()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    if working.run():
        return 0
    # Something still runs in a thread: its job comes back when the lease ends.
    logging.shutdown()
    os._exit(1)


def _prepare(tell: int, *, demo: bool) -> bool:
    """Make everything ready and tell the starter what people should read; False when it cannot be."""
    try:
        lines = prepare.everything(demo=demo)
    except Error as error:
        print(f"The database cannot be made ready: {error}".strip(), file=sys.stderr)
        return False
    with open(tell, "w") as starter:
        json.dump(lines, starter)
    return True
