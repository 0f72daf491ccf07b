"""Say as the host that one did come, before the money goes back (PAY-5)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts.words import clean_text
from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, Objection
from duologue.core.errors import Invalid, Refused
from duologue.jobs import queue
from duologue.notifications import outbox
from duologue.payments import given_back
from duologue.usecases.cancel import LONGEST_WORDS
from duologue.usecases.mark_absent import refund_key
from duologue.usecases.refund_absent_host import is_host_absent


def object_to_absence(booking: Booking, *, words: str, now: datetime) -> Objection:
    """Stop the refund until an operator has decided.

    The caller has made sure that it is the host. Raises Invalid without words or with too many; Refused
    `not_absent`, `already_said`, `already_refunded`.
    """
    said = clean_text(words)
    if not said:
        raise Invalid(_("Say in a sentence how it was."), field="words")
    if len(said) > LONGEST_WORDS:
        raise Invalid(_("At most %(count)s characters.") % {"count": LONGEST_WORDS}, field="words")
    with transaction.atomic():
        lock(booking)
        code = refusal(booking)
        if code is not None:
            raise Refused(_words(code), code=code)
        # One that was believed before says nothing of an absence that was written down since.
        afresh = {"words": said, "at": now, "decided_at": None, "came": None}
        objection, _is_first = Objection.objects.update_or_create(booking=booking, defaults=afresh)
        queue.drop([refund_key(booking)])
        params = {"booking_id": str(booking.pk)}
        key = f"objection:{booking.pk}:{now.isoformat()}"
        mails = outbox.to_operators("operators_objection", key, params=params)
        outbox.owe(*mails, now=now)
    return objection


def refusal(booking: Booking) -> str | None:
    """Why the host cannot object now; None when they can."""
    if not is_host_absent(booking):
        return "not_absent"
    if Objection.objects.filter(booking=booking).exclude(came=True).exists():
        return "already_said"
    return "already_refunded" if given_back.of_booking(booking.pk) is not None else None


def _words(code: str) -> str:
    return {
        "already_said": _("You have told us already. An operator decides."),
        "already_refunded": _("The money went back already."),
    }.get(code) or _("Nobody says that you did not come.")
