"""What must every payment gateway be able to do? Frozen values in and out, and the four errors."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from duologue.core.money import Money


class CheckoutStatus(StrEnum):
    """How a checkout stands at the gateway. Only `PAID` is paid; unknown is never paid."""

    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """One hosted payment page. `attempt_id` is the idempotency key: repeats carry equal values.

    `description` names no person, topic or health word. Both addresses are absolute.
    """

    attempt_id: UUID
    booking_id: UUID
    price: Money
    description: str
    customer_email: str
    language: str
    expires_at: datetime
    success_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True)
class Method:
    """What was paid with: a card's brand or another method's name, in the gateway's small letters.

    Both may be empty. Nothing else of a card is ever asked for or kept.
    """

    name: str = ""
    last4: str = ""


@dataclass(frozen=True, slots=True)
class CheckoutState:
    """A checkout as the gateway tells it. `url` only while it can be paid; `attempt_id` as we gave it."""

    external_id: str
    status: CheckoutStatus
    price: Money
    attempt_id: str
    url: str = ""
    payment_external_id: str = ""
    method: Method = Method()


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give `amount` of a paid checkout back, once per `key`. A new key follows only a definite no."""

    refund_id: UUID
    key: str
    checkout_external_id: str
    payment_external_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class RefundState:
    """A refund as the gateway tells it; neither pending nor succeeded is failed. `key` as we gave it."""

    external_id: str
    succeeded: bool
    pending: bool = False
    failure: str = ""
    key: str = ""


class PaymentProvider(Protocol):
    """A gateway. Every method may raise Retryable, Permanent or NotConfigured (core.errors).

    Retryable says nothing about what happened: repeat with the same key. With `is_spent` in its data the
    gateway answers that key with nothing else from now on.
    """

    slug: str

    def create_checkout(self, request: CheckoutRequest) -> CheckoutState:
        """Open a hosted page; the same `attempt_id` gives the same page."""

    def fetch_checkout(self, external_id: str) -> CheckoutState:
        """Ask the gateway how the checkout stands now."""

    def close_checkout(self, external_id: str) -> CheckoutState:
        """End an open page so that it can no longer be paid; an already paid one is returned as paid."""

    def refund(self, request: RefundRequest) -> RefundState:
        """Give money back, once per `key`, and never more than was taken."""

    def fetch_refund(self, external_id: str) -> RefundState:
        """Ask the gateway how a refund stands now; a success can have turned into a failure."""

    def find_refund(self, request: RefundRequest) -> RefundState | None:
        """What became of a refund whose answer never reached us, whichever try it was; None for nothing."""

    def is_disputed(self, payment_external_id: str) -> bool:
        """Whether the payer's bank takes this payment back by itself."""
