"""Which jobs wait for each other? Those that wait for somebody outside have threads of their own."""

from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string


class Lane(IntEnum):
    """Each has threads of its own in every worker."""

    OURS = 0
    VENDORS = 1
    MAILS = 2
    CALENDARS = 3


def lane_of(name: str) -> Lane:
    """The lane of a job by its name in the job table; what is not named there waits for nobody outside."""
    return _lanes(settings.DUOLOGUE_JOB_LANES).get(name, Lane.OURS)


def rank(lane: Lane) -> int:
    """Which lane goes first where several have something to do: people look at a page, not at a mail."""
    return {Lane.MAILS: 1, Lane.CALENDARS: 2}.get(lane, 0)


def threads() -> dict[Lane, int]:
    """How many jobs of each lane one worker runs at once."""
    return {
        Lane.OURS: settings.DUOLOGUE_WORKER_THREADS,
        Lane.VENDORS: settings.DUOLOGUE_WORKER_VENDOR_THREADS,
        Lane.MAILS: settings.DUOLOGUE_WORKER_MAIL_THREADS,
        Lane.CALENDARS: settings.DUOLOGUE_WORKER_CALENDAR_THREADS,
    }


@lru_cache(maxsize=4)
def _lanes(place: str) -> Mapping[str, Lane]:
    found: Mapping[str, Lane] = import_string(place)
    return found
