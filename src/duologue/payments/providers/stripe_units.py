"""How does Stripe count money? In units that are not always the currency's own.

https://docs.stripe.com/currencies: some currencies have no minor unit there, some have three digits, and all
others two, among them such as ISK and UGX that have no coins any more.
"""

from duologue.core.errors import Permanent
from duologue.core.money import Money, exponent

_NO_DIGITS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD JOD KWD OMR TND"


def to_stripe(money: Money) -> int:
    """The amount as Stripe wants it; raises Permanent for what it cannot take."""
    shift = _digits(money.currency) - exponent(money.currency)
    if shift < 0:
        raise Permanent(f"Stripe cannot take amounts in {money.currency}.")
    return money.amount * int(10**shift)


def from_stripe(amount: int, currency: str) -> Money:
    """Stripe's amount as ours; raises Permanent for a part of what cannot be parted."""
    code = currency.upper()
    whole, rest = divmod(amount, int(10 ** max(0, _digits(code) - exponent(code))))
    if rest:
        raise Permanent(f"Stripe names {amount} {code}, which is no whole amount of that currency.")
    return Money(whole, code)


def _digits(currency: str) -> int:
    if currency in _NO_DIGITS:
        return 0
    return 3 if currency in _THREE_DIGITS else 2
