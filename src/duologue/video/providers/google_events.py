"""What do we say of a session in a Google calendar, and what do we read there of its conference? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from duologue.video.contract import MeetingRequest

Event = Mapping[str, Any]
PENDING, SUCCESS, FAILURE = "pending", "success", "failure"
"""Google's words for how far the making of a conference has come."""


@dataclass(frozen=True, slots=True)
class Conference:
    """The state of an event's conference, and its address once there is one."""

    state: str
    link: Any = field(default=None, repr=False)


def new_event(event_id: str, request: MeetingRequest) -> dict[str, Any]:
    """The event with a conference to be made. It names no guest: our own invitations go out."""
    key = {"type": "hangoutsMeet"}
    return {
        "id": event_id,
        "summary": request.title,
        "visibility": "private",
        "guestsCanInviteOthers": False,
        **times(request),
        "conferenceData": {"createRequest": {"requestId": event_id, "conferenceSolutionKey": key}},
    }


def times(request: MeetingRequest) -> dict[str, Any]:
    instants = {"start": request.starts_at, "end": request.ends_at}
    return {name: {"dateTime": at.astimezone(UTC).isoformat()} for name, at in instants.items()}


def is_deleted(event: Event) -> bool:
    return event.get("status") == "cancelled"


def conference(event: Event) -> Conference:
    """Without any conference (somebody took it out of the event) the making counts as failed."""
    data = _object(event.get("conferenceData"))
    points = data.get("entryPoints")
    for point in points if isinstance(points, list) else []:
        if _object(point).get("entryPointType") == "video":
            return Conference(SUCCESS, point.get("uri"))
    if event.get("hangoutLink"):
        return Conference(SUCCESS, event["hangoutLink"])
    status = _object(_object(data.get("createRequest")).get("status"))
    return Conference(PENDING if status.get("statusCode") == PENDING else FAILURE)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
