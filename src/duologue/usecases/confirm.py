"""What does a confirmation owe the world? Links, a room, mails and timers, in one transaction (law 11)."""

from datetime import datetime

from duologue.bookings import join_links
from duologue.bookings.models import Booking, Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor, move
from duologue.jobs import queue
from duologue.notifications import outbox
from duologue.usecases import make_link, timers


def confirm(booking: Booking, *, now: datetime, actor: Actor, cause: str) -> bool:
    """Confirm a held (or expired and still free) booking; False when it moved on meanwhile.

    Needs an open transaction with the people locked. Raises IntegrityError when the time is taken.
    """
    if not move(booking, Status.CONFIRMED, now=now, actor=actor, cause=cause, confirmed_at=now):
        return False
    join_links.create(booking)
    make_link.give_provisional(booking, now=now)
    queue.drop([f"expire_hold:{booking.pk}", f"remind_to_pay:{booking.pk}"])
    queue.enqueue(*timers.of_confirmed(booking, now=now), make_link.owed(booking, now=now), now=now)
    outbox.owe(*(_mail(booking, party) for party in Party), now=now)
    return True


def _mail(booking: Booking, party: Party) -> outbox.Mail:
    return outbox.Mail(
        template="confirmed",
        key=f"confirmed:{booking.pk}:{party.value}:1",
        booking_id=booking.pk,
        party=party.value,
    )
