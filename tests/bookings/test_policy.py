"""Are the boundaries of cancelling, joining and holding right to the second?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.bookings.policy import (
    HOLD_AT_MOST,
    can_cancel_until,
    hold_until,
    is_cancellable,
    is_refunded,
    join_window,
    refund_until,
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


# After a move (CANCEL-5)

INSTANTS = st.integers(0, 10**8).map(lambda seconds: START + timedelta(seconds=seconds))
HOURS = st.integers(0, 240)


@given(INSTANTS, st.lists(INSTANTS, max_size=4), HOURS)
def test_no_series_of_moves_makes_the_refunds_deadline_later(first, moves, hours):
    last = moves[-1] if moves else first
    until = refund_until(first, last, hours)
    assert until <= can_cancel_until(first, hours)
    assert until <= can_cancel_until(last, hours)
    assert until in {can_cancel_until(first, hours), can_cancel_until(last, hours)}


@given(INSTANTS, HOURS, INSTANTS)
def test_what_was_never_moved_is_refunded_exactly_while_it_can_be_cancelled(start, hours, now):
    until = refund_until(start, start, hours)
    assert is_refunded(until, now, by_attendee=True) is is_cancellable(Status.CONFIRMED, start, hours, now)


@given(INSTANTS, INSTANTS, HOURS, INSTANTS)
def test_the_deadline_binds_the_attendee_alone(first, start, hours, now):
    assert is_refunded(refund_until(first, start, hours), now, by_attendee=False)


def test_moving_to_next_week_does_not_bring_back_a_refund_that_is_lost():
    later = START + timedelta(days=7)
    until = refund_until(START, later, 24)
    assert is_refunded(until, START - 24 * HOUR - SECOND, by_attendee=True)
    assert not is_refunded(until, START - 24 * HOUR, by_attendee=True)
    assert is_cancellable(Status.CONFIRMED, later, 24, START - 24 * HOUR)
