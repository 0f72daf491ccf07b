"""What does a job do, and what does its end mean? One run, from the name in its row to an outcome."""

import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.module_loading import import_string

import duologue
from duologue.core.errors import Permanent, ProviderError
from duologue.jobs import backoff, chores
from duologue.jobs.leases import Claimed, Outcome

_PACKAGE = Path(duologue.__file__).resolve().parent
_ERROR_LENGTH = 500
_log = logging.getLogger(__name__)


def run(job: Claimed, now: datetime) -> Outcome:
    """Call the job's function outside any transaction; whatever it raises becomes an outcome."""
    try:
        function(job.name)(now=now, **job.args)
    except (Exception, SystemExit) as error:
        return _failure(job, error, now)
    finally:
        # The next job in this thread must not speak this one's language.
        translation.deactivate()
        timezone.deactivate()
    return Outcome(job, is_done=True, next_turn_at=chores.next_turn_at(job.key, now))


def function(name: str) -> Callable[..., Any]:
    """The function of the job table; raises Permanent for a name that stands in none."""
    table: Mapping[str, str] = import_string(settings.DUOLOGUE_JOB_TABLE)
    try:
        place = table[name]
    except KeyError:
        raise Permanent(f"No job is called {name!r} in the job table.") from None
    module, _, attribute = place.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), attribute)
    return found


def _failure(job: Claimed, error: BaseException, now: datetime) -> Outcome:
    retry_at = backoff.retry_at(error, job.attempts, now)
    expected = isinstance(error, ProviderError)
    text = describe(error)
    _log.log(
        logging.ERROR if retry_at is None else logging.WARNING,
        "Job %s failed in attempt %d: %s %s",
        job.key,
        job.attempts,
        text,
        "It gave up." if retry_at is None else f"Next try at {retry_at:%Y-%m-%d %H:%M:%S} UTC.",
        exc_info=None if expected else error,
    )
    next_turn_at = None if retry_at else chores.next_turn_at(job.key, now)
    return Outcome(job, retry_at=retry_at, next_turn_at=next_turn_at, error=text)


def describe(error: BaseException) -> str:
    """What operators read. A strange exception's words may hold secrets: only its kind and place are told."""
    if isinstance(error, ProviderError):
        return (error.message or error.code)[:_ERROR_LENGTH]
    places = [
        f"{Path(frame.filename).relative_to(_PACKAGE.parent)}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if _PACKAGE in Path(frame.filename).parents
    ]
    where = f" at {places[-1]}" if places else ""
    return f"{type(error).__name__}{where}. The log tells more."[:_ERROR_LENGTH]
