"""Send owed money back, once (PAY-2, PAY-3)."""

from datetime import datetime
from uuid import UUID

from duologue.core.errors import Permanent
from duologue.payments.contract import RefundRequest
from duologue.payments.models import Refund
from duologue.payments.registry import provider


def issue_refund(now: datetime, refund_id: str) -> None:
    """The job: ask the gateway with the refund's id as key, then write down what it said."""
    refund = Refund.objects.select_related("payment", "attempt").get(pk=UUID(refund_id))
    if refund.status != Refund.Status.PENDING:
        return
    state = provider(refund.payment.provider).refund(
        RefundRequest(
            refund_id=refund.pk,
            checkout_external_id=refund.attempt.external_id,
            payment_external_id=refund.payment.external_id,
            amount=refund.money,
        )
    )
    if state.pending:
        Refund.objects.filter(pk=refund.pk).update(external_id=state.external_id)
        return
    outcome = Refund.Status.SUCCEEDED if state.succeeded else Refund.Status.FAILED
    Refund.objects.filter(pk=refund.pk, status=Refund.Status.PENDING).update(
        status=outcome, external_id=state.external_id, failure=state.failure[:300], finished_at=now
    )
    if not state.succeeded:
        raise Permanent(f"The gateway refused the refund: {state.failure}")
