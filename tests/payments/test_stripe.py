"""Does the Stripe adapter say the right things to Stripe, and understand what comes back?"""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs
from uuid import uuid4

import pytest

from duologue.core import clock
from duologue.core.errors import NotConfigured, Permanent, ProviderError, Retryable
from duologue.core.money import Money, exponent
from duologue.payments.contract import CheckoutRequest, CheckoutStatus, RefundRequest
from duologue.payments.providers.stripe_client import VERSION
from duologue.payments.providers.stripe_units import from_stripe, to_stripe
from duologue.payments.registry import provider
from duologue_simulators.stripe import form
from duologue_simulators.stripe.account import DISPUTED, REFUND_BOUNCES, REFUND_WAITS, TRANSFER
from tests.gateways import calls, fail_next, pay
from tests.simulators import stripe_spec

CREATE, REFUND = "POST /v1/checkout/sessions", "POST /v1/refunds"


@pytest.fixture
def adapter(stripe):
    return provider("stripe")


@pytest.fixture
def wish():
    return CheckoutRequest(
        attempt_id=uuid4(),
        booking_id=uuid4(),
        price=Money(6500, "EUR"),
        description="Quiet Rooms",
        customer_email="amara@obi.example",
        language="pt-br",
        expires_at=clock.now() + timedelta(minutes=31),
        success_url="https://sessions.example/paid?attempt=1",
        cancel_url="https://sessions.example/left",
    )


@pytest.fixture
def paid(adapter, stripe, wish):
    return paid_by(adapter, stripe, wish)


def paid_by(adapter, stripe, wish, *way):
    made = adapter.create_checkout(wish)
    pay(stripe, made.external_id, *way)
    return adapter.fetch_checkout(made.external_id)


def refund_of(state):
    refund_id = uuid4()
    return RefundRequest(
        refund_id, f"refund-{refund_id}", state.external_id, state.payment_external_id, state.price
    )


