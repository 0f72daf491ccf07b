"""How does a booking change its state? The one door (law 3)."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from duologue.bookings.models import Booking, BookingTransition, Reschedule
from duologue.bookings.states import Status, is_allowed
from duologue.core import statements


@dataclass(frozen=True, slots=True)
class Actor:
    """Who moved it: `system`, `attendee`, `host` or `operator`, and the user where there is one."""

    kind: str
    user_id: int | None = None

    @property
    def is_operator(self) -> bool:
        return self.kind == "operator"


SYSTEM = Actor("system")


def move(
    booking: Booking, to: Status, *, now: datetime, actor: Actor = SYSTEM, cause: str = "", **fields: Any
) -> bool:
    """Move by a guarded UPDATE and write the history row; False when somebody else moved it first.

    `fields` are columns that change with the state. Needs an open transaction. Raises ValueError for a
    move that the table does not allow, and IntegrityError when the claim is taken (late money).
    """
    old = Status(booking.status)
    if not is_allowed(old, to):
        msg = f"A booking cannot go from {old} to {to}."
        raise ValueError(msg)
    if not statements.update(Booking, {"status": to.value, **fields}, id=booking.pk, status=old.value):
        return False
    booking.status = to.value
    for name, value in fields.items():
        setattr(booking, name, value)
    write_history(booking, old, now=now, actor=actor, cause=cause)
    return True


@dataclass(frozen=True, slots=True)
class Times:
    """When a session is, and what of its host's time it claims."""

    starts_at: datetime
    ends_at: datetime
    blocked_from: datetime
    blocked_until: datetime


def times_from(start: datetime, duration: timedelta, *, before: timedelta, after: timedelta) -> Times:
    end = start + duration
    return Times(start, end, start - before, end + after)


def set_time(booking: Booking, to: Times, *, now: datetime, actor: Actor) -> bool:
    """Move a confirmed session to another time by a guarded UPDATE and write the history row.

    Its SEQUENCE rises; status, money and links stay. False when it moved on meanwhile. Needs an open
    transaction; raises IntegrityError when the claim is taken.
    """
    changes: dict[str, Any] = {
        **asdict(to),
        "first_starts_at": booking.first_starts_at or booking.starts_at,
        "ics_sequence": booking.ics_sequence + 1,
    }
    seen = {"status": Status.CONFIRMED.value, "ics_sequence": booking.ics_sequence}
    if not statements.update(Booking, changes, id=booking.pk, **seen):
        return False
    old = booking.starts_at
    for name, value in changes.items():
        setattr(booking, name, value)
    row = Reschedule(
        booking_id=booking.pk,
        from_starts_at=old,
        to_starts_at=to.starts_at,
        at=now,
        actor=actor.kind,
        actor_user_id=actor.user_id,
    )
    statements.insert(row)
    return True


def write_history(
    booking: Booking, old: Status | None, *, now: datetime, actor: Actor = SYSTEM, cause: str = ""
) -> None:
    """The row that says how the booking came to its present state."""
    row = BookingTransition(
        booking_id=booking.pk,
        from_status=old.value if old else "",
        to_status=booking.status,
        at=now,
        actor=actor.kind,
        actor_user_id=actor.user_id,
        cause=cause,
    )
    statements.insert(row)
