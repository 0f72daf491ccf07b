"""Let a refund that is stuck go out once more (PAY-3)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings.transitions import Actor
from duologue.core.errors import NotFound, Refused
from duologue.payments import refunds
from duologue.payments.models import Refund


def retry_refund(refund_id: UUID, *, by: Actor, now: datetime) -> None:
    """With a new key after a definite no, with the same one where nobody knows what happened.

    So no key ever sends the money twice. Raises NotFound; Refused `disputed`, `not_stuck`.
    """
    with transaction.atomic():
        refund = locked(refund_id)
        if refund.payment.disputed_at is not None:
            raise Refused(_("The payer’s bank decides about this payment. Nothing is sent."), code="disputed")
        if refund.status == Refund.Status.FAILED:
            refunds.try_again(refund, now=now, actor=by)
        elif refund.status == Refund.Status.PENDING:
            refunds.enqueue(refund, now=now)
        else:
            raise Refused(_("This refund is done. Nothing was changed."), code="not_stuck")


def locked(refund_id: UUID) -> Refund:
    """A refund that nobody else moves until the transaction ends."""
    rows = Refund.objects.select_for_update(of=("self",), no_key=True).select_related("payment__booking")
    refund = rows.filter(pk=refund_id).first()
    if refund is None:
        raise NotFound(_("There is no such refund."))
    return refund
