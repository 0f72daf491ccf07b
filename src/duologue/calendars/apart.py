"""How is a stranger's calendar file worked out without danger? In a process of its own, with firm limits."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

from duologue.calendars.expanding import BusyTime, Found, Question, Unreadable
from duologue.core.resting import resting

_KEPT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")
"""Of our surroundings: no secrets are handed to whoever reads what strangers wrote."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of computing, seconds on the wall, and memory."""

    seconds: int = 20
    within: float = 40.0
    megabytes: int = 768


USUAL = Limits()


def busy_times(content: bytes, asked: Question, limits: Limits = USUAL) -> Found:
    """As `expanding.busy_times`; raises Unreadable also for what takes too long or too much."""
    orders = {
        "start": asked.start.isoformat(),
        "end": asked.end.isoformat(),
        "zone": asked.zone.key,
        "addresses": sorted(asked.addresses),
        "seconds": limits.seconds,
        "megabytes": limits.megabytes,
    }
    try:
        with resting():
            done = subprocess.run(
                [sys.executable, "-P", "-m", "duologue.calendars.expanding"],
                input=json.dumps(orders).encode() + b"\n" + content,
                capture_output=True,
                timeout=limits.within,
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise Unreadable("too_much") from None
    if done.returncode != 0:
        # Ended by a limit, or by a file that nobody foresaw: nothing of it is believed.
        raise Unreadable("too_much" if done.returncode < 0 else "broken")
    told = json.loads(done.stdout)
    if "problem" in told:
        raise Unreadable(told["problem"], told["detail"])
    return Found(told["name"], told["events"], [BusyTime(*one) for one in told["times"]])