class TestWhatIsSaid:
    def test_a_page_is_asked_for_with_all_that_is_needed_and_nothing_else(self, adapter, stripe, wish):
        adapter.create_checkout(wish)
        [call] = stripe.api.calls
        sent = {name: values[0] for name, values in parse_qs(call.text, strict_parsing=True).items()}
        ours = {"attempt_id": str(wish.attempt_id), "booking_id": str(wish.booking_id)}
        assert sent == {
            "mode": "payment",
            "submit_type": "book",
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": "eur",
            "line_items[0][price_data][unit_amount]": "6500",
            "line_items[0][price_data][product_data][name]": "Quiet Rooms",
            "payment_intent_data[description]": "Quiet Rooms",
            "expires_at": str(int(wish.expires_at.timestamp())),
            "client_reference_id": str(wish.attempt_id),
            "customer_email": "amara@obi.example",
            "locale": "pt-BR",
            "allowed_payment_method_types[0]": "card",
            "adaptive_pricing[enabled]": "false",
            "success_url": wish.success_url,
            "cancel_url": wish.cancel_url,
            **{f"metadata[{name}]": value for name, value in ours.items()},
            **{f"payment_intent_data[metadata][{name}]": value for name, value in ours.items()},
        }
        assert call.headers["Idempotency-Key"] == f"checkout-{wish.attempt_id}"
        assert call.headers["Stripe-Version"] == VERSION == "2026-10-28.endive"
        assert call.headers["Authorization"] == "Bearer sk_test_of_these_tests"

    def test_a_refund_names_payment_sum_and_our_own_id(self, adapter, stripe, paid):
        request = refund_of(paid)
        adapter.refund(request)
        call = stripe.api.calls[-1]
        sent = {name: values[0] for name, values in parse_qs(call.text).items()}
        assert sent == {
            "payment_intent": paid.payment_external_id,
            "amount": "6500",
            "metadata[refund_id]": str(request.refund_id),
            "metadata[key]": request.key,
        }
        assert call.headers["Idempotency-Key"] == request.key

    def test_everything_said_is_in_stripes_own_description(self, adapter, stripe, wish, settings):
        settings.DUOLOGUE_STRIPE_DELAYED_METHODS = True
        made = adapter.create_checkout(replace(wish, customer_email="", attempt_id=uuid4()))
        paid = paid_by(adapter, stripe, wish)
        adapter.close_checkout(made.external_id)
        adapter.close_checkout(paid.external_id)
        refund = adapter.refund(refund_of(paid))
        adapter.fetch_refund(refund.external_id)
        adapter.is_disputed(paid.payment_external_id)
        with pytest.raises(Permanent):
            adapter.refund(refund_of(paid))
        asked = set()
        for call in stripe.api.calls:
            template = (
                call.path.replace(made.external_id, "{session}")
                .replace(paid.external_id, "{session}")
                .replace(refund.external_id, "{refund}")
                .replace(paid.payment_external_id, "{intent}")
            )
            asked.add(f"{call.method} {template}")
            stripe_spec.check_request(f"{call.method} {template}", form.parse(call.text))
        assert len(asked) == 7

    @pytest.mark.parametrize(
        ("language", "locale"),
        [
            ("en", "en"),
            ("en-gb", "en-GB"),
            ("de-at", "de"),
            ("pt_BR", "pt-BR"),
            ("zh-tw", "zh-TW"),
            ("yo", "auto"),
            ("", "auto"),
        ],
    )
    def test_stripe_is_asked_to_speak_what_it_can(self, adapter, stripe, wish, language, locale):
        adapter.create_checkout(replace(wish, language=language))
        assert form.parse(stripe.api.calls[-1].text)["locale"] == locale

    def test_delayed_methods_only_where_the_operator_allows_them(self, adapter, stripe, wish, settings):
        settings.DUOLOGUE_STRIPE_DELAYED_METHODS = True
        adapter.create_checkout(wish)
        assert "allowed_payment_method_types" not in form.parse(stripe.api.calls[-1].text)

    def test_without_an_address_none_is_said(self, adapter, stripe, wish):
        for number, email in enumerate(("", "björn@höfn.example")):
            adapter.create_checkout(replace(wish, customer_email=email, attempt_id=uuid4()))
            assert "customer_email" not in form.parse(stripe.api.calls[number].text)

    def test_a_moved_clock_is_ours_alone(self, adapter, wish, own_clock):
        clock.set_offset(timedelta(days=3))
        made = adapter.create_checkout(replace(wish, expires_at=clock.now() + timedelta(minutes=31)))
        assert made.status is CheckoutStatus.OPEN


class TestUnits:
    @pytest.mark.parametrize(
        ("amount", "currency", "at_stripe"),
        [
            (6500, "EUR", 6500),
            (6500, "JPY", 6500),
            (6500, "KRW", 6500),
            (4500, "KWD", 4500),
            (900, "ISK", 90000),
            (900, "UGX", 90000),
            (900, "RSD", 90000),
        ],
    )
    def test_amounts_are_told_in_stripes_units(self, amount, currency, at_stripe):
        assert to_stripe(Money(amount, currency)) == at_stripe
        assert from_stripe(at_stripe, currency.lower()) == Money(amount, currency)

    def test_a_part_of_what_cannot_be_parted_is_refused(self):
        with pytest.raises(Permanent):
            from_stripe(90050, "isk")

    def test_more_digits_than_stripe_has_are_refused(self):
        assert exponent("CLF") == 4
        with pytest.raises(Permanent):
            to_stripe(Money(1, "CLF"))


