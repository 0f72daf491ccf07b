"""Can this installation take money? Said at the start, not at the first booking."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from duologue.payments import keys


def money_is_set_up(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """A key in the wrong place is an error; what only makes confirmations late is a warning."""
    key = settings.DUOLOGUE_STRIPE_SECRET_KEY
    complaint = keys.complaint(settings.ENV, key)
    if complaint is not None:
        return [Error(complaint.words, hint=complaint.hint, id=complaint.id)]
    secrets = settings.DUOLOGUE_STRIPE_WEBHOOK_SECRETS
    if key and not secrets:
        return [
            Warning(
                "Stripe cannot tell of payments: no webhook secret is set, so some confirm minutes late.",
                hint="Add a webhook endpoint at Stripe and set DUOLOGUE_STRIPE_WEBHOOK_SECRETS=whsec_…",
                id="duologue.payments.W001",
            )
        ]
    if not all(secret.startswith("whsec_") for secret in secrets):
        return [
            Warning(
                "A webhook secret does not look like one of Stripe's.",
                hint="It begins with whsec_ and stands beside the endpoint in Stripe's dashboard.",
                id="duologue.payments.W002",
            )
        ]
    return []
