"""Write down that one of the two did not come, and what follows from it (STATUS-1, PAY-5)."""

from datetime import datetime, timedelta

from duologue.bookings.models import Booking, Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor, move
from duologue.jobs import queue
from duologue.notifications import outbox
from duologue.usecases import ask_for_review

REFUNDED_AFTER = timedelta(days=1)
"""So long the host may object before the money goes back."""


def mark_absent(booking: Booking, party: Party, *, now: datetime, actor: Actor) -> bool:
    """Make a session a no-show; an absent host's attendee gets the money back a day later.

    Needs an open transaction with the booking locked. False when somebody else moved it first.
    """
    cause = f"{party.value}_absent"
    moved = move(booking, Status.NO_SHOW, now=now, actor=actor, cause=cause, no_show_party=party.value)
    if moved:
        queue.drop([ask_for_review.key(booking, side) for side in Party])
    if moved and party is Party.HOST:
        queue.enqueue(_refund(booking, now), now=now)
        if actor.kind != Party.HOST.value:
            outbox.owe(_mail(booking, now), now=now)
    return moved


def refund_key(booking: Booking) -> str:
    return f"refund_absent_host:{booking.pk}"


def _refund(booking: Booking, now: datetime) -> queue.Owed:
    return queue.Owed(
        name="refund_absent_host",
        key=refund_key(booking),
        run_at=now + REFUNDED_AFTER,
        args={"booking_id": str(booking.pk)},
    )


def _mail(booking: Booking, now: datetime) -> outbox.Mail:
    """To the host; each time anew, as a correction may have come between."""
    until = now + REFUNDED_AFTER
    return outbox.Mail(
        template="host_marked_absent",
        key=f"marked_absent:{booking.pk}:{now.isoformat()}",
        booking_id=booking.pk,
        party=Party.HOST.value,
        params={"until": until.isoformat()},
    )
