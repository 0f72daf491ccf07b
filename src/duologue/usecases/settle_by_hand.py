"""Write down that a refund which is stuck was paid in another way (PAY-3)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts.words import clean_text
from duologue.bookings.transitions import Actor
from duologue.core.errors import Invalid, ProviderError, Refused, Retryable
from duologue.jobs import queue
from duologue.payments import refunds
from duologue.payments.models import Refund
from duologue.usecases.issue_refund import owe_look, settle_refund
from duologue.usecases.paid_back import paid_back
from duologue.usecases.retry_refund import locked

LONGEST_NOTE = 1000


def settle_by_hand(refund_id: UUID, note: str, *, by: Actor, now: datetime) -> None:
    """The note says how, for whoever reads the books; the payer is told that the money was sent.

    The gateway is asked first, as a try of which nobody heard may have gone through. Raises NotFound; Invalid
    for a note that is missing or too long; Refused `on_its_way`, `done`, `unknown`.
    """
    said = clean_text(note)
    if not said or len(said) > LONGEST_NOTE:
        words = _("Say how and when it was paid, in at most %(count)s characters.")
        raise Invalid(words % {"count": LONGEST_NOTE}, code="invalid_note", field="note")
    with transaction.atomic():
        refund = _taken_from_the_worker(refund_id)
    _learn(refund, now)
    with transaction.atomic():
        refund = _taken_from_the_worker(refund_id)
        refunds.move(refund, Refund.Status.SETTLED_BY_HAND, now=now, actor=by, words=said)
        owe_look(refund.pk, now=now)
        paid_back(refund, now=now)


def is_stuck(refund: Refund) -> bool:
    """Whether a person has to look: refused, or tried without an answer."""
    unknown = refund.status == Refund.Status.PENDING and bool(refund.failure) and not refund.external_id
    return refund.status == Refund.Status.FAILED or unknown


def _taken_from_the_worker(refund_id: UUID) -> Refund:
    """The locked refund, with no try of it owed or under way. Raises NotFound and Refused."""
    refund = locked(refund_id)
    key = refunds.job_key(refund)
    queue.drop([key])
    if refund.status == Refund.Status.PENDING and (not is_stuck(refund) or queue.is_running(key)):
        raise Refused(
            _("This refund is on its way. Paid by hand, it would be paid twice."), code="on_its_way"
        )
    if refund.status in {Refund.Status.SUCCEEDED, Refund.Status.SETTLED_BY_HAND}:
        raise Refused(_("This refund is done. Nothing was changed."), code="done")
    return refund


def _learn(refund: Refund, now: datetime) -> None:
    """Hear what became of it at the gateway. One that does not answer leaves what is unknown owed."""
    try:
        settle_refund(refund.pk, now=now)
    except ProviderError as error:
        if refund.status != Refund.Status.PENDING or not isinstance(error, Retryable):
            return
        with transaction.atomic():
            refunds.enqueue(refund, now=now)
        words = _("The gateway does not answer, so nobody knows whether it sent the money. Try again later.")
        raise Refused(words, code="unknown") from error
