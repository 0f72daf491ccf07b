"""Which paper does a payment or a refund have? Numbered without gaps, a series for each year and kind.

Give a paper as the last thing in a transaction: its series stays locked until that one ends.
"""

from datetime import datetime

from django.conf import settings
from django.db import connection

from duologue.bookings.models import Booking
from duologue.core import statements
from duologue.payments.models import Payment, Receipt, Refund

_PREFIXES = {Receipt.Kind.RECEIPT: "", Receipt.Kind.CREDIT_NOTE: "C-"}
_NEXT = """
INSERT INTO payments_numberseries (name, last) VALUES (%s, 1)
ON CONFLICT (name) DO UPDATE SET last = payments_numberseries.last + 1
RETURNING last
"""


def give_receipt(payment: Payment, *, now: datetime) -> Receipt:
    """The receipt of a payment: the one it has, or a new one. Needs an open transaction."""
    had = Receipt.objects.filter(payment=payment, kind=Receipt.Kind.RECEIPT).first()
    return had or give_first_receipt(payment, now=now)


def give_first_receipt(payment: Payment, *, now: datetime) -> Receipt:
    """The same for who knows that it has none; raises IntegrityError where it has one."""
    return _give(Receipt.Kind.RECEIPT, payment, None, now)


def give_credit_note(refund: Refund, *, now: datetime) -> Receipt | None:
    """The credit note of a refund; None where there is no receipt to set it against. As above.

    What was paid twice has none: the second payment got no receipt.
    """
    had = Receipt.objects.filter(refund=refund).first()
    if had is not None or refund.cause == Refund.Cause.PAID_TWICE:
        return had
    if not Receipt.objects.filter(payment=refund.payment_id, kind=Receipt.Kind.RECEIPT).exists():
        return None
    return _give(Receipt.Kind.CREDIT_NOTE, refund.payment, refund, now)


def of_booking(booking: Booking) -> list[Receipt]:
    """All papers of a booking, the oldest first."""
    found = Receipt.objects.filter(payment__booking=booking).select_related("payment", "refund")
    return list(found.order_by("issued_at", "pk"))


def _give(kind: Receipt.Kind, payment: Payment, refund: Refund | None, now: datetime) -> Receipt:
    receipt = Receipt(number=_number(kind, now), kind=kind, payment=payment, refund=refund, issued_at=now)
    return statements.create(receipt)


def _number(kind: Receipt.Kind, now: datetime) -> str:
    """2026-0417, C-2026-0005; the year is that of the operator's own calendar."""
    if not connection.in_atomic_block:
        msg = "A number is given inside the transaction that needs it: open transaction.atomic() first."
        raise RuntimeError(msg)
    series = f"{_PREFIXES[kind]}{now.astimezone(settings.DUOLOGUE_RECEIPT_ZONE).year}"
    with statements.cursor() as cursor:
        cursor.execute(_NEXT, [series])
        (last,) = cursor.fetchone()
    return f"{series}-{last:04}"
