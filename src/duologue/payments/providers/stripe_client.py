"""How is Stripe reached, and what do its refusals mean for us?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import stripe
from django.conf import settings

from duologue import __version__
from duologue.core.errors import NotConfigured, Permanent, ProviderError, Retryable
from duologue.core.resting import resting

VERSION = "2026-10-28.endive"
"""The API's version that this adapter was written for: the account's own default does not count."""
CONNECTS_WITHIN, ANSWERS_WITHIN = 5.0, 20.0
MOST_LINES = 64
"""Connections that are kept open."""
RETRIES = 2
"""Of connections, conflicts and 5xx, with the same key, inside one call; 429 waits for the job's next try."""

stripe.enable_telemetry = False
stripe.set_app_info("Duologue", version=__version__)


def client() -> stripe.StripeClient:
    """One client a process; raises NotConfigured without a key."""
    key = settings.DUOLOGUE_STRIPE_SECRET_KEY
    if not key:
        raise NotConfigured("Stripe is not set up: DUOLOGUE_STRIPE_SECRET_KEY is empty.")
    return _client(key, settings.DUOLOGUE_STRIPE_API_BASE)


@lru_cache(maxsize=4)
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=VERSION,
        base_addresses={"api": base} if base else {},
        max_network_retries=RETRIES,
        http_client=_Asking(base or stripe.DEFAULT_API_BASE),
    )


class _Asking(stripe.RequestsClient):
    """Leaves this thread's connection and seat to others meanwhile; looks for a proxy once, not each time."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=(CONNECTS_WITHIN, ANSWERS_WITHIN))
        session = self._session = self.requests.Session()
        session.proxies = self.requests.utils.get_environ_proxies(base)
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            session.mount(scheme, self.requests.adapters.HTTPAdapter(pool_maxsize=MOST_LINES))

    def request_with_retries(self, *what: Any, **how: Any) -> Any:
        with resting():
            return super().request_with_retries(*what, **how)


@contextmanager
def answers() -> Iterator[None]:
    """Turn Stripe's errors into ours."""
    try:
        yield
    except stripe.StripeError as error:
        raise told(error) from error


def told(error: stripe.StripeError) -> ProviderError:
    """What follows from an error: the same again later, never again, or first the operator."""
    words = f"Stripe: {error.user_message or type(error).__name__}"
    status = error.http_status or 0
    if isinstance(error, stripe.APIConnectionError):
        return Retryable("Stripe does not answer.")
    if isinstance(error, stripe.RateLimitError):
        return Retryable(words, retry_after=_retry_after(error))
    if isinstance(error, stripe.AuthenticationError):
        return NotConfigured("Stripe does not accept the secret key.")
    if isinstance(error, stripe.PermissionError):
        return NotConfigured(f"The Stripe key lacks a permission. {words}")
    if isinstance(error, stripe.APIError) and not 400 <= status < 409:
        # Stripe keeps its 500s under the idempotency key and repeats them.
        return Retryable(words, is_spent=status >= 500)
    return Permanent(words, reason=error.code or "")


def _retry_after(error: stripe.StripeError) -> timedelta | None:
    seconds = (error.headers or {}).get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if seconds.isdigit() else None
