"""What was paid in the demo world, and what went back? As if people had pressed Pay at the sandbox."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction

from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core.ids import uuid7
from duologue.payments import receipts
from duologue.payments.models import CheckoutAttempt, Payment, Refund, RefundTransition, SandboxCheckout

GATEWAY = "sandbox"


def write(bookings: Iterable[Booking]) -> None:
    """Payments with their checkouts for all that cost something, refunds for what was cancelled."""
    sold = [booking for booking in bookings if not booking.is_free]
    payments = Payment.objects.bulk_create(_payment(booking) for booking in sold)
    attempts = CheckoutAttempt.objects.bulk_create(_attempt(payment) for payment in payments)
    cancelled = {booking.pk for booking in sold if booking.status == Status.CANCELLED}
    refunds = Refund.objects.bulk_create(
        _refund(attempt) for attempt in attempts if attempt.payment.booking_id in cancelled
    )
    RefundTransition.objects.bulk_create(_history(refund) for refund in refunds)
    by_attempt = {refund.attempt_id: refund for refund in refunds}
    SandboxCheckout.objects.bulk_create(_checkout(one, by_attempt.get(one.pk)) for one in attempts)
    _give_papers(payments, refunds)


def _give_papers(payments: Iterable[Payment], refunds: Iterable[Refund]) -> None:
    """In the order in which they would have been given, so that their numbers rise with time."""
    with transaction.atomic():
        for payment in sorted(payments, key=lambda one: one.created_at):
            receipts.give_first_receipt(payment, now=payment.created_at)
        for refund in sorted(refunds, key=lambda one: one.created_at):
            receipts.give_credit_note(refund, now=refund.created_at)


def _payment(booking: Booking) -> Payment:
    return Payment(
        id=uuid7(booking.created_at),
        booking=booking,
        provider=GATEWAY,
        amount=booking.price_amount,
        currency=booking.currency,
        status=Payment.Status.SUCCEEDED,
        created_at=booking.created_at,
        paid_at=booking.created_at,
        method="visa",
        last4="4242",
    )


def _attempt(payment: Payment) -> CheckoutAttempt:
    key = uuid7(payment.created_at)
    return CheckoutAttempt(
        id=key,
        payment=payment,
        status=CheckoutAttempt.Status.PAID,
        expires_at=payment.created_at + settings.DUOLOGUE_CHECKOUT,
        external_id=str(key),
        created_at=payment.created_at,
    )


def _refund(attempt: CheckoutAttempt) -> Refund:
    at = attempt.payment.booking.cancelled_at or attempt.created_at
    return Refund(
        id=uuid7(at),
        payment=attempt.payment,
        attempt=attempt,
        cause=Refund.Cause.CANCELLED,
        amount=attempt.payment.amount,
        currency=attempt.payment.currency,
        status=Refund.Status.SUCCEEDED,
        created_at=at,
        finished_at=at,
    )


def _history(refund: Refund) -> RefundTransition:
    return RefundTransition(
        refund=refund, from_status="", to_status=refund.status, at=refund.created_at, actor="system"
    )


def _checkout(attempt: CheckoutAttempt, refund: Refund | None) -> SandboxCheckout:
    """What the sandbox remembers, so that a demo session can be cancelled and refunded in earnest."""
    return SandboxCheckout(
        key=attempt.pk,
        state=SandboxCheckout.State.PAID,
        amount=attempt.payment.amount,
        currency=attempt.payment.currency,
        expires_at=attempt.expires_at,
        refund_key=refund.pk if refund else None,
    )
