"""Close what operators had to look into about a payment, or give its money back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings.transitions import Actor
from duologue.core.errors import NotFound, Refused
from duologue.payments import questions, refunds
from duologue.payments.models import Payment, Refund


def close_question(payment_id: UUID) -> None:
    """An operator has looked into it, and nothing is left to do."""
    questions.close_question(payment_id)


def give_back_all(payment_id: UUID, *, by: Actor, now: datetime) -> Refund:
    """Owe back what is kept of a payment. Raises NotFound; Refused `disputed`, `nothing_kept`.

    That answers the question, unless it is about a sum that is not on our books: such a one is given back at
    the gateway, and closed by hand.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).filter(pk=payment_id).first()
        if payment is None:
            raise NotFound(_("There is no such payment."))
        if payment.disputed_at is not None:
            raise Refused(_("The payer’s bank decides about this payment. Nothing is sent."), code="disputed")
        refund = refunds.give_back(payment, Refund.Cause.OPERATOR, now=now, actor=by)
        if refund is None:
            raise Refused(_("Nothing of this payment is kept here."), code="nothing_kept")
        if not questions.has_other_sum(payment):
            questions.close_question(payment.pk)
    return refund
