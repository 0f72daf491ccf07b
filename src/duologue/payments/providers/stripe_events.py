"""What does Stripe tell by webhook, and was it Stripe? Pure: signatures, and hints at what to ask about.

An event's object is never believed, only looked up. Its shape is that of the endpoint's API version, which
may be another than ours, so everything in it may be missing.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from duologue.core.errors import Invalid

WANTED = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
)
"""What a webhook endpoint has to tell of; anything else is written down and left alone."""
TOLERANCE = timedelta(seconds=300)
"""How old, or how far ahead of our clock, a signature may be: what was overheard is soon worthless."""


@dataclass(frozen=True, slots=True)
class Event:
    """What every event has."""

    id: str
    type: str
    is_live: bool
    object: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hint:
    """What to ask the gateway about; every part may be empty.

    `about` is `checkout`, `refund`, `dispute`, or empty for what does not concern us. `reference` is our own
    id as we gave it, `payment` the gateway's name of the payment.
    """

    about: str = ""
    external_id: str = ""
    reference: str = ""
    payment: str = ""


def verify(body: bytes, header: str, secrets: Iterable[str], *, now: datetime) -> None:
    """Raise Invalid unless one of the secrets signed this body within the tolerance."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    given = [value.encode() for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not given:
        raise Invalid("The signature header is missing or has another form.")
    signed = b"%b.%b" % (times[0].encode(), body)
    ours = [hmac.digest(secret.encode(), signed, "sha256").hex().encode() for secret in secrets]
    if not any(hmac.compare_digest(one, other) for one in ours for other in given):
        raise Invalid("No secret fits the signature.")
    if not times[0].isdecimal() or abs(now.timestamp() - int(times[0][:12])) > TOLERANCE.total_seconds():
        raise Invalid("The signature is too old, or from the future.")


def read(body: bytes) -> Event:
    """The event in a webhook's body; raises Invalid for anything else."""
    try:
        data = json.loads(body.decode())
        event = Event(data["id"], data["type"], bool(data["livemode"]), data["data"]["object"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid("This is no event.") from None
    names = (event.id, event.type)
    if not all(isinstance(name, str) and name.isascii() and name.isprintable() for name in names):
        raise Invalid("This is no event.")
    if not isinstance(event.object, dict) or not 0 < len(event.id) <= 255 or len(event.type) > 100:
        raise Invalid("This is no event.")
    return event


def hint(event: Event) -> Hint:
    """What the event makes us ask about."""
    found = event.object
    metadata = found.get("metadata") if isinstance(found.get("metadata"), dict) else {}
    payment = _text(found, "payment_intent")
    if event.type.startswith("checkout.session."):
        reference = _text(metadata, "attempt_id") or _text(found, "client_reference_id")
        return Hint("checkout", _text(found, "id"), reference, payment)
    if event.type.startswith("refund.") or event.type == "charge.refund.updated":
        return Hint("refund", _text(found, "id"), _text(metadata, "refund_id"), payment)
    if event.type == "charge.dispute.created":
        return Hint("dispute", _text(found, "id"), "", payment)
    return Hint()


def _text(mapping: Any, name: str) -> str:
    """A member that is a name; an object in its place stands for its own id."""
    value = mapping.get(name)
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) and value.isprintable() and len(value) <= 255 else ""
