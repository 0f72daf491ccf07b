"""What does Daily tell by webhook, and was it Daily? Pure."""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from duologue.core.errors import Invalid
from duologue.video.contract import Role
from duologue.video.webhooks import contract
from duologue.video.webhooks.contract import Event, Sighted

OVERLOOKS: frozenset[Role] = frozenset()
_JOINED, _LEFT = "participant.joined", "participant.left"
_LONGEST_SECONDS = 7 * 24 * 3600


def verify(body: bytes, headers: Mapping[str, str], secrets: Iterable[str], *, now: datetime) -> str:
    """The secret that signed this body just now; raises Invalid. Daily writes secrets in base64."""
    at = headers.get("x-webhook-timestamp", "")
    signed = b"%b.%b" % (at.encode(), body)
    given = headers.get("x-webhook-signature", "").encode()
    usable = [secret for secret in secrets if _key(secret)]
    secret = contract.fitting(usable, [given], lambda one: _sign(_key(one), signed))
    contract.check_fresh(at, now)
    return secret


def read(body: bytes) -> Event:
    """The event in a body; raises Invalid."""
    data = contract.parse(body)
    return contract.event(data.get("id") or contract.id_of(body), data.get("type"), data.get("payload"))


def is_trial(body: bytes) -> bool:
    """Whether this is what Daily posts, maybe unsigned, to see if a new webhook's address answers 200."""
    try:
        return contract.parse(body) == {"test": "test"}
    except Invalid:
        return False


def sighted(event: Event) -> Sighted | None:
    """Who came or went; owners are those to whom we gave an owner's token."""
    if event.type not in {_JOINED, _LEFT}:
        return None
    room_id, is_owner = contract.text_at(event.data, "room"), event.data.get("owner")
    at = contract.instant(event.data.get("joined_at"))
    if event.type == _LEFT and at is not None:
        at = _end(at, event.data.get("duration"))
    if not room_id or at is None or not isinstance(is_owner, bool):
        return None
    visit = contract.text_at(event.data, "session_id")
    return Sighted(room_id, Role.HOST if is_owner else Role.ATTENDEE, at, visit, event.type == _LEFT)


def _end(joined_at: datetime, seconds: Any) -> datetime | None:
    """Daily tells how long somebody was there."""
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    is_length = is_number and 0 <= seconds <= _LONGEST_SECONDS
    return joined_at + timedelta(seconds=seconds) if is_length else None


def _key(secret: str) -> bytes:
    """Empty for what is no base64."""
    try:
        return base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _sign(key: bytes, signed: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, signed, "sha256"))
