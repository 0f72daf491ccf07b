"""What does Whereby tell by webhook, and was it Whereby? Pure."""

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

from duologue.video.contract import Role
from duologue.video.webhooks import contract
from duologue.video.webhooks.contract import Event, Sighted

OVERLOOKS = frozenset(Role)
_JOINED, _LEFT = "room.client.joined", "room.client.left"
# Who has an account of the organization is called `owner` or `member`, by whichever address they came.
_ROLES = {"host": Role.HOST, "visitor": Role.ATTENDEE, "granted_visitor": Role.ATTENDEE}


def verify(body: bytes, headers: Mapping[str, str], secrets: Iterable[str], *, now: datetime) -> str:
    """The secret that signed this body just now; raises Invalid."""
    at, given = contract.stamped(headers.get("whereby-signature", ""))
    signed = b"%b.%b" % (at.encode(), body)
    secret = contract.fitting(
        secrets, given, lambda key: hmac.digest(key.encode(), signed, "sha256").hex().encode()
    )
    contract.check_fresh(at, now)
    return secret


def read(body: bytes) -> Event:
    """The event in a body, with its time among the rest; raises Invalid."""
    whole = contract.parse(body)
    found = contract.event(whole.get("id"), whole.get("type"), whole.get("data"))
    return Event(found.id, found.type, {**found.data, "createdAt": whole.get("createdAt")})


def sighted(event: Event) -> Sighted | None:
    """Who came or went, by the address they came with."""
    if event.type not in {_JOINED, _LEFT}:
        return None
    room_id = contract.text_at(event.data, "meetingId")
    role = _ROLES.get(contract.text_at(event.data, "roleName"))
    at = contract.instant(event.data.get("createdAt"))
    if not room_id or role is None or at is None:
        return None
    visit = contract.text_at(event.data, "participantId")
    return Sighted(room_id, role, at, visit, event.type == _LEFT)
