"""Until when can a booking be cancelled, when may one join, how long does a hold last? Pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from duologue.bookings.states import AGREED, Status

LIVING_HOLDS_A_BROWSER = 2
LIVING_HOLDS_AN_ADDRESS = 5
HOLD_AT_MOST = timedelta(hours=2)
"""However often a checkout is begun again, a hold ends this long after it was made."""
FOLLOW_UP_WAITS = timedelta(days=3)
"""So long a session that a host booked for somebody waits for its payment, at most …"""
FOLLOW_UP_FREED = timedelta(days=1)
"""… and not nearer to its start than this, so that others can have the time."""
_REMINDED_BEFORE = timedelta(days=1)
LOOKED_AT = 8
TOO_OFTEN = 3
"""Who cancelled three of their last eight sessions cancels often (CANCEL-4)."""


def can_cancel_until(starts_at: datetime, cancel_hours: int) -> datetime:
    """The instant before which cancelling is possible (CANCEL-1); elapsed hours, whatever clocks do."""
    return starts_at - timedelta(hours=cancel_hours)


def is_cancellable(status: Status, starts_at: datetime, cancel_hours: int, now: datetime) -> bool:
    """Strictly more than `cancel_hours` before the start, and confirmed."""
    return status is Status.CONFIRMED and now < can_cancel_until(starts_at, cancel_hours)


def cancel_refusal(
    status: Status, starts_at: datetime, cancel_hours: int, now: datetime, *, by_operator: bool = False
) -> str | None:
    """Why it cannot be cancelled: `already_cancelled`, `not_cancellable`, `too_late`; None when it can be.

    `status` is the one that holds at `now`. Operators cancel until the session is over.
    """
    if status is Status.CANCELLED:
        return "already_cancelled"
    if status not in AGREED:
        return "not_cancellable"
    if by_operator or is_cancellable(status, starts_at, cancel_hours, now):
        return None
    return "too_late"


def refund_until(first_starts_at: datetime, starts_at: datetime, cancel_hours: int) -> datetime:
    """The instant before which an attendee who cancels gets all of it back (CANCEL-5).

    A session that was moved keeps the deadline of the time that was agreed first: else whoever is too late
    for it would move and then cancel. One that was moved to an earlier time can be cancelled no longer than
    any other.
    """
    return can_cancel_until(min(first_starts_at, starts_at), cancel_hours)


def is_refunded(until: datetime, now: datetime, *, by_attendee: bool) -> bool:
    """Whether cancelling gives the price back; the deadline is the attendee's alone."""
    return not by_attendee or now < until


def cancels_often(cancelled: Sequence[bool]) -> bool:
    """Whether somebody cancels often; `cancelled` says of their sessions, latest first, which ones."""
    return sum(cancelled[:LOOKED_AT]) >= TOO_OFTEN


@dataclass(frozen=True, slots=True)
class JoinWindow:
    """When the door is open: `[opens_at, closes_at)`."""

    opens_at: datetime
    closes_at: datetime

    def refusal(self, status: Status, now: datetime) -> str | None:
        """Why nobody joins now: `cancelled`, `not_confirmed`, `too_early`, `expired`; None when open.

        `status` is the one that holds at `now` (`states.status_at`).
        """
        if status is Status.CANCELLED:
            return "cancelled"
        if status is Status.EXPIRED or status is Status.PENDING_PAYMENT:
            return "not_confirmed"
        if now < self.opens_at:
            return "too_early"
        if now >= self.closes_at:
            return "expired"
        return None


def join_window(starts_at: datetime, ends_at: datetime, *, opens: timedelta, closes: timedelta) -> JoinWindow:
    """The window of a session; `opens` before the start, `closes` after the end (LINK-7, JOIN-1)."""
    return JoinWindow(starts_at - opens, ends_at + closes)


def hold_until(
    created_at: datetime, now: datetime, hold: timedelta, *, pay_until: datetime | None = None
) -> datetime:
    """The end of a hold that is made or extended at `now`; who begins to pay in time may finish."""
    latest = created_at + HOLD_AT_MOST if pay_until is None else pay_until + hold
    return min(now + hold, max(latest, now))


def follow_up_until(now: datetime, starts_at: datetime, hold: timedelta) -> datetime:
    """Until when a session that its host booked can be paid: longer than any checkout, if there is time."""
    return max(min(now + FOLLOW_UP_WAITS, starts_at - FOLLOW_UP_FREED), now + hold)


def remind_to_pay_at(now: datetime, pay_until: datetime) -> datetime | None:
    """When to remind of what is to be paid: a day before, or in the middle of a wait shorter than two.

    None where the wait is shorter than a day: the mail that asks for the money is still young then.
    """
    wait = pay_until - now
    return pay_until - min(_REMINDED_BEFORE, wait / 2) if wait >= _REMINDED_BEFORE else None
