"""What is an amount of money? Integer minor units and an ISO 4217 code, never a float."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision, list_currencies

# CLDR asks for this space in KWD 6.500, and Babel leaves it out.
_LETTER_MEETS_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units (cents; whole yen), `currency` as ISO 4217 code in capitals."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if not is_currency(self.currency):
            msg = f"{self.currency!r} is not an ISO 4217 currency code."
            raise ValueError(msg)

    @property
    def is_free(self) -> bool:
        return self.amount == 0

    @property
    def major(self) -> Decimal:
        """The amount in the currency's main unit."""
        return Decimal(self.amount).scaleb(-exponent(self.currency))

    def format(self, locale: str = "en_GB") -> str:
        """The amount as a person writes it in `locale` (a Babel identifier), for example €65.00."""
        return _LETTER_MEETS_DIGIT.sub(
            "\N{NO-BREAK SPACE}", format_currency(self.major, self.currency, locale=locale)
        )


def is_currency(code: str) -> bool:
    return code in _codes()


def exponent(currency: str) -> int:
    """Digits after the point: 2 for EUR, 0 for JPY, 3 for KWD (CLDR's table)."""
    return get_currency_precision(currency)


def parse_major(text: str, currency: str) -> Money:
    """Read an amount typed in main units; raises ValueError with what to do about it."""
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        msg = "Write the price in digits, for example 65 or 65.00."
        raise ValueError(msg) from None
    places = exponent(currency)
    minor = value.scaleb(places)
    if not value.is_finite() or minor != minor.to_integral_value():
        msg = f"{currency} has {places} digits after the point."
        raise ValueError(msg)
    return Money(int(minor), currency)


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())
