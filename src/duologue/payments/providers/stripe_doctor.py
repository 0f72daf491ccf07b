"""Is Stripe set up so that money comes, goes back and is heard of? Asks Stripe itself."""

from django.conf import settings

from duologue.core.errors import NotConfigured, ProviderError
from duologue.payments import keys
from duologue.payments.providers.stripe_client import answers, client
from duologue.payments.providers.stripe_events import WANTED


def troubles() -> list[str]:
    """What is wrong, in sentences; none when all is well."""
    try:
        with answers():
            is_live = client().v1.balance.retrieve().livemode
    except ProviderError as error:
        where = f" ({settings.DUOLOGUE_STRIPE_API_BASE})" if settings.DUOLOGUE_STRIPE_API_BASE else ""
        return [f"{error.message}{where}"]
    found = []
    if is_live != (keys.mode(settings.DUOLOGUE_STRIPE_SECRET_KEY) == keys.LIVE):
        found.append("Stripe answers in another mode than the key names.")
    if not settings.DUOLOGUE_STRIPE_WEBHOOK_SECRETS:
        found.append("DUOLOGUE_STRIPE_WEBHOOK_SECRETS is not set, so payments are heard of late.")
    # At home no endpoint can reach us, and Stripe's own tool hands events on.
    return found if settings.ENV == "development" else found + _endpoint_troubles()


def _endpoint_troubles() -> list[str]:
    url = f"{settings.BASE_URL}/webhooks/stripe"
    try:
        with answers():
            endpoints = client().v1.webhook_endpoints.list({"limit": 100}).data
    except NotConfigured:
        # A restricted key need not read this.
        return []
    ours = [endpoint for endpoint in endpoints if endpoint.url == url and endpoint.status == "enabled"]
    if not ours:
        return [f"Stripe has no enabled webhook endpoint {url}."]
    told = {event for endpoint in ours for event in endpoint.enabled_events}
    silent = sorted(set(WANTED) - told) if "*" not in told else []
    return [f"The webhook endpoint lacks the events {', '.join(silent)}."] if silent else []
