"""Which gateways exist, and which one is in use?"""

from importlib import import_module

from django.conf import settings

from duologue.core.errors import NotConfigured
from duologue.payments.contract import PaymentProvider

PROVIDERS = {
    "sandbox": "duologue.payments.providers.sandbox:SandboxProvider",
    "stripe": "duologue.payments.providers.stripe:StripeProvider",
}


def provider(slug: str) -> PaymentProvider:
    """The adapter of a gateway; raises NotConfigured for an unknown name."""
    try:
        module, _, name = PROVIDERS[slug].partition(":")
    except KeyError:
        raise NotConfigured(f"There is no payment gateway called {slug!r}.") from None
    adapter: PaymentProvider = getattr(import_module(module), name)()
    return adapter


def default_slug() -> str:
    """The gateway that new payments use; empty when only free sessions are possible (PAY-4)."""
    return str(settings.DUOLOGUE_PAYMENT_PROVIDER)
