"""What does Microsoft Graph keep of an online meeting, and what does it take for one?"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from duologue_simulators.oauth import Person

NEW = {
    "externalId": str,
    "subject": str,
    "startDateTime": str,
    "endDateTime": str,
    "participants": dict,
    "chatInfo": dict,
}
"""What createOrGet takes: of the lobby it knows nothing."""
CHANGES = {
    "subject": str,
    "startDateTime": str,
    "endDateTime": str,
    "participants": dict,
    "allowedPresenters": str,
    "allowMeetingChat": str,
    "isEntryExitAnnounced": bool,
    "joinMeetingIdSettings": dict,
    "lobbyBypassSettings": dict,
    "recordAutomatically": bool,
}


@dataclass
class Meeting:
    """One meeting of one person."""

    owner: Person
    fields: dict[str, Any]
    thread: str = field(default_factory=lambda: f"19:meeting_{secrets.token_hex(24)}@thread.v2")

    @property
    def id(self) -> str:
        return base64.b64encode(f"1*{self.owner.id}*0**{self.thread}".encode()).decode()

    def address(self, url: str) -> str:
        return (
            f"{url}/l/meetup-join/{quote(self.thread, safe='')}/0?context=%7b%22Oid%22%3a%22simulated%22%7d"
        )

    def shown(self, url: str) -> dict[str, Any]:
        return {
            "@odata.context": f"{url}/v1.0/$metadata#users/onlineMeetings/$entity",
            "id": self.id,
            "joinWebUrl": self.address(url),
            "lobbyBypassSettings": {"scope": "organization", "isDialInBypassEnabled": False},
            "participants": {"organizer": {"upn": self.owner.email, "role": "presenter"}, "attendees": []},
            "joinMeetingIdSettings": {"isPasscodeRequired": True, "joinMeetingId": "1234567890"},
            **self.fields,
        }


def wrong(body: Any, known: Mapping[str, type]) -> str:
    """What Graph does not take in a request; empty if all is well."""
    if not isinstance(body, dict):
        return "Unable to read JSON request payload."
    for name, value in body.items():
        if name not in known or not isinstance(value, known[name]):
            return f"The property '{name}' does not exist or has another type."
    return _wrong_times(body)


def _wrong_times(body: Mapping[str, Any]) -> str:
    found = []
    for name in ("startDateTime", "endDateTime"):
        if name not in body:
            continue
        try:
            at = datetime.fromisoformat(body[name])
        except ValueError:
            return f"Cannot convert the value of '{name}' to an Edm.DateTimeOffset."
        if at.tzinfo is None:
            return f"The value of '{name}' has no offset."
        found.append(at.astimezone(UTC))
    if "endDateTime" in body and "startDateTime" not in body:
        return "endDateTime is given without startDateTime."
    return "The end is before the start." if found != sorted(found) else ""
