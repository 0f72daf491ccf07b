"""When is a job tried again, and when is it given up?"""

from datetime import UTC, datetime, timedelta

import pytest

from duologue.core.errors import NeedsReconnect, NotConfigured, Permanent, Retryable
from duologue.jobs.backoff import MAX_ATTEMPTS, pause, retry_at

NOW = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 960), (7, 1920), (8, 3600), (9, 3600), (5000, 3600)],
)
def test_the_pause_doubles_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert pause(attempts, 0) == timedelta(seconds=seconds)


def test_jitter_lengthens_the_pause_by_up_to_a_fifth() -> None:
    assert pause(1, 1) == timedelta(seconds=36)
    assert pause(1, 0.5) == timedelta(seconds=33)


def test_jitter_spreads_what_failed_together() -> None:
    assert len({retry_at(ValueError(), 1, NOW) for _ in range(20)}) > 1


def test_a_surprise_is_tried_again_within_the_pause_and_its_jitter() -> None:
    planned = retry_at(ValueError(), 3, NOW)
    assert planned is not None
    assert timedelta(seconds=120) <= planned - NOW <= timedelta(seconds=144)


def test_the_vendor_s_own_pause_is_honoured_to_the_second() -> None:
    assert retry_at(Retryable(retry_after=timedelta(minutes=7)), 1, NOW) == NOW + timedelta(minutes=7)


def test_a_vendor_that_names_no_pause_gets_ours() -> None:
    planned = retry_at(Retryable(), 1, NOW)
    assert planned is not None
    assert planned >= NOW + timedelta(seconds=30)


@pytest.mark.parametrize("error", [Permanent(), NeedsReconnect(), NotConfigured()])
def test_what_trying_cannot_mend_is_given_up_at_once(error: Exception) -> None:
    assert retry_at(error, 1, NOW) is None


@pytest.mark.parametrize("error", [ValueError(), Retryable(retry_after=timedelta(seconds=1))])
def test_the_last_attempt_is_the_last(error: Exception) -> None:
    assert retry_at(error, MAX_ATTEMPTS - 1, NOW) is not None
    assert retry_at(error, MAX_ATTEMPTS, NOW) is None
