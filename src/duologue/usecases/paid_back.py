"""What follows when money is back with its payer, or cannot go back? A credit note, and mails."""

from datetime import datetime

from duologue.bookings.models import Party
from duologue.notifications import outbox
from duologue.payments import receipts
from duologue.payments.models import Refund


def paid_back(refund: Refund, *, now: datetime) -> None:
    """Tell the payer, with the credit note. The last thing in the transaction that settles the refund."""
    how = "by_hand" if refund.status == Refund.Status.SETTLED_BY_HAND else str(refund.tries)
    mail = outbox.Mail(
        template="refunded",
        key=f"refunded:{refund.pk}:{how}",
        booking_id=refund.payment.booking_id,
        party=Party.ATTENDEE.value,
        params={"refund_id": str(refund.pk)},
    )
    outbox.owe(mail, now=now)
    receipts.give_credit_note(refund, now=now)


def stuck(refund: Refund, *, now: datetime) -> None:
    """Tell the operators. Needs an open transaction."""
    key = f"refund_stuck:{refund.pk}:{refund.tries}"
    params = {"refund_id": str(refund.pk)}
    outbox.owe(*outbox.to_operators("operators_refund_stuck", key, params=params), now=now)
