"""What follows from a payment? Confirm, take the slot again, or give the money back (BOOK-4)."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from duologue.accounts import people
from duologue.bookings import claims, queries
from duologue.bookings.models import Booking, Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import SYSTEM, move
from duologue.calendars import busy
from duologue.core import statements
from duologue.core.errors import NotFound
from duologue.notifications import outbox
from duologue.payments import questions, receipts, refunds
from duologue.payments.contract import CheckoutState, CheckoutStatus
from duologue.payments.models import CheckoutAttempt, Payment, Refund
from duologue.payments.registry import provider
from duologue.usecases.confirm import confirm
from duologue.usecases.find_slots import near_slots

_UNPAID = (CheckoutAttempt.Status.CREATED, CheckoutAttempt.Status.OPEN)
_UNSETTLED = (*_UNPAID, CheckoutAttempt.Status.PROCESSING)
_NOT_PAID = (*_UNSETTLED, CheckoutAttempt.Status.CLOSED)
_NOT_COLLECTED = (Payment.Status.PENDING, Payment.Status.FAILED, Payment.Status.CANCELLED)


def settle_payment(attempt_id: UUID, *, now: datetime, external_id: str = "") -> CheckoutStatus:
    """Ask the gateway how a checkout stands and act on it; any number of times with one effect (PAY-1).

    `external_id` is the gateway's name for a checkout whose answer never reached us. Raises NotFound for an
    unknown attempt, ProviderError when the gateway does not answer.
    """
    attempt = CheckoutAttempt.objects.select_related("payment").filter(pk=attempt_id).first()
    if attempt is None:
        raise NotFound("There is no such checkout.")
    return settle_attempt(attempt, now=now, external_id=external_id)


def settle_attempt(attempt: CheckoutAttempt, *, now: datetime, external_id: str = "") -> CheckoutStatus:
    """The same for an attempt that was read just now, with its payment."""
    known = attempt.external_id or external_id
    if not known:
        return CheckoutStatus.OPEN
    state = provider(attempt.payment.provider).fetch_checkout(known)
    if state.attempt_id != str(attempt.pk):
        raise NotFound("This checkout was made for something else.")
    if not attempt.external_id:
        CheckoutAttempt.objects.filter(pk=attempt.pk, external_id="").update(external_id=known)
    return _apply(attempt, state, now)


def settle_payment_job(now: datetime, attempt_id: str) -> None:
    """The same, owed by a job."""
    settle_payment(UUID(attempt_id), now=now)


def close_checkouts(booking: Booking, *, now: datetime) -> None:
    """End every payment page of a booking; what turns out paid is settled as paid."""
    attempts = CheckoutAttempt.objects.select_related("payment").filter(
        payment__booking=booking, status__in=_UNPAID
    )
    for attempt in attempts.exclude(external_id=""):
        state = provider(attempt.payment.provider).close_checkout(attempt.external_id)
        _apply(attempt, state, now)


def _apply(attempt: CheckoutAttempt, state: CheckoutState, now: datetime) -> CheckoutStatus:
    """Act on what the gateway says; money that is not the price is never taken for it."""
    rows = CheckoutAttempt.objects.filter(pk=attempt.pk)
    if state.status is CheckoutStatus.CLOSED:
        rows.filter(status__in=_UNSETTLED).update(status=CheckoutAttempt.Status.CLOSED)
    elif state.status is CheckoutStatus.PROCESSING:
        rows.filter(status__in=_UNPAID).update(status=CheckoutAttempt.Status.PROCESSING)
    elif state.status is CheckoutStatus.PAID and state.price != attempt.payment.money:
        _question(attempt, state)
        return CheckoutStatus.PROCESSING
    elif state.status is CheckoutStatus.PAID:
        _paid(attempt, state, now)
    return state.status


def _question(attempt: CheckoutAttempt, state: CheckoutState) -> None:
    """A sum that nobody asked for: an operator decides, and we ask no more."""
    words = _("The gateway took %(taken)s for checkout %(id)s, which asked for %(asked)s.") % {
        "taken": state.price.format(),
        "id": state.external_id,
        "asked": attempt.payment.money.format(),
    }
    with transaction.atomic():
        CheckoutAttempt.objects.filter(pk=attempt.pk, status__in=_UNSETTLED).update(
            status=CheckoutAttempt.Status.CLOSED, payment_external_id=state.payment_external_id
        )
        questions.raise_question(attempt.payment_id, words)


def _paid(attempt: CheckoutAttempt, state: CheckoutState, now: datetime) -> None:
    payment = attempt.payment
    booking = queries.with_host(payment.booking_id)
    if booking is None:
        raise NotFound("There is no such booking.")
    with transaction.atomic():
        unproved = "" if booking.attendee_id else booking.attendee_email
        people.lock([booking.host.user_id, booking.attendee_id], email=unproved)
        if not _note_paid(attempt, state):
            return
        if not _note_collected(payment, state, now):
            refunds.owe(attempt, Refund.Cause.PAID_TWICE, now=now)
            return
        if not _confirm_if_free(booking, now):
            refunds.owe(attempt, Refund.Cause.PAID_TOO_LATE, now=now)
            _explain(booking, now)
        receipts.give_first_receipt(payment, now=now)


def _note_paid(attempt: CheckoutAttempt, state: CheckoutState) -> bool:
    """False when somebody else was quicker."""
    paid = {"status": CheckoutAttempt.Status.PAID, "payment_external_id": state.payment_external_id}
    return bool(statements.update(CheckoutAttempt, paid, id=attempt.pk, status=_NOT_PAID))


def _note_collected(payment: Payment, state: CheckoutState, now: datetime) -> bool:
    """False when another page of the same payment was paid before."""
    done = {"status": Payment.Status.SUCCEEDED, "paid_at": now, "external_id": state.payment_external_id}
    done |= {"method": state.method.name, "last4": state.method.last4}
    return bool(statements.update(Payment, done, id=payment.pk, status=_NOT_COLLECTED))


def _confirm_if_free(booking: Booking, now: datetime) -> bool:
    """Confirm a living hold; take the slot again for one that ended, if it is free and still ahead.

    The booking was read before the lock. A hold that lives moves on by a guarded step; else it is looked at
    once more.
    """
    if _confirm_held(booking, now):
        return True
    booking.refresh_from_db(fields=["status", "hold_expires_at"])
    return _confirm_held(booking, now) or _take_again(booking, now)


def _confirm_held(booking: Booking, now: datetime) -> bool:
    lives = booking.status_at(now) is Status.PENDING_PAYMENT
    return lives and confirm(booking, now=now, actor=SYSTEM, cause="paid")


def _take_again(booking: Booking, now: datetime) -> bool:
    if booking.status not in {Status.PENDING_PAYMENT, Status.EXPIRED} or booking.starts_at <= now:
        return False
    for dead in claims.dead_holds(booking.host, booking.blocked_from, booking.blocked_until, now=now):
        if dead.pk != booking.pk:
            move(dead, Status.EXPIRED, now=now, cause="hold_ended")
    if not _is_host_free(booking, now) or _attendee_is_elsewhere(booking, now):
        return False
    try:
        with transaction.atomic():
            return confirm(booking, now=now, actor=SYSTEM, cause="paid_late")
    except IntegrityError:
        return False


def _is_host_free(booking: Booking, now: datetime) -> bool:
    """Here, and as far as the host's calendars outside are known."""
    return claims.is_host_free(booking, now=now) and busy.is_free(
        booking.host_id, booking.blocked_from, booking.blocked_until, now=now
    )


def _attendee_is_elsewhere(booking: Booking, now: datetime) -> bool:
    return claims.has_session(
        user_id=booking.attendee_id,
        email=booking.attendee_email,
        start=booking.starts_at,
        end=booking.ends_at,
        now=now,
        besides=booking.pk,
    )


def _explain(booking: Booking, now: datetime) -> None:
    slots = near_slots(booking.event_type, booking.starts_at, now=now)
    outbox.owe(
        outbox.Mail(
            template="hold_expired_paid_late",
            key=f"paid_late:{booking.pk}",
            booking_id=booking.pk,
            party=Party.ATTENDEE.value,
            params={"near_slots": [slot.isoformat() for slot in slots]},
        ),
        now=now,
    )
