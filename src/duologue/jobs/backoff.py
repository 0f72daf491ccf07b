"""When is a job tried again, and when is it given up?"""

import random
from datetime import datetime, timedelta

from duologue.core.errors import NeedsReconnect, NotConfigured, Permanent, Retryable

MAX_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
JITTER = 0.2
"""So that what failed together does not come back together."""

HOPELESS = (Permanent, NeedsReconnect, NotConfigured)


def pause(attempts: int, chance: float) -> timedelta:
    """30 s, doubled after each attempt up to 1 h, lengthened by up to a fifth as `chance` (0 to 1) says."""
    doubled = FIRST_PAUSE * float(2 ** min(attempts - 1, 16))
    return min(doubled, LONGEST_PAUSE) * (1 + JITTER * chance)


def retry_at(error: BaseException, attempts: int, now: datetime) -> datetime | None:
    """The instant of the next attempt, or None to give up.

    A Retryable with `until` in its data is worth trying until then, however often it failed.
    """
    if isinstance(error, HOPELESS) or (attempts >= MAX_ATTEMPTS and not _is_patient(error, now)):
        return None
    if isinstance(error, Retryable) and error.retry_after is not None:
        return now + error.retry_after
    return now + pause(attempts, random.random())  # noqa: S311 - spreads load, guards nothing


def _is_patient(error: BaseException, now: datetime) -> bool:
    until = error.data.get("until") if isinstance(error, Retryable) else None
    return until is not None and now < until
