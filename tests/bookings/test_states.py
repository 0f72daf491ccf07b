"""Is the table of states exactly what STATUS-1 says, and does time move it as STATUS-2 says?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.bookings.states import ALLOWED, COMPLETES_AFTER, Status, is_allowed, status_at

S = Status
POSSIBLE = {
    (S.PENDING_PAYMENT, S.CONFIRMED),
    (S.PENDING_PAYMENT, S.EXPIRED),
    (S.CONFIRMED, S.IN_PROGRESS),
    (S.CONFIRMED, S.CANCELLED),
    (S.IN_PROGRESS, S.COMPLETED),
    (S.IN_PROGRESS, S.NO_SHOW),
    (S.IN_PROGRESS, S.CANCELLED),
    (S.EXPIRED, S.CONFIRMED),
    (S.COMPLETED, S.NO_SHOW),
    (S.NO_SHOW, S.COMPLETED),
}
NOON = datetime(2026, 10, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("old", Status)
@pytest.mark.parametrize("new", Status)
def test_every_pair_of_states(old, new):
    assert is_allowed(old, new) == ((old, new) in POSSIBLE)


def test_the_table_names_every_state():
    assert set(ALLOWED) == set(Status)


def at(status, now, *, hold=None):
    return status_at(status, starts_at=NOON, ends_at=NOON + HOUR, hold_expires_at=hold, now=now)


def test_a_hold_expires_at_its_end_to_the_instant():
    assert at(S.PENDING_PAYMENT, NOON - timedelta(microseconds=1), hold=NOON) is S.PENDING_PAYMENT
    assert at(S.PENDING_PAYMENT, NOON, hold=NOON) is S.EXPIRED


def test_a_session_begins_at_its_start_and_is_over_an_hour_after_its_end():
    tick = timedelta(microseconds=1)
    assert at(S.CONFIRMED, NOON - tick) is S.CONFIRMED
    assert at(S.CONFIRMED, NOON) is S.IN_PROGRESS
    assert at(S.CONFIRMED, NOON + HOUR + COMPLETES_AFTER - tick) is S.IN_PROGRESS
    assert at(S.CONFIRMED, NOON + HOUR + COMPLETES_AFTER) is S.COMPLETED


@given(st.sampled_from(sorted(Status)), st.integers(-500, 500), st.integers(-500, 500))
def test_time_only_moves_along_allowed_ways(status, hold_minutes, now_minutes):
    """What time makes of a state is reached by moves of the table, one after another."""
    now = NOON + timedelta(minutes=now_minutes)
    result = at(status, now, hold=NOON + timedelta(minutes=hold_minutes))
    reachable, edge = {status}, {status}
    while edge:
        edge = {new for old in edge for new in ALLOWED[old]} - reachable
        reachable |= edge
    assert result in reachable


@given(st.sampled_from(sorted(Status)), st.integers(-500, 500), st.integers(0, 500))
def test_looking_twice_is_looking_once(status, now_minutes, later_minutes):
    """Writing the state down at one time and looking again later gives what looking later gives."""
    now = NOON + timedelta(minutes=now_minutes)
    later = now + timedelta(minutes=later_minutes)
    assert at(at(status, now, hold=NOON), later, hold=NOON) is at(status, later, hold=NOON)
