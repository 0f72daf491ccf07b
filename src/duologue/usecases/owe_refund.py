"""Owe the price of a session back, unless a bank already decides about it (PAY-2)."""

from datetime import datetime

from duologue.bookings.models import Booking
from duologue.bookings.transitions import Actor
from duologue.payments import questions, refunds
from duologue.payments.models import Payment, Refund

DISPUTED = "The session did not take place, but the bank decides about its money: nothing was refunded."
NOWHERE = "The session did not take place, but no paid checkout is known to refund."


def owe_refund(booking: Booking, cause: Refund.Cause, *, now: datetime, actor: Actor) -> Refund | None:
    """Write down what was collected for a booking as owed back, with the job that sends it.

    None when nothing was collected, when it goes back already, or when operators have to look first.
    Needs an open transaction with the people locked.
    """
    payment = Payment.objects.filter(booking=booking, status=Payment.Status.SUCCEEDED).first()
    if payment is None:
        return None
    if payment.disputed_at is not None:
        questions.raise_question(payment.pk, DISPUTED)
        return None
    refund = refunds.give_back(payment, cause, now=now, actor=actor)
    if refund is None and not payment.refunds.exclude(cause=Refund.Cause.PAID_TWICE).exists():
        questions.raise_question(payment.pk, NOWHERE)
    return refund
