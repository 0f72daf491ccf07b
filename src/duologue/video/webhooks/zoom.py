"""What does Zoom tell by webhook, and was it Zoom? Pure."""

import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from duologue.core.errors import Invalid
from duologue.video.contract import Role
from duologue.video.webhooks import contract
from duologue.video.webhooks.contract import Event, Sighted

# A host who is not signed in at Zoom looks like a guest.
OVERLOOKS = frozenset({Role.HOST})
_JOINED, _LEFT = "meeting.participant_joined", "meeting.participant_left"
_TIMES = {_JOINED: "join_time", _LEFT: "leave_time"}
"""Where each event says when."""
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,100}")


def verify(body: bytes, headers: Mapping[str, str], secrets: Iterable[str], *, now: datetime) -> str:
    """The secret that signed this body just now; raises Invalid."""
    at = headers.get("x-zm-request-timestamp", "")
    signed = b"v0:%b:%b" % (at.encode(), body)
    given = headers.get("x-zm-signature", "").encode()
    secret = contract.fitting(secrets, [given], lambda key: b"v0=" + _hex(key, signed))
    contract.check_fresh(at, now)
    return secret


def read(body: bytes) -> Event:
    """The event in a body; raises Invalid. Zoom gives events no id."""
    data = contract.parse(body)
    return contract.event(contract.id_of(body), data.get("event"), data.get("payload"))


def answer(event: Event, secret: str) -> dict[str, str] | None:
    """What Zoom wants to hear at once when it tries our address; None for all other events.

    Only for verified bodies: else anybody could have texts of their choice signed here.
    """
    if event.type != "endpoint.url_validation":
        return None
    plain = event.data.get("plainToken")
    if not isinstance(plain, str) or not _PLAIN.fullmatch(plain):
        raise Invalid("This is no event.")
    return {"plainToken": plain, "encryptedToken": _hex(secret, plain.encode()).decode()}


def sighted(event: Event) -> Sighted | None:
    """Who came or went. Only who is signed in at Zoom has an id there, and the meeting tells the host's."""
    if event.type not in _TIMES:
        return None
    meeting = event.data.get("object")
    room_id, host_id = contract.text_at(meeting, "id"), contract.text_at(meeting, "host_id")
    who = {contract.text_at(meeting, "participant", name) for name in ("id", "participant_user_id")}
    at = contract.instant(contract.text_at(meeting, "participant", _TIMES[event.type]))
    if not room_id or at is None:
        return None
    role = Role.HOST if host_id and host_id in who else Role.ATTENDEE
    return Sighted(room_id, role, at, _visit(meeting), event.type == _LEFT)


def _visit(meeting: Any) -> str:
    """`user_id` is one entry's number within the meeting."""
    ids = (contract.text_at(meeting, "participant", name) for name in ("participant_uuid", "user_id"))
    return next((one for one in ids if one), "")


def _hex(secret: str, text: bytes) -> bytes:
    return hmac.digest(secret.encode(), text, "sha256").hex().encode()
