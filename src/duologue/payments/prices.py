"""Which prices can be charged safely? Said when an offer is saved, not when somebody wants to pay.

The rules are those of https://docs.stripe.com/currencies, and hold for every gateway: the same offers
must work once real keys are set.
"""

from enum import StrEnum

from duologue.core.errors import Permanent
from duologue.core.money import Money
from duologue.payments.providers.stripe_units import to_stripe

DEAREST = 99_999_999
"""In the gateway's units: eight digits are what card networks take."""
_LEAST = {
    "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50,
    "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
"""The smallest charge, in the gateway's units, where one is known; elsewhere any price above nothing."""
_UNCLEAR = frozenset({"UGX"})
"""Listed as having no minor unit and as needing one: a slip would charge a hundred times the price."""
_TENS_ONLY = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Three digits after the point, of which the last must be 0."""


class Refusal(StrEnum):
    CURRENCY = "currency"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    LAST_DIGIT = "last_digit"


def refusal(price: Money) -> Refusal | None:
    """Why a price cannot be charged; None when it can, or costs nothing."""
    if price.is_free:
        return None
    if price.currency in _UNCLEAR:
        return Refusal.CURRENCY
    try:
        charged = to_stripe(price)
    except Permanent:
        return Refusal.CURRENCY
    if charged > DEAREST:
        return Refusal.TOO_LARGE
    if price.currency in _TENS_ONLY and charged % 10:
        return Refusal.LAST_DIGIT
    return Refusal.TOO_SMALL if charged < _LEAST.get(price.currency, 1) else None


def least(currency: str) -> Money:
    """The smallest price above nothing that can be charged."""
    unit = to_stripe(Money(1, currency))
    smallest = -(-_LEAST.get(currency, 1) // unit)
    return Money(10 if currency in _TENS_ONLY else smallest, currency)


def dearest(currency: str) -> Money:
    """The largest price that can be charged."""
    most = DEAREST // to_stripe(Money(1, currency))
    return Money(most - most % 10 if currency in _TENS_ONLY else most, currency)
