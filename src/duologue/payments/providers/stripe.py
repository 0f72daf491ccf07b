"""How does Stripe take money and give it back? Hosted Checkout pages, and refunds of their payments."""

import stripe
from django.conf import settings
from stripe.checkout import Session
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from duologue.core import clock
from duologue.payments.contract import (
    CheckoutRequest,
    CheckoutState,
    CheckoutStatus,
    Method,
    RefundRequest,
    RefundState,
)
from duologue.payments.providers.stripe_client import answers, client, told
from duologue.payments.providers.stripe_units import from_stripe, to_stripe

_SPOKEN = (
    "bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro"
    " ru sk sl sv th tr vi zh zh-HK zh-TW"
)
LOCALES = {name.lower(): name for name in _SPOKEN.split()}
_COMING = {"processing", "requires_action", "requires_confirmation"}
"""A payment intent in one of these can still bring the money of a page that was filled in."""


class StripeProvider:
    slug = "stripe"

    def create_checkout(self, request: CheckoutRequest) -> CheckoutState:
        key = f"checkout-{request.attempt_id}"
        with answers():
            made = client().v1.checkout.sessions.create(_page(request), {"idempotency_key": key})
        return _checkout(made)

    def fetch_checkout(self, external_id: str) -> CheckoutState:
        with answers():
            return _checkout(_session(external_id))

    def close_checkout(self, external_id: str) -> CheckoutState:
        try:
            closed = client().v1.checkout.sessions.expire(external_id)
        except stripe.InvalidRequestError:
            # Paid or over meanwhile: only an open page can be closed, and the page itself says which.
            return self.fetch_checkout(external_id)
        except stripe.StripeError as error:
            raise told(error) from error
        return _checkout(closed)

    def refund(self, request: RefundRequest) -> RefundState:
        try:
            made = client().v1.refunds.create(_wish(request), {"idempotency_key": request.key})
        except (stripe.APIError, stripe.InvalidRequestError) as error:
            # It may have been made all the same: by a repeat whose key was forgotten, or before a 500.
            before = self.find_refund(request)
            if before is None:
                raise told(error) from error
            return before
        except stripe.StripeError as error:
            raise told(error) from error
        return _refund(made)

    def fetch_refund(self, external_id: str) -> RefundState:
        with answers():
            return _refund(client().v1.refunds.retrieve(external_id))

    def is_disputed(self, payment_external_id: str) -> bool:
        with answers():
            intent = client().v1.payment_intents.retrieve(payment_external_id, {"expand": ["latest_charge"]})
        charge = intent.latest_charge
        return isinstance(charge, stripe.Charge) and charge.disputed

    def find_refund(self, request: RefundRequest) -> RefundState | None:
        """The one that went through, whichever try it was; else this try.

        Stripe forgets a key after a day, so a late repeat can have made a second one beside a failed one.
        """
        with answers():
            made = client().v1.refunds.list({"payment_intent": request.payment_external_id, "limit": 100})
        ours = [_refund(one) for one in made.data if _ours(one, "refund_id") == str(request.refund_id)]
        went = (state for state in ours if state.succeeded or state.pending)
        this_try = (state for state in ours if state.key == request.key)
        return next(went, None) or next(this_try, None)


def _session(external_id: str) -> Session:
    """With its payment intent, which alone knows whether money still comes, and the charge with the card."""
    sessions = client().v1.checkout.sessions
    try:
        return sessions.retrieve(external_id, {"expand": ["payment_intent.latest_charge"]})
    except stripe.PermissionError:
        # A restricted key may not read charges. Settling what was paid must not hang on a card's name.
        found = sessions.retrieve(external_id)
        if found.status == "complete" and found.payment_status == "unpaid":
            found = sessions.retrieve(external_id, {"expand": ["payment_intent"]})
        return found


def _page(request: CheckoutRequest) -> SessionCreateParams:
    ours = {"attempt_id": str(request.attempt_id), "booking_id": str(request.booking_id)}
    page: SessionCreateParams = {
        "mode": "payment",
        "submit_type": "book",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.price.currency.lower(),
                    "unit_amount": to_stripe(request.price),
                    "product_data": {"name": request.description},
                },
            }
        ],
        # Stripe lives in the machine's time, whatever a moved clock tells us.
        "expires_at": int((request.expires_at - clock.offset()).timestamp()),
        "client_reference_id": str(request.attempt_id),
        "metadata": ours,
        "payment_intent_data": {"metadata": ours, "description": request.description},
        "locale": _locale(request.language),
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        # Else the payer could choose a currency in which a refund gives another sum back.
        "adaptive_pricing": {"enabled": False},
    }
    if request.customer_email.isascii() and request.customer_email:
        page["customer_email"] = request.customer_email
    if not settings.DUOLOGUE_STRIPE_DELAYED_METHODS:
        page["allowed_payment_method_types"] = ["card"]
    return page


def _wish(request: RefundRequest) -> RefundCreateParams:
    return {
        "payment_intent": request.payment_external_id,
        "amount": to_stripe(request.amount),
        "metadata": {"refund_id": str(request.refund_id), "key": request.key},
    }


def _locale(language: str) -> str:
    """What Stripe speaks of a language tag, without its region if need be; else what the browser asks for."""
    tag = language.lower().replace("_", "-")
    return LOCALES.get(tag) or LOCALES.get(tag.partition("-")[0]) or "auto"


def _checkout(session: Session) -> CheckoutState:
    intent = session.payment_intent
    return CheckoutState(
        external_id=session.id,
        status=_status(session),
        price=from_stripe(session.amount_total or 0, session.currency or "xxx"),
        attempt_id=session.client_reference_id or "",
        url=(session.url or "") if session.status == "open" else "",
        payment_external_id=(intent if isinstance(intent, str) else intent.id) if intent else "",
        method=_method(intent.latest_charge) if isinstance(intent, stripe.PaymentIntent) else Method(),
    )


def _method(charge: stripe.Charge | str | None) -> Method:
    """Brand and last four digits of a card, or the name of another method; nothing else goes further."""
    details = charge.payment_method_details if isinstance(charge, stripe.Charge) else None
    if details is None:
        return Method()
    if details.type != "card" or details.card is None:
        return Method(details.type[:32])
    brand, last4 = details.card.brand or "", details.card.last4 or ""
    is_named = brand not in {"", "unknown"}
    return Method(brand[:32] if is_named else "card", last4 if len(last4) == 4 and last4.isdecimal() else "")


def _status(session: Session) -> CheckoutStatus:
    if session.payment_status != "unpaid":
        return CheckoutStatus.PAID
    if session.status == "open":
        return CheckoutStatus.OPEN
    intent = session.payment_intent
    is_coming = isinstance(intent, stripe.PaymentIntent) and intent.status in _COMING
    return CheckoutStatus.PROCESSING if session.status == "complete" and is_coming else CheckoutStatus.CLOSED


def _refund(refund: stripe.Refund) -> RefundState:
    return RefundState(
        external_id=refund.id,
        succeeded=refund.status == "succeeded",
        pending=refund.status in {"pending", "requires_action"},
        failure=refund.failure_reason or "" if refund.status in {"failed", "canceled"} else "",
        key=_ours(refund, "key"),
    )


def _ours(refund: stripe.Refund, name: str) -> str:
    """What we gave a refund to carry."""
    metadata = refund.metadata
    return str(metadata[name]) if metadata and name in metadata else ""
