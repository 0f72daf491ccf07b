"""What does a Google calendar keep? Events, deleted ones too; their conferences come after the answer."""

import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from duologue_simulators.google.description import is_instant
from duologue_simulators.google.errors import older
from duologue_simulators.oauth import Person

PENDING, SUCCESS, FAILURE = "pending", "success", "failure"


def new_code() -> str:
    """A meeting code such as abc-mnop-xyz."""
    return "-".join("".join(secrets.choice(string.ascii_lowercase) for _ in range(n)) for n in (3, 4, 3))


@dataclass
class Conference:
    """It becomes `outcome` after it was read `reads` times."""

    request_id: str
    reads: int
    outcome: str
    code: str = field(default_factory=new_code)

    @property
    def status(self) -> str:
        return PENDING if self.reads > 0 else self.outcome

    def shown(self, url: str) -> dict[str, Any]:
        key = {"type": "hangoutsMeet"}
        asked = {
            "requestId": self.request_id,
            "conferenceSolutionKey": key,
            "status": {"statusCode": self.status},
        }
        if self.status != SUCCESS:
            return {"createRequest": asked}
        phone = {"entryPointType": "phone", "uri": "tel:+1-555-0100", "pin": "1234"}
        video = {"entryPointType": "video", "uri": f"{url}/{self.code}"}
        return {
            "createRequest": asked,
            "conferenceId": self.code,
            "conferenceSolution": {"key": key, "name": "Google Meet"},
            "entryPoints": [phone, video],
        }


@dataclass
class Event:
    owner: Person
    fields: dict[str, Any]
    conference: Conference | None = None
    is_deleted: bool = False

    def shown(self, url: str) -> dict[str, Any]:
        who = {"email": self.owner.email, "self": True}
        shown = {
            "kind": "calendar#event",
            **self.fields,
            "status": "cancelled" if self.is_deleted else "confirmed",
            "iCalUID": f"{self.fields['id']}@google.com",
            "creator": who,
            "organizer": who,
            "eventType": "default",
        }
        if self.conference is not None:
            shown["conferenceData"] = self.conference.shown(url)
            if self.conference.status == SUCCESS:
                shown["hangoutLink"] = f"{url}/{self.conference.code}"
        return shown


class Calendars:
    """Everybody's own calendar. Methods raise Refused as the API does.

    `reads` and `outcome` are how new conferences come about.
    """

    def __init__(self) -> None:
        self.events: dict[tuple[str, str], Event] = {}
        self.reads, self.outcome = 1, SUCCESS

    def of(self, person: Person) -> list[Event]:
        return [event for (owner, _), event in self.events.items() if owner == person.id]

    def by_code(self, code: str) -> Event | None:
        living = (event for event in self.events.values() if not event.is_deleted)
        return next((one for one in living if one.conference and one.conference.code == code), None)

    def insert(self, person: Person, body: dict[str, Any], *, version: str) -> Event:
        id_ = body.get("id") or secrets.token_hex(13)
        if not re.fullmatch(r"[a-v0-9]{5,1024}", id_):
            raise older(400, "invalid", "Invalid resource id value.")
        _check_times(body)
        if (person.id, id_) in self.events:
            raise older(409, "duplicate", "The requested identifier already exists.")
        fields = {name: value for name, value in body.items() if name != "conferenceData"}
        event = Event(person, {**fields, "id": id_})
        self._confer(event, body, version)
        self.events[person.id, id_] = event
        return event

    def read(self, person: Person, id_: str) -> Event:
        """As deleted events are read too."""
        event = self._event(person, id_)
        if event.conference is not None:
            event.conference.reads -= 1
        return event

    def patch(self, person: Person, id_: str, body: dict[str, Any], *, version: str) -> Event:
        event = self._event(person, id_)
        if event.is_deleted:
            raise older(403, "forbidden", "Forbidden")
        changed = {**event.fields, **{name: one for name, one in body.items() if name != "conferenceData"}}
        _check_times(changed)
        event.fields = changed
        self._confer(event, body, version)
        return event

    def delete(self, person: Person, id_: str) -> None:
        event = self._event(person, id_)
        if event.is_deleted:
            raise older(410, "deleted", "Resource has been deleted")
        event.is_deleted = True

    def _event(self, person: Person, id_: str) -> Event:
        try:
            return self.events[person.id, id_]
        except KeyError:
            raise older(404, "notFound", "Not Found") from None

    def _confer(self, event: Event, body: Mapping[str, Any], version: str) -> None:
        if version != "1":
            event.conference = None
            return
        asked = body.get("conferenceData", {}).get("createRequest")
        if asked is None or (event.conference and event.conference.request_id == asked.get("requestId")):
            return
        if asked.get("conferenceSolutionKey", {}).get("type") != "hangoutsMeet" or not asked.get("requestId"):
            raise older(400, "invalid", "Invalid conference type value.")
        event.conference = Conference(asked["requestId"], self.reads, self.outcome)


def _check_times(body: Mapping[str, Any]) -> None:
    found = []
    for name in ("start", "end"):
        text = body.get(name, {}).get("dateTime")
        if text is None:
            raise older(400, "required", f"Missing {name} time.")
        if not is_instant(text):
            raise older(400, "invalid", f"Missing time zone definition for {name} time.")
        found.append(datetime.fromisoformat(text).astimezone(UTC))
    if found[0] > found[1]:
        raise older(400, "timeRangeEmpty", "The specified time range is empty.")
