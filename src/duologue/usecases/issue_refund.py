"""Send owed money back, once, and learn how it went (PAY-2, PAY-3)."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.core.errors import ProviderError, Retryable
from duologue.jobs import queue
from duologue.payments import questions, refunds
from duologue.payments.contract import RefundRequest, RefundState
from duologue.payments.models import Refund
from duologue.payments.registry import provider
from duologue.usecases.paid_back import paid_back, stuck

LOOKS_AGAIN = (timedelta(days=2), timedelta(days=10), timedelta(days=35))
"""After a success: a bank can still send the money back, and the word of it can be lost. After money
was sent by hand: a try of which nobody heard may have gone through all the same."""
_log = logging.getLogger(__name__)


def issue_refund(now: datetime, refund_id: str) -> None:
    """The job: ask the gateway with the refund's key, then write down what it said.

    A definite no makes the refund stuck, for operators to see; anything else is tried again.
    """
    refund = Refund.objects.select_related("payment", "attempt").get(pk=UUID(refund_id))
    if refund.status != Refund.Status.PENDING:
        return
    if refund.payment.disputed_at is not None:
        words = _("The payer's bank decides about this payment, so nothing is sent back from here.")
        return _apply(refund, RefundState(refund.external_id, succeeded=False, failure=words), now)
    if refund.external_id:
        return settle_refund(refund.pk, now=now)
    try:
        state = provider(refund.payment.provider).refund(_request(refund))
    except Retryable as error:
        Refund.objects.filter(pk=refund.pk).update(failure=error.message[:300])
        raise
    except ProviderError as error:
        state = RefundState("", succeeded=False, failure=error.message)
    _apply(refund, state, now)


def settle_refund(refund_id: UUID, *, now: datetime, external_id: str = "") -> None:
    """Ask the gateway how a refund stands; any number of times with one effect. Raises ProviderError.

    `external_id` is the gateway's name for it where its answer never reached us. Of a try that is over,
    nothing is believed: the present one has a name or a key of its own.
    """
    refund = Refund.objects.select_related("payment", "attempt").filter(pk=refund_id).first()
    if refund is None:
        return
    state = _ask(refund, refund.external_id or external_id)
    if state is not None:
        _apply(refund, state, now)


def _ask(refund: Refund, known_as: str) -> RefundState | None:
    gateway = provider(refund.payment.provider)
    if not known_as:
        return gateway.find_refund(_request(refund))
    state = gateway.fetch_refund(known_as)
    return state if state.external_id == refund.external_id or state.key == refund.key else None


def look_again(now: datetime, refund_id: str, nth: int) -> None:
    """The timer's job: whether a success of some days ago still is one."""
    settle_refund(UUID(refund_id), now=now)
    with transaction.atomic():
        owe_look(UUID(refund_id), nth=nth + 1, now=now)


def owe_look(refund_id: UUID, *, now: datetime, nth: int = 0) -> None:
    """Owe one of the looks at a refund that seems to be done. Needs an open transaction."""
    if nth >= len(LOOKS_AGAIN):
        return
    owed = queue.Owed(
        name="look_at_refund",
        key=f"look_at_refund:{refund_id}",
        run_at=now + LOOKS_AGAIN[nth],
        args={"refund_id": str(refund_id), "nth": nth},
    )
    queue.enqueue(owed, now=now)


def _request(refund: Refund) -> RefundRequest:
    return RefundRequest(
        refund_id=refund.pk,
        key=refund.key,
        checkout_external_id=refund.attempt.external_id,
        payment_external_id=refund.attempt.payment_external_id or refund.payment.external_id,
        amount=refund.money,
    )


def _apply(refund: Refund, state: RefundState, now: datetime) -> None:
    """Write down what the gateway says; what it says again changes nothing."""
    if state.pending:
        pending = Refund.objects.filter(pk=refund.pk, status=Refund.Status.PENDING)
        pending.update(external_id=state.external_id, failure="")
        return
    to = Refund.Status.SUCCEEDED if state.succeeded else Refund.Status.FAILED
    if to == refund.status:
        return
    if refund.status == Refund.Status.SETTLED_BY_HAND:
        return _settled_twice(refund) if state.succeeded else None
    failure = "" if state.succeeded else (state.failure or _("The gateway gives no reason."))[:300]
    with transaction.atomic():
        moved = refunds.move(
            refund, to, now=now, words=failure, external_id=state.external_id, failure=failure
        )
        if moved and state.succeeded:
            owe_look(refund.pk, now=now)
            paid_back(refund, now=now)
        elif moved:
            stuck(refund, now=now)
            _log.error("Refund %s is stuck: %s", refund.pk, failure)
    by_hand = Refund.objects.filter(pk=refund.pk, status=Refund.Status.SETTLED_BY_HAND)
    if not moved and state.succeeded and by_hand.exists():
        # While the gateway was at it, an operator paid in another way.
        _settled_twice(refund)


def _settled_twice(refund: Refund) -> None:
    words = _("The refund %(id)s was settled by hand, and the gateway has sent the money too.")
    questions.raise_question(refund.payment_id, words % {"id": refund.pk})
