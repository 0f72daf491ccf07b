"""With what was a session paid, in words: a card's brand and last four digits, or another method's name?"""

from django.utils.translation import gettext as _

from duologue.payments.models import Payment, Refund

_BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
_OWN_NAMES = {
    "amazon_pay": "Amazon Pay",
    "blik": "BLIK",
    "cashapp": "Cash App Pay",
    "eps": "EPS",
    "ideal": "iDEAL",
    "mobilepay": "MobilePay",
    "p24": "Przelewy24",
    "paypal": "PayPal",
    "revolut_pay": "Revolut Pay",
    "wechat_pay": "WeChat Pay",
}


def told(payment: Payment | None) -> str:
    """Visa card ending in 4242; Mastercard card; SEPA direct debit; empty where nobody told us."""
    if payment is None or not payment.method:
        return ""
    brand = _BRANDS.get(payment.method, "")
    if payment.last4:
        words = _("%(brand)s card ending in %(last4)s") if brand else _("card ending in %(last4)s")
        return words % {"brand": brand, "last4": payment.last4}
    return _("%(brand)s card") % {"brand": brand} if brand else _named(payment.method)


def card_of(refund: Refund) -> str:
    """The card that a refund goes back to; empty for other ways, and for what was paid twice: unknown."""
    if refund.cause == Refund.Cause.PAID_TWICE or not refund.payment.last4:
        return ""
    return told(refund.payment)


def _named(method: str) -> str:
    ours = {
        "card": _("card"),
        "sepa_debit": _("SEPA direct debit"),
        "bacs_debit": _("Bacs direct debit"),
        "customer_balance": _("bank transfer"),
        "us_bank_account": _("bank account"),
    }
    return ours.get(method) or _OWN_NAMES.get(method) or method.replace("_", " ").capitalize()
