"""Tell who has not come that the other one waits: a timer that looks from two minutes after the start."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from duologue.bookings.models import Booking, CannotCome, Party
from duologue.bookings.states import Status
from duologue.calls import waiting
from duologue.jobs import queue
from duologue.notifications import outbox

PATIENCE = timedelta(minutes=2)
LOOKS_EVERY = timedelta(minutes=1)
GIVES_UP = timedelta(minutes=20)
TEMPLATE = "other_waits"


def owed(booking: Booking, at: datetime) -> queue.Owed:
    """The look at this instant; a look that still waits under the same key is not doubled."""
    return queue.Owed(
        name="tell_waiting",
        key=f"tell_waiting:{booking.pk}",
        run_at=at,
        args={"booking_id": str(booking.pk), "starts_at": booking.starts_at.isoformat()},
    )


def tell_waiting(now: datetime, booking_id: str, starts_at: str) -> None:
    """Write to who is missing once somebody was alone for two minutes; look again while nobody was."""
    booking = Booking.objects.select_related("host").filter(pk=UUID(booking_id)).first()
    if booking is None or booking.status_at(now) is not Status.IN_PROGRESS:
        return
    if booking.starts_at != datetime.fromisoformat(starts_at) or _is_known(booking):
        return
    waits = waiting.who_waits(booking, now=now)
    with transaction.atomic():
        if waits is not None and now - waits.since >= PATIENCE:
            outbox.owe(_mail(booking, waits.party), now=now)
        elif now + LOOKS_EVERY <= booking.starts_at + GIVES_UP:
            again = waits.since + PATIENCE if waits is not None else now + LOOKS_EVERY
            queue.enqueue(owed(booking, again), now=now)


def _is_known(booking: Booking) -> bool:
    """The host said beforehand that they cannot come."""
    return CannotCome.objects.filter(booking=booking).exists()


def _mail(booking: Booking, waiter: Party) -> outbox.Mail:
    missing = Party.ATTENDEE if waiter == Party.HOST else Party.HOST
    return outbox.Mail(
        template=TEMPLATE,
        key=f"{TEMPLATE}:{booking.pk}:{missing.value}:{booking.ics_sequence}",
        booking_id=booking.pk,
        party=missing.value,
    )
