"""Write down that a refund which is stuck was paid in another way (PAY-3)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts.words import clean_text
from duologue.bookings.transitions import Actor
from duologue.core.errors import Invalid, Refused
from duologue.jobs import queue
from duologue.payments import refunds
from duologue.payments.models import Refund
from duologue.usecases.paid_back import paid_back
from duologue.usecases.retry_refund import locked

LONGEST_NOTE = 1000


def settle_by_hand(refund_id: UUID, note: str, *, by: Actor, now: datetime) -> None:
    """The note says how, for whoever reads the books; the payer is told that the money was sent.

    Raises NotFound; Invalid for a note that is missing or too long; Refused `on_its_way`, `done`.
    """
    said = clean_text(note)
    if not said or len(said) > LONGEST_NOTE:
        words = _("Say how and when it was paid, in at most %(count)s characters.")
        raise Invalid(words % {"count": LONGEST_NOTE}, code="invalid_note", field="note")
    with transaction.atomic():
        refund = locked(refund_id)
        if refund.status == Refund.Status.PENDING and not is_stuck(refund):
            raise Refused(
                _("This refund is on its way. Paid by hand, it would be paid twice."), code="on_its_way"
            )
        if refund.status in {Refund.Status.SUCCEEDED, Refund.Status.SETTLED_BY_HAND}:
            raise Refused(_("This refund is done. Nothing was changed."), code="done")
        refunds.move(refund, Refund.Status.SETTLED_BY_HAND, now=now, actor=by, words=said)
        queue.drop([f"issue_refund:{refund.pk}"])
        paid_back(refund, now=now)


def is_stuck(refund: Refund) -> bool:
    """Whether a person has to look: refused, or tried without an answer."""
    unknown = refund.status == Refund.Status.PENDING and bool(refund.failure) and not refund.external_id
    return refund.status == Refund.Status.FAILED or unknown
