"""Ask the gateway about money that has been under way too long, so that a lost word loses nothing (PAY-1)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core.errors import NotFound, Permanent
from duologue.jobs import queue
from duologue.payments import questions, refunds
from duologue.payments.models import CheckoutAttempt, Refund
from duologue.usecases.begin_checkout import open_page
from duologue.usecases.book import owe_expiry
from duologue.usecases.settle_payment import settle_payment

GRACE = timedelta(minutes=5)
"""After a page's end: the gateway's own word comes first, and its clock may be another."""
TOO_LONG = timedelta(hours=1)
"""A hold or a refund that its own job has not brought to an end by then gets a new one."""
AT_ONCE = 500
_UNPAID = (CheckoutAttempt.Status.CREATED, CheckoutAttempt.Status.OPEN)
_UNSETTLED = (*_UNPAID, CheckoutAttempt.Status.PROCESSING)


def ask_about_checkouts(now: datetime) -> None:
    """The chore: one job for each page that is over and of which we heard nothing."""
    over = CheckoutAttempt.objects.filter(status__in=_UNPAID, expires_at__lt=now - GRACE)
    _owe_questions(over.order_by("expires_at").values_list("pk", flat=True)[:AT_ONCE], now)


def ask_about_slow_money(now: datetime) -> None:
    """The chore: transfers that take days, refunds that do not end, and holds that nobody ended."""
    coming = CheckoutAttempt.objects.filter(status=CheckoutAttempt.Status.PROCESSING)
    _owe_questions(coming.order_by("expires_at").values_list("pk", flat=True)[:AT_ONCE], now)
    pending = Refund.objects.filter(status=Refund.Status.PENDING, created_at__lt=now - TOO_LONG)
    dead = Booking.objects.filter(
        status=Status.PENDING_PAYMENT.value, hold_expires_at__lt=now - TOO_LONG
    ).order_by("hold_expires_at")
    with transaction.atomic():
        for refund in pending.order_by("created_at")[:AT_ONCE]:
            refunds.enqueue(refund, now=now)
        for booking in dead[:AT_ONCE]:
            owe_expiry(booking, now=now)


def ask_about_checkout(now: datetime, attempt_id: str) -> None:
    """The job: settle what the gateway says; what it never heard of, or knows no more, is closed."""
    attempt = CheckoutAttempt.objects.select_related("payment__booking").get(pk=UUID(attempt_id))
    if attempt.status not in _UNSETTLED:
        return
    try:
        if not attempt.external_id and attempt.status == CheckoutAttempt.Status.CREATED:
            # Lost between our row and its answer: asked again with the same key, it names the page it made.
            open_page(attempt.payment.booking, attempt)
        settle_payment(attempt.pk, now=now)
    except (Permanent, NotFound) as error:
        _give_up(attempt, error)


def _give_up(attempt: CheckoutAttempt, error: Permanent | NotFound) -> None:
    """Nobody can pay there any more, so it is closed; an operator is told if it ever was a page."""
    with transaction.atomic():
        CheckoutAttempt.objects.filter(pk=attempt.pk, status__in=_UNSETTLED).update(
            status=CheckoutAttempt.Status.CLOSED
        )
        if attempt.external_id:
            words = _("The gateway does not tell how checkout %(id)s ended: %(error)s")
            questions.raise_question(
                attempt.payment_id, words % {"id": attempt.external_id, "error": error.message}
            )


def _owe_questions(attempt_ids: Iterable[UUID], now: datetime) -> None:
    owed = [
        queue.Owed("ask_about_checkout", f"ask_about_checkout:{pk}", run_at=now, args={"attempt_id": str(pk)})
        for pk in attempt_ids
    ]
    with transaction.atomic():
        queue.enqueue(*owed, now=now)