class TestTrouble:
    @pytest.mark.parametrize(
        ("kind", "error", "asked", "is_spent"),
        [
            ("429", Retryable, 1, False),
            ("500", Retryable, 1, True),
            ("503", Retryable, 3, True),
            ("409", Retryable, 3, False),
            ("cut", Retryable, 3, False),
            ("401", NotConfigured, 1, False),
            ("403", NotConfigured, 1, False),
        ],
    )
    def test_errors_say_what_follows(self, adapter, stripe, wish, kind, error, asked, is_spent):
        fail_next(stripe, kind, CREATE, times=3)
        with pytest.raises(ProviderError) as raised:
            adapter.create_checkout(wish)
        assert type(raised.value) is error
        assert calls(stripe, CREATE) == asked
        assert bool(raised.value.data.get("is_spent")) == is_spent
        assert "sk_test" not in raised.value.message

    def test_nobody_at_the_address_is_retryable(self, adapter, wish, settings):
        settings.DUOLOGUE_STRIPE_API_BASE = "http://127.0.0.1:9"
        with pytest.raises(Retryable):
            adapter.create_checkout(wish)

    def test_without_a_key_it_is_not_configured(self, adapter, wish, settings):
        settings.DUOLOGUE_STRIPE_SECRET_KEY = ""
        with pytest.raises(NotConfigured):
            adapter.create_checkout(wish)

    def test_other_values_under_the_same_key_are_refused_for_good(self, adapter, wish):
        adapter.create_checkout(wish)
        with pytest.raises(Permanent):
            adapter.create_checkout(replace(wish, price=Money(1, "EUR")))

    @pytest.mark.parametrize("minutes", [29, 24 * 60 + 1])
    def test_stripe_allows_no_other_end_than_in_30_minutes_to_24_hours(self, adapter, wish, minutes):
        with pytest.raises(Permanent):
            adapter.create_checkout(replace(wish, expires_at=clock.now() + timedelta(minutes=minutes)))

    @pytest.mark.parametrize("kind", ["lost", "503", "cut", "409"])
    def test_an_answer_that_got_lost_is_asked_for_again_with_the_same_key(self, adapter, stripe, wish, kind):
        fail_next(stripe, kind, CREATE)
        assert adapter.create_checkout(wish).status is CheckoutStatus.OPEN
        assert len(stripe.account.sessions) == 1
        first, again = stripe.api.calls
        assert first.headers["Idempotency-Key"] == again.headers["Idempotency-Key"]
        assert first.text == again.text


class TestPages:
    def test_paid_while_it_is_being_closed_means_paid(self, adapter, stripe, wish):
        made = adapter.create_checkout(wish)
        fail_next(stripe, "paid_meanwhile", f"POST /v1/checkout/sessions/{made.external_id}/expire")
        assert adapter.close_checkout(made.external_id).status is CheckoutStatus.PAID

    @pytest.mark.parametrize(
        ("arrives", "status"), [(True, CheckoutStatus.PAID), (False, CheckoutStatus.CLOSED)]
    )
    def test_money_on_its_way_is_not_paid_yet(self, adapter, stripe, wish, settings, arrives, status):
        settings.DUOLOGUE_STRIPE_DELAYED_METHODS = True
        coming = paid_by(adapter, stripe, wish, TRANSFER)
        assert coming.status is CheckoutStatus.PROCESSING
        assert adapter.close_checkout(coming.external_id).status is CheckoutStatus.PROCESSING
        stripe.account.end_transfer(coming.external_id, arrives=arrives)
        ended = adapter.fetch_checkout(coming.external_id).status
        assert ended is (CheckoutStatus.PAID if arrives else CheckoutStatus.CLOSED)


