"""Is every price that can be saved one that can be charged, to the last coin?"""

import pytest
from babel.numbers import list_currencies
from hypothesis import assume, given
from hypothesis import strategies as st

from duologue.core.errors import Permanent
from duologue.core.money import Money, exponent
from duologue.payments import prices
from duologue.payments.prices import Refusal
from duologue.payments.providers.stripe_units import from_stripe, to_stripe
from duologue.web.forms_hosting import CURRENCIES

currencies = st.sampled_from(sorted(list_currencies()))
amounts = st.integers(min_value=0, max_value=2**31 - 1)


@given(amounts, currencies)
def test_there_and_back_is_the_same_money(amount, currency):
    money = Money(amount, currency)
    try:
        charged = to_stripe(money)
    except Permanent:
        assume(False)
    assert from_stripe(charged, currency.lower()) == money


@given(amounts, currencies)
def test_what_passes_is_taken_whole(amount, currency):
    money = Money(amount, currency)
    if prices.refusal(money) is not None:
        return
    charged = to_stripe(money)
    assert 0 <= charged <= 99_999_999
    assert from_stripe(charged, currency) == money


@given(st.sampled_from(CURRENCIES))
def test_the_edges_pass_and_what_is_beyond_does_not(currency):
    least, dearest = prices.least(currency), prices.dearest(currency)
    assert prices.refusal(least) is None
    assert prices.refusal(dearest) is None
    assert prices.refusal(Money(dearest.amount + 10, currency)) is Refusal.TOO_LARGE
    if least.amount > 1:
        assert prices.refusal(Money(least.amount - 1, currency)) in {Refusal.TOO_SMALL, Refusal.LAST_DIGIT}


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_number_that_is_charged_reads_as_the_price(currency):
    """Sixty-five of the main unit: 65 where there is no smaller coin, 6500, or 65000."""
    price = Money(65 * 10 ** exponent(currency), currency)
    expected = {"ISK": 6500}.get(currency, price.amount)
    assert to_stripe(price) == expected


@pytest.mark.parametrize(
    ("money", "why"),
    [
        (Money(0, "EUR"), None),
        (Money(0, "UGX"), None),
        (Money(49, "EUR"), Refusal.TOO_SMALL),
        (Money(50, "EUR"), None),
        (Money(49, "JPY"), Refusal.TOO_SMALL),
        (Money(6500, "JPY"), None),
        (Money(6505, "KWD"), Refusal.LAST_DIGIT),
        (Money(6510, "KWD"), None),
        (Money(6500, "UGX"), Refusal.CURRENCY),
        (Money(6500, "LYD"), Refusal.CURRENCY),
        (Money(100_000_000, "EUR"), Refusal.TOO_LARGE),
        (Money(1_000_000, "ISK"), Refusal.TOO_LARGE),
    ],
)
def test_what_cannot_be_charged(money, why):
    assert prices.refusal(money) is why
