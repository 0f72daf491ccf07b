"""How does a booking change its state? The one door (law 3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from duologue.bookings.models import Booking, BookingTransition
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
    changed = Booking.objects.filter(pk=booking.pk, status=old.value).update(status=to.value, **fields)
    if not changed:
        return False
    booking.status = to.value
    for name, value in fields.items():
        setattr(booking, name, value)
    write_history(booking, old, now=now, actor=actor, cause=cause)
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
