"""Does every gateway keep the contract? One suite for all; Stripe's client talks to a simulated Stripe."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import pytest

from duologue.core import clock
from duologue.core.errors import Permanent
from duologue.core.money import Money
from duologue.payments.contract import (
    CheckoutRequest,
    CheckoutState,
    CheckoutStatus,
    PaymentProvider,
    RefundRequest,
)
from duologue.payments.models import SandboxCheckout
from duologue.payments.providers.sandbox import SandboxProvider
from duologue.payments.registry import PROVIDERS, provider
from tests import gateways

pytestmark = pytest.mark.django_db


@dataclass
class Gateway:
    """An adapter, and what the payer and time do to its pages."""

    adapter: PaymentProvider
    pay: Callable[[str], bool]
    let_it_end: Callable[[str], None]


def sandbox() -> Gateway:
    adapter = SandboxProvider()

    def let_it_end(external_id: str) -> None:
        SandboxCheckout.objects.filter(key=external_id).update(expires_at=clock.now())

    return Gateway(adapter, adapter.pay, let_it_end)


def stripe(simulator) -> Gateway:
    def pay(external_id: str) -> bool:
        session = simulator.account.session(external_id)
        return session["status"] == "open" and gateways.pay(simulator, external_id) == "paid"

    return Gateway(provider("stripe"), pay, lambda _: simulator.account.move_clock(32 * 60))


@pytest.fixture(params=sorted(PROVIDERS))
def gateway(request) -> Gateway:
    return sandbox() if request.param == "sandbox" else stripe(request.getfixturevalue("stripe"))


@pytest.fixture
def wish() -> CheckoutRequest:
    return CheckoutRequest(
        attempt_id=uuid4(),
        booking_id=uuid4(),
        price=Money(6500, "EUR"),
        description="Duologue",
        customer_email="amara@obi.example",
        language="en",
        expires_at=clock.now() + timedelta(minutes=31),
        success_url="https://sessions.example/paid",
        cancel_url="https://sessions.example/left",
    )


def refund_of(paid: CheckoutState, key: str = "") -> RefundRequest:
    refund_id = uuid4()
    return RefundRequest(
        refund_id=refund_id,
        key=key or f"refund-{refund_id}",
        checkout_external_id=paid.external_id,
        payment_external_id=paid.payment_external_id,
        amount=paid.price,
    )


@pytest.fixture
def paid(gateway, wish) -> CheckoutState:
    made = gateway.adapter.create_checkout(wish)
    assert gateway.pay(made.external_id)
    return gateway.adapter.fetch_checkout(made.external_id)


def test_a_page_is_open_and_names_what_it_is_for(gateway, wish):
    made = gateway.adapter.create_checkout(wish)
    assert made.status is CheckoutStatus.OPEN
    assert made.url.startswith("http")
    assert made.price == wish.price
    assert made.attempt_id == str(wish.attempt_id)
    assert gateway.adapter.fetch_checkout(made.external_id) == made


def test_the_same_attempt_has_the_same_page(gateway, wish):
    assert gateway.adapter.create_checkout(wish) == gateway.adapter.create_checkout(wish)
    other = gateway.adapter.create_checkout(replace(wish, attempt_id=uuid4()))
    assert other.external_id != gateway.adapter.create_checkout(wish).external_id


@pytest.mark.parametrize(("amount", "currency"), [(50, "EUR"), (6500, "JPY"), (4200, "KWD"), (900, "ISK")])
def test_money_keeps_its_unit(gateway, wish, amount, currency):
    price = Money(amount, currency)
    made = gateway.adapter.create_checkout(replace(wish, price=price))
    assert gateway.pay(made.external_id)
    assert gateway.adapter.fetch_checkout(made.external_id).price == price


def test_paid_is_paid_and_stays_so(gateway, paid):
    assert paid.status is CheckoutStatus.PAID
    assert paid.payment_external_id
    assert not paid.url
    assert not gateway.pay(paid.external_id)
    assert gateway.adapter.close_checkout(paid.external_id).status is CheckoutStatus.PAID
    assert not gateway.adapter.is_disputed(paid.payment_external_id)


def test_of_a_card_brand_and_last_digits_are_told_once_it_paid(gateway, wish, paid):
    assert (paid.method.name, paid.method.last4) == ("visa", "4242")
    unpaid = gateway.adapter.create_checkout(replace(wish, attempt_id=uuid4()))
    assert gateway.adapter.fetch_checkout(unpaid.external_id).method.name == ""


def test_closed_can_no_longer_be_paid(gateway, wish):
    made = gateway.adapter.create_checkout(wish)
    for _ in range(2):
        closed = gateway.adapter.close_checkout(made.external_id)
        assert closed.status is CheckoutStatus.CLOSED
        assert not closed.url
    assert not gateway.pay(made.external_id)
    assert gateway.adapter.fetch_checkout(made.external_id).status is CheckoutStatus.CLOSED


def test_a_page_ends_by_itself(gateway, wish):
    made = gateway.adapter.create_checkout(wish)
    gateway.let_it_end(made.external_id)
    assert gateway.adapter.fetch_checkout(made.external_id).status is CheckoutStatus.CLOSED
    assert not gateway.pay(made.external_id)


def test_money_goes_back_once_for_a_key(gateway, paid):
    request = refund_of(paid)
    first = gateway.adapter.refund(request)
    assert first.succeeded
    assert first.key == request.key
    assert gateway.adapter.refund(request).external_id == first.external_id
    assert gateway.adapter.fetch_refund(first.external_id).succeeded


def test_a_refund_of_which_nobody_heard_is_found_by_what_was_asked(gateway, paid):
    request = refund_of(paid)
    assert gateway.adapter.find_refund(request) is None
    made = gateway.adapter.refund(request)
    assert gateway.adapter.find_refund(request) == made
    later_try = replace(request, key=f"{request.key}-2")
    assert gateway.adapter.find_refund(later_try).succeeded
    assert gateway.adapter.find_refund(refund_of(paid)) is None


def test_money_never_goes_back_twice(gateway, paid):
    gateway.adapter.refund(refund_of(paid))
    with pytest.raises(Permanent):
        gateway.adapter.refund(refund_of(paid))


def test_what_was_not_paid_cannot_go_back(gateway, wish):
    made = gateway.adapter.create_checkout(wish)
    with pytest.raises(Permanent):
        gateway.adapter.refund(refund_of(made))


def test_the_unknown_is_an_error_for_good(gateway):
    with pytest.raises(Permanent):
        gateway.adapter.fetch_checkout(str(uuid4()))
    with pytest.raises(Permanent):
        gateway.adapter.fetch_refund(f"sandbox-{uuid4()}")