class TestMethods:
    def test_a_transfer_has_a_name_and_no_card(self, adapter, stripe, wish, settings):
        settings.DUOLOGUE_STRIPE_DELAYED_METHODS = True
        coming = paid_by(adapter, stripe, wish, TRANSFER)
        assert coming.method.name == ""
        stripe.account.end_transfer(coming.external_id, arrives=True)
        method = adapter.fetch_checkout(coming.external_id).method
        assert (method.name, method.last4) == ("sepa_debit", "")

    @pytest.mark.parametrize(
        ("brand", "last4", "told"),
        [
            ("unknown", "4242", ("card", "4242")),
            (None, None, ("card", "")),
            ("visa", "42", ("visa", "")),
            ("a" * 50, "0000", ("a" * 32, "0000")),
        ],
    )
    def test_what_stripe_leaves_open_stays_open(self, adapter, stripe, paid, brand, last4, told):
        [charge] = stripe.account.charges.values()
        charge["payment_method_details"]["card"] |= {"brand": brand, "last4": last4}
        method = adapter.fetch_checkout(paid.external_id).method
        assert (method.name, method.last4) == told

    def test_a_charge_without_details_is_paid_all_the_same(self, adapter, stripe, paid):
        [charge] = stripe.account.charges.values()
        charge["payment_method_details"] = None
        found = adapter.fetch_checkout(paid.external_id)
        assert (found.status, found.method.name) == (CheckoutStatus.PAID, "")

    def test_a_key_that_may_not_read_charges_hears_that_it_is_paid(self, adapter, stripe, paid):
        fail_next(stripe, "403", "GET /v1/checkout/sessions")
        found = adapter.fetch_checkout(paid.external_id)
        assert (found.status, found.method.name) == (CheckoutStatus.PAID, "")
        assert found.payment_external_id == paid.payment_external_id


class TestRefunds:
    def test_one_that_waits_is_pending_until_stripe_says_so(self, adapter, stripe, wish):
        refund = adapter.refund(refund_of(paid_by(adapter, stripe, wish, REFUND_WAITS)))
        assert (refund.pending, refund.succeeded) == (True, False)
        stripe.account.end_refund(refund.external_id, succeeds=True)
        assert adapter.fetch_refund(refund.external_id).succeeded

    def test_one_can_fail_after_it_succeeded(self, adapter, stripe, wish):
        refund = adapter.refund(refund_of(paid_by(adapter, stripe, wish, REFUND_BOUNCES)))
        assert refund.succeeded
        stripe.account.end_refund(refund.external_id, succeeds=False)
        bounced = adapter.fetch_refund(refund.external_id)
        assert (bounced.succeeded, bounced.pending) == (False, False)
        assert bounced.failure == "expired_or_canceled_card"

    def test_a_500_after_it_was_made_does_not_hide_it(self, adapter, stripe, paid):
        request = refund_of(paid)
        fail_next(stripe, "500_after", REFUND)
        assert adapter.refund(request).succeeded
        assert adapter.refund(request).succeeded
        assert len(stripe.account.refunds) == 1

    def test_a_500_before_it_was_made_is_retryable(self, adapter, stripe, paid):
        fail_next(stripe, "500", REFUND)
        with pytest.raises(Retryable):
            adapter.refund(refund_of(paid))
        assert not stripe.account.refunds

    def test_a_key_that_stripe_forgot_finds_the_refund_again(self, adapter, stripe, paid):
        request = refund_of(paid)
        first = adapter.refund(request)
        stripe.account.move_clock(25 * 3600)
        assert adapter.refund(request).external_id == first.external_id
        assert len(stripe.account.refunds) == 1

    def test_a_second_one_made_under_a_forgotten_key_counts_before_the_first_that_failed(
        self, adapter, stripe, paid
    ):
        request = refund_of(paid)
        first = adapter.refund(request)
        stripe.account.end_refund(first.external_id, succeeds=False)
        stripe.account.move_clock(25 * 3600)
        second = adapter.refund(request)
        assert (second.succeeded, second.external_id != first.external_id) == (True, True)
        later_try = replace(request, key=f"{request.key}-2")
        assert adapter.refund(later_try).external_id == second.external_id
        assert len(stripe.account.refunds) == 2

    def test_a_disputed_payment_is_not_refunded(self, adapter, stripe, wish):
        disputed = paid_by(adapter, stripe, wish, DISPUTED)
        assert adapter.is_disputed(disputed.payment_external_id)
        with pytest.raises(Permanent) as refused:
            adapter.refund(refund_of(disputed))
        assert refused.value.data["reason"] == "charge_disputed"
