"""Which payments does an operator have to look at, and why?"""

from uuid import UUID

from django.db.models import Q, QuerySet

from duologue.payments.models import CheckoutAttempt, Payment


def in_question() -> QuerySet[Payment]:
    """Payments with a `problem` or a dispute, the newest first."""
    found = Payment.objects.filter(~Q(problem="") | Q(disputed_at__isnull=False))
    return found.select_related("booking__host__user").order_by("-created_at")


def raise_question(payment_id: UUID, words: str) -> None:
    """Put a sentence before the operators; the same sentence is put there once."""
    payments = Payment.objects.filter(pk=payment_id)
    known = payments.values_list("problem", flat=True).first()
    if known is None or words in known.split("\n"):
        return
    payments.update(problem=f"{known}\n{words}".strip())


def has_other_sum(payment: Payment) -> bool:
    """Whether the gateway holds a sum that nobody asked for, which is on no book and not ours to send."""
    taken = payment.attempts.filter(status=CheckoutAttempt.Status.CLOSED)
    return taken.exclude(payment_external_id="").exists()


def close_question(payment_id: UUID) -> None:
    """An operator has looked into it; a dispute is decided, and refunds are ours again."""
    Payment.objects.filter(pk=payment_id).update(problem="", disputed_at=None)
