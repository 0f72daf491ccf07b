"""What comes after the details? Paying, proving an address, or at once the confirmation."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from duologue.accounts import people
from duologue.bookings import pay_links
from duologue.bookings.models import Booking
from duologue.bookings.policy import hold_until
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core.errors import Permanent, ProviderError, Refused
from duologue.core.ids import uuid7
from duologue.payments.contract import CheckoutRequest, CheckoutState, CheckoutStatus
from duologue.payments.models import CheckoutAttempt, Payment
from duologue.payments.registry import default_slug, provider
from duologue.usecases.book import owe_expiry
from duologue.usecases.confirm import confirm
from duologue.usecases.give_details import check_held

STALE = timedelta(minutes=2)
"""A checkout this close to its end is not worth sending anybody to."""
_UNPAID = (CheckoutAttempt.Status.CREATED, CheckoutAttempt.Status.OPEN)


class Step(StrEnum):
    PAY = "pay"
    PROVE_ADDRESS = "prove_address"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Next:
    step: Step
    url: str = ""


def begin_checkout(booking: Booking, *, now: datetime) -> Next:
    """Open (or reopen) the payment page of a hold; free sessions of a proved person are confirmed (BOOK-5).

    Raises Refused: `hold_over`, `not_held`, `details_missing`, `payments_off`, `gateway_down`.
    """
    check_held(booking, now=now)
    if not booking.attendee_email or not booking.attendee_name:
        raise Refused(_("Tell us your name and e-mail first."), code="details_missing")
    if not booking.is_free:
        return Next(Step.PAY, _pay(booking, now))
    if booking.attendee_id is None:
        return Next(Step.PROVE_ADDRESS)
    _confirm_free(booking, now)
    return Next(Step.CONFIRMED)


def _confirm_free(booking: Booking, now: datetime) -> None:
    with transaction.atomic():
        people.lock([booking.host.user_id, booking.attendee_id])
        booking.refresh_from_db(fields=["status", "hold_expires_at"])
        check_held(booking, now=now)
        confirm(booking, now=now, actor=Actor("attendee", booking.attendee_id), cause="free")


def _pay(booking: Booking, now: datetime) -> str:
    if not default_slug():
        raise Refused(
            _("Payments are not set up here, so only free sessions can be booked."), code="payments_off"
        )
    attempt = _attempt(booking, now)
    if attempt.status == CheckoutAttempt.Status.PROCESSING:
        return _result_url(booking, attempt)
    if attempt.url:
        return attempt.url
    try:
        attempt, state = _page(booking, attempt, now)
    except ProviderError as error:
        raise Refused(
            _("The payment page does not open right now. Your time is still held; try again in a minute."),
            code="gateway_down",
        ) from error
    if state.status is not CheckoutStatus.OPEN:
        return _result_url(booking, attempt)
    still_held = CheckoutAttempt.objects.filter(
        pk=attempt.pk, status__in=_UNPAID, payment__booking__status=Status.PENDING_PAYMENT.value
    )
    if still_held.update(url=state.url, status=CheckoutAttempt.Status.OPEN):
        return state.url
    # Given back while the page was being made.
    with suppress(ProviderError):
        provider(attempt.payment.provider).close_checkout(state.external_id)
    raise Refused(_("This hold is over. Choose the time again."), code="hold_over")


def _page(booking: Booking, attempt: CheckoutAttempt, now: datetime) -> tuple[CheckoutAttempt, CheckoutState]:
    """The attempt's page, or that of a new attempt at once where this one can have none any more."""
    try:
        return attempt, open_page(booking, attempt)
    except ProviderError:
        fresh = _attempt(booking, now)
        if fresh.pk == attempt.pk:
            raise
    return fresh, open_page(booking, fresh)


def open_page(booking: Booking, attempt: CheckoutAttempt) -> CheckoutState:
    """Ask the gateway for the attempt's page, as often as need be with the same key and values.

    Raises ProviderError. An attempt whose key cannot bring a page any more is closed: the next has a new one.
    """
    row = CheckoutAttempt.objects.filter(pk=attempt.pk)
    try:
        state = provider(attempt.payment.provider).create_checkout(_request(booking, attempt))
    except ProviderError as error:
        if isinstance(error, Permanent) or error.data.get("is_spent"):
            row.filter(status=CheckoutAttempt.Status.CREATED).update(status=CheckoutAttempt.Status.CLOSED)
        raise
    row.update(external_id=state.external_id)
    return state


def _attempt(booking: Booking, now: datetime) -> CheckoutAttempt:
    """The attempt under way, or a new one written before the gateway hears of it; the hold is extended to
    cover it."""
    with transaction.atomic():
        people.lock([booking.host.user_id, booking.attendee_id])
        booking.refresh_from_db(fields=["status", "hold_expires_at"])
        check_held(booking, now=now)
        payment = _payment(booking, now)
        on_its_way = Q(status=CheckoutAttempt.Status.PROCESSING)
        usable = payment.attempts.filter(
            on_its_way | Q(status__in=_UNPAID, expires_at__gt=now + STALE)
        ).first()
        if usable is not None:
            return usable
        _extend(booking, now)
        return CheckoutAttempt.objects.create(
            id=uuid7(now), payment=payment, expires_at=now + settings.DUOLOGUE_CHECKOUT, created_at=now
        )


def _payment(booking: Booking, now: datetime) -> Payment:
    payment, _made = Payment.objects.get_or_create(
        booking=booking,
        defaults={
            "id": uuid7(now),
            "provider": default_slug(),
            "amount": booking.price_amount,
            "currency": booking.currency,
            "created_at": now,
        },
    )
    return payment


def _extend(booking: Booking, now: datetime) -> None:
    """A hold lasts at least as long as its payment page can be paid."""
    needed = now + settings.DUOLOGUE_CHECKOUT
    if booking.hold_expires_at is not None and booking.hold_expires_at >= needed:
        return
    until = hold_until(booking.created_at, now, settings.DUOLOGUE_HOLD, pay_until=booking.pay_until)
    if until < needed:
        raise Refused(_("This hold cannot be extended any more. Choose the time again."), code="hold_over")
    Booking.objects.filter(pk=booking.pk).update(hold_expires_at=until)
    booking.hold_expires_at = until
    owe_expiry(booking, now=now)


def _request(booking: Booking, attempt: CheckoutAttempt) -> CheckoutRequest:
    return CheckoutRequest(
        attempt_id=attempt.pk,
        booking_id=booking.pk,
        price=attempt.payment.money,
        description=settings.DUOLOGUE_NAME,
        customer_email=booking.attendee_email,
        language=booking.attendee_language,
        expires_at=attempt.expires_at,
        success_url=_result_url(booking, attempt),
        cancel_url=_left_url(booking),
    )


def _result_url(booking: Booking, attempt: CheckoutAttempt) -> str:
    """Who was booked by a host may have no account and no cookie: their mailed link leads on."""
    if booking.pay_until is not None:
        return f"{pay_links.address(booking)}?attempt={attempt.pk}"
    return f"{settings.BASE_URL}/bookings/{booking.pk}/paid?attempt={attempt.pk}"


def _left_url(booking: Booking) -> str:
    if booking.pay_until is not None:
        return f"{pay_links.address(booking)}?payment=left"
    return f"{settings.BASE_URL}/bookings/{booking.pk}/details?payment=left"
