"""Is an amount the same whichever way it goes: typed, kept, shown, in every currency there is?"""

import re
from decimal import Decimal

import pytest
from babel.numbers import list_currencies, parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from duologue.core.money import Money, exponent, is_currency, parse_major
from duologue.web.forms_hosting import CURRENCIES

currencies = st.sampled_from(sorted(list_currencies()))
amounts = st.integers(min_value=0, max_value=2**31 - 1)


@given(amounts, currencies)
def test_what_is_typed_from_what_is_kept_is_kept_again(amount, currency):
    kept = Money(amount, currency)
    assert parse_major(f"{kept.major:f}", currency) == kept
    assert parse_major(f"{kept.major:f}".replace(".", ","), currency) == kept


@given(amounts, currencies)
def test_what_is_shown_is_what_is_kept(amount, currency):
    kept = Money(amount, currency)
    shown = re.search(r"\d[\d.,]*", kept.format())
    assert Decimal(parse_decimal(shown[0], locale="en_GB")) == kept.major


@given(amounts, currencies)
def test_shown_with_all_its_digits_and_no_more(amount, currency):
    _, _, digits = re.search(r"\d[\d.,]*", Money(amount, currency).format())[0].partition(".")
    assert len(digits) == exponent(currency)


@given(st.decimals(min_value=0, max_value=10**6, places=6), currencies)
def test_a_part_of_the_smallest_coin_is_refused_never_rounded(value, currency):
    minor = value.scaleb(exponent(currency))
    if minor == minor.to_integral_value():
        assert parse_major(f"{value:f}", currency).amount == minor
    else:
        with pytest.raises(ValueError, match=currency):
            parse_major(f"{value:f}", currency)


@given(st.text(max_size=12))
def test_nothing_but_numbers_is_read(text):
    if not re.search(r"\d", text):
        with pytest.raises(ValueError, match="digits"):
            parse_major(text, "EUR")


@given(st.text(max_size=4))
def test_no_currency_that_does_not_exist(code):
    if not is_currency(code):
        with pytest.raises(ValueError, match="ISO 4217"):
            Money(1, code)


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(6500, "EUR"), "€65.00"),
        (Money(6500, "JPY"), "JP¥6,500"),
        (Money(6500, "KWD"), "KWD 6.500"),
        (Money(100, "EUR"), "€1.00"),
    ],
)
def test_zero_two_and_three_digits(money, shown):
    assert money.format().replace("\N{NO-BREAK SPACE}", " ") == shown


def test_what_is_kept_means_the_same_after_an_update_of_the_tables():
    """Kept amounts are counted in these digits: if the tables ever change, prices must be converted first."""
    without = {"CLP", "ISK", "JPY", "KRW", "VND"}
    with_three = {"BHD", "JOD", "KWD", "OMR", "TND"}
    for currency in CURRENCIES:
        assert exponent(currency) == (0 if currency in without else 3 if currency in with_three else 2)
