"""How does the sandbox gateway answer? Like a vendor with state, in our own database (PAY-4).

The one adapter that touches tables: here the vendor is us. Its page is `web/views/sandbox.py`.
"""

from uuid import UUID

from django.conf import settings

from duologue.core import clock
from duologue.core.errors import Permanent
from duologue.core.money import Money
from duologue.payments.contract import (
    CheckoutRequest,
    CheckoutState,
    CheckoutStatus,
    Method,
    RefundRequest,
    RefundState,
)
from duologue.payments.models import SandboxCheckout

_STATUS = {
    SandboxCheckout.State.OPEN: CheckoutStatus.OPEN,
    SandboxCheckout.State.PAID: CheckoutStatus.PAID,
    SandboxCheckout.State.EXPIRED: CheckoutStatus.CLOSED,
}
_PREFIX = "sandbox-"
_CARD = Method("visa", "4242")
"""What everybody pays with here."""


class SandboxProvider:
    slug = "sandbox"

    def create_checkout(self, request: CheckoutRequest) -> CheckoutState:
        checkout, _made = SandboxCheckout.objects.get_or_create(
            key=request.attempt_id,
            defaults={
                "amount": request.price.amount,
                "currency": request.price.currency,
                "expires_at": request.expires_at,
                "success_url": request.success_url,
                "cancel_url": request.cancel_url,
            },
        )
        return _state(checkout)

    def fetch_checkout(self, external_id: str) -> CheckoutState:
        checkout = _find(external_id)
        if checkout.state == SandboxCheckout.State.OPEN and checkout.expires_at <= clock.now():
            return self.close_checkout(external_id)
        return _state(checkout)

    def close_checkout(self, external_id: str) -> CheckoutState:
        SandboxCheckout.objects.filter(key=UUID(external_id), state=SandboxCheckout.State.OPEN).update(
            state=SandboxCheckout.State.EXPIRED
        )
        return _state(_find(external_id))

    def pay(self, external_id: str) -> bool:
        """What the vendor's page does on Pay; False when the page can no longer be paid."""
        return bool(
            SandboxCheckout.objects.filter(
                key=UUID(external_id), state=SandboxCheckout.State.OPEN, expires_at__gt=clock.now()
            ).update(state=SandboxCheckout.State.PAID)
        )

    def refund(self, request: RefundRequest) -> RefundState:
        checkout = _find(request.checkout_external_id)
        if checkout.state != SandboxCheckout.State.PAID:
            raise Permanent("This checkout was never paid.")
        if checkout.refund_key not in {None, request.refund_id}:
            raise Permanent("This checkout was refunded before.")
        SandboxCheckout.objects.filter(key=checkout.key).update(refund_key=request.refund_id)
        return RefundState(f"{_PREFIX}{request.refund_id}", succeeded=True, key=request.key)

    def fetch_refund(self, external_id: str) -> RefundState:
        refund_id = UUID(external_id.removeprefix(_PREFIX))
        if not SandboxCheckout.objects.filter(refund_key=refund_id).exists():
            raise Permanent("The sandbox knows no such refund.")
        return RefundState(external_id, succeeded=True)

    def find_refund(self, request: RefundRequest) -> RefundState | None:
        if _find(request.checkout_external_id).refund_key != request.refund_id:
            return None
        return RefundState(f"{_PREFIX}{request.refund_id}", succeeded=True, key=request.key)

    def is_disputed(self, payment_external_id: str) -> bool:
        return False


def _find(external_id: str) -> SandboxCheckout:
    checkout = SandboxCheckout.objects.filter(key=UUID(external_id)).first()
    if checkout is None:
        raise Permanent("The sandbox knows no such checkout.")
    return checkout


def _state(checkout: SandboxCheckout) -> CheckoutState:
    is_open = checkout.state == SandboxCheckout.State.OPEN
    return CheckoutState(
        external_id=str(checkout.key),
        status=_STATUS[SandboxCheckout.State(checkout.state)],
        price=Money(checkout.amount, checkout.currency),
        attempt_id=str(checkout.key),
        url=f"{settings.BASE_URL}/sandbox/checkout/{checkout.key}" if is_open else "",
        payment_external_id=f"{_PREFIX}{checkout.key}",
        method=_CARD if checkout.state == SandboxCheckout.State.PAID else Method(),
    )
