"""How does an unpaid hold end? Its checkout is closed first, and "already paid" means paid (BOOK-4)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from duologue.accounts import people
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.bookings.transitions import SYSTEM, Actor, move
from duologue.jobs import queue
from duologue.payments.models import CheckoutAttempt, Payment
from duologue.usecases.settle_payment import close_checkouts


def expire_hold(now: datetime, booking_id: str) -> None:
    """The timer's job: end the hold if its time has come; rechecks the world first."""
    booking = Booking.objects.select_related("host").filter(pk=UUID(booking_id)).first()
    if booking is None or booking.status != Status.PENDING_PAYMENT:
        return
    if booking.hold_expires_at is not None and booking.hold_expires_at > now:
        return
    end_hold(booking, now=now, actor=SYSTEM, cause="hold_ended")


def end_hold(booking: Booking, *, now: datetime, actor: Actor, cause: str) -> bool:
    """Close what could still be paid, then free the slot; False when it was paid after all."""
    close_checkouts(booking, now=now)
    with transaction.atomic():
        people.lock([booking.host.user_id, booking.attendee_id])
        booking.refresh_from_db(fields=["status"])
        if booking.status != Status.PENDING_PAYMENT:
            return booking.status == Status.EXPIRED
        moved = move(booking, Status.EXPIRED, now=now, actor=actor, cause=cause)
        Payment.objects.filter(booking=booking, status=Payment.Status.PENDING).update(
            status=Payment.Status.CANCELLED
        )
        CheckoutAttempt.objects.filter(
            payment__booking=booking, status__in=[CheckoutAttempt.Status.CREATED, CheckoutAttempt.Status.OPEN]
        ).update(status=CheckoutAttempt.Status.CLOSED)
        queue.drop([f"expire_hold:{booking.pk}"])
        return moved
