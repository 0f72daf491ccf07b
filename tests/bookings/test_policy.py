"""Are the boundaries of cancelling, joining and holding right to the second?"""

from datetime import UTC, datetime, timedelta

import pytest

from duologue.bookings.policy import (
    HOLD_AT_MOST,
    can_cancel_until,
    hold_until,
    is_cancellable,
    join_window,
)
from duologue.bookings.states import Status

START = datetime(2026, 10, 22, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("before", "possible"),
    [
        (25 * HOUR, True),
        (24 * HOUR + SECOND, True),
        (24 * HOUR, False),
        (24 * HOUR - SECOND, False),
        (23 * HOUR, False),
    ],
)
def test_cancelling_needs_strictly_more_than_the_hours(before, possible):
    assert is_cancellable(Status.CONFIRMED, START, 24, START - before) is possible


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.CONFIRMED}))
def test_only_a_confirmed_session_can_be_cancelled(status):
    assert not is_cancellable(status, START, 24, START - 48 * HOUR)


def test_the_hours_are_elapsed_ones():
    assert can_cancel_until(START, 24) == START - 24 * HOUR


WINDOW = join_window(START, START + HOUR, opens=15 * MINUTE, closes=60 * MINUTE)


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        (START - 15 * MINUTE - SECOND, "too_early"),
        (START - 15 * MINUTE, None),
        (START, None),
        (START + 2 * HOUR - SECOND, None),
        (START + 2 * HOUR, "expired"),
    ],
)
def test_the_door(now, answer):
    assert WINDOW.refusal(Status.CONFIRMED, now) == answer


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (Status.CANCELLED, "cancelled"),
        (Status.EXPIRED, "not_confirmed"),
        (Status.PENDING_PAYMENT, "not_confirmed"),
        (Status.NO_SHOW, None),
    ],
)
def test_the_door_asks_for_the_state_first(status, answer):
    assert WINDOW.refusal(status, START) == answer


def test_a_hold_can_be_extended_but_not_for_ever():
    made = START
    assert hold_until(made, made, 35 * MINUTE) == made + 35 * MINUTE
    assert hold_until(made, made + HOUR, 35 * MINUTE) == made + 95 * MINUTE
    assert hold_until(made, made + 110 * MINUTE, 35 * MINUTE) == made + HOLD_AT_MOST
