"""Which states has a booking, which moves are possible, and which state holds at an instant?

Pure: `status_at` is what every page shows, so it is right with the worker down. Its SQL twin is
`bookings.queries.status_at`; a property test holds the two equal.
"""

from datetime import datetime, timedelta
from enum import StrEnum

COMPLETES_AFTER = timedelta(hours=1)
"""A session that began stays `in_progress` until this long after its end (STATUS-1)."""


class Status(StrEnum):
    PENDING_PAYMENT = "pending_payment"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_SHOW = "no_show"


ALLOWED: dict[Status, frozenset[Status]] = {
    Status.PENDING_PAYMENT: frozenset({Status.CONFIRMED, Status.EXPIRED}),
    Status.CONFIRMED: frozenset({Status.IN_PROGRESS, Status.CANCELLED}),
    Status.IN_PROGRESS: frozenset({Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED}),
    Status.COMPLETED: frozenset({Status.NO_SHOW}),
    Status.NO_SHOW: frozenset({Status.COMPLETED}),
    Status.EXPIRED: frozenset({Status.CONFIRMED}),
    Status.CANCELLED: frozenset(),
}

CLAIMING = frozenset(
    {Status.PENDING_PAYMENT, Status.CONFIRMED, Status.IN_PROGRESS, Status.COMPLETED, Status.NO_SHOW}
)
"""The states that claim the host's time; `pending_payment` does so only while its hold lives."""

AGREED = frozenset({Status.CONFIRMED, Status.IN_PROGRESS})
"""Both people mean to come, or are there."""

ENDED = frozenset({Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW})
"""Past; nothing more happens by time."""


def is_allowed(old: Status, new: Status) -> bool:
    return new in ALLOWED[old]


def status_at(
    status: Status, *, starts_at: datetime, ends_at: datetime, hold_expires_at: datetime | None, now: datetime
) -> Status:
    """The state that holds at `now`, whatever the worker has got round to writing down."""
    if status is Status.PENDING_PAYMENT and hold_expires_at is not None and hold_expires_at <= now:
        return Status.EXPIRED
    if status in AGREED and now >= ends_at + COMPLETES_AFTER:
        return Status.COMPLETED
    if status is Status.CONFIRMED and now >= starts_at:
        return Status.IN_PROGRESS
    return status
