"""What does JaaS tell by webhook, and was it 8x8? Pure."""

import base64
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from duologue.video.contract import Role
from duologue.video.webhooks import contract
from duologue.video.webhooks.contract import Event, Sighted

OVERLOOKS: frozenset[Role] = frozenset()
_JOINED, _LEFT = "PARTICIPANT_JOINED", "PARTICIPANT_LEFT"
_MILLISECONDS = 1000


def verify(body: bytes, headers: Mapping[str, str], secrets: Iterable[str], *, now: datetime) -> str:
    """The secret that signed this body just now; raises Invalid."""
    at, given = contract.stamped(headers.get("x-jaas-signature", ""))
    signed = b"%b.%b" % (at.encode(), body)
    secret = contract.fitting(
        secrets, given, lambda key: base64.b64encode(hmac.digest(key.encode(), signed, "sha256"))
    )
    contract.check_fresh(at, now)
    return secret


def read(body: bytes) -> Event:
    """The event in a body; raises Invalid."""
    data = contract.parse(body)
    return contract.event(data.get("idempotencyKey"), data.get("eventType"), data)


def sighted(event: Event) -> Sighted | None:
    """Who came or went; moderators are those whom our token made one. The room stands behind the app's id."""
    if event.type not in {_JOINED, _LEFT}:
        return None
    room_id = contract.text_at(event.data, "fqn").rpartition("/")[2]
    role, at = _role(event.data.get("data")), _instant(event.data.get("timestamp"))
    if not room_id or role is None or at is None:
        return None
    return Sighted(room_id, role, at, _visit(event.data.get("data")), event.type == _LEFT)


def _visit(data: Any) -> str:
    """Each entry has an id of its own; the person's id is what our token says."""
    ids = (contract.text_at(data, name) for name in ("participantId", "participantJid", "id"))
    return next((one for one in ids if one), "")


def _instant(value: Any) -> datetime | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return contract.instant(value // _MILLISECONDS) if is_number else None


def _role(data: Any) -> Role | None:
    """JaaS writes truth values as such and as texts."""
    told = data.get("moderator") if isinstance(data, dict) else None
    is_moderator = {"true": True, "false": False}.get(told) if isinstance(told, str) else told
    if not isinstance(is_moderator, bool):
        return None
    return Role.HOST if is_moderator else Role.ATTENDEE
