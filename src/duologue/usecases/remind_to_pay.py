"""Remind the attendee of a next session that still waits to be paid, before it opens for others (BOOK-2)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from duologue.bookings.models import Booking, Party
from duologue.bookings.policy import remind_to_pay_at
from duologue.bookings.states import Status
from duologue.jobs.queue import Owed
from duologue.notifications import outbox
from duologue.payments.models import CheckoutAttempt

TEMPLATE = "follow_up_reminder"


def owed(booking: Booking, *, now: datetime) -> list[Owed]:
    """The timer; none where the mail that asks for the money is too young to remind of."""
    at = remind_to_pay_at(now, booking.pay_until) if booking.pay_until is not None else None
    return [Owed("remind_to_pay", key(booking), at, {"booking_id": str(booking.pk)})] if at else []


def key(booking: Booking) -> str:
    return f"remind_to_pay:{booking.pk}"


def remind_to_pay(now: datetime, booking_id: str) -> None:
    """The job: one mail, if it is still to be paid in time and no money is on its way."""
    booking = Booking.objects.filter(pk=UUID(booking_id)).first()
    if booking is None or booking.pay_until is None or booking.pay_until <= now:
        return
    if booking.status_at(now) is not Status.PENDING_PAYMENT or _is_under_way(booking):
        return
    mail = outbox.Mail(
        template=TEMPLATE,
        key=f"{TEMPLATE}:{booking.pk}:{Party.ATTENDEE.value}",
        booking_id=booking.pk,
        party=Party.ATTENDEE.value,
    )
    with transaction.atomic():
        outbox.owe(mail, now=now)


def _is_under_way(booking: Booking) -> bool:
    coming = CheckoutAttempt.Status.PROCESSING
    return CheckoutAttempt.objects.filter(payment__booking=booking, status=coming).exists()
