"""Google Meet by way of a Google calendar: an event of the host's, without guests, that has a conference.

For accounts to which the Meet API is refused, and for hosts who want the event where their others are. The
event has an id of ours, so that a repeat finds it (409) instead of making a second one. Google makes the
conference after it has answered; an id whose event was deleted stays taken.
"""

import time
from collections.abc import Collection, Iterator
from datetime import timedelta
from urllib.parse import quote

from django.utils.translation import gettext

from duologue.core.errors import Permanent, Retryable
from duologue.core.resting import resting
from duologue.video.contract import Account, CreatedMeeting, MeetingRequest, Visitor
from duologue.video.providers import google_api, google_events, values
from duologue.video.providers.google_events import FAILURE, PENDING, Event

EVENTS = "https://www.googleapis.com/calendar/v3/calendars/primary/events"
RIGHTS = tuple(f"https://www.googleapis.com/auth/calendar{name}" for name in (".events.owned", ".events", ""))
LOOKS_AFTER_SECONDS = (0.2, 0.4, 0.8)
SOON, LATER = timedelta(seconds=3), timedelta(seconds=30)
MOST_EVENTS = 5
_NEVER_MADE = 404
_SILENT = {"sendUpdates": "none"}
# Without the version a change takes the conference out of the event.
_WITH_CONFERENCE = {"conferenceDataVersion": "1", **_SILENT}


class GoogleCalendarProvider:
    slug = "google_calendar"
    met_as = "Google Meet"
    vendor = "google"
    embeddable = False
    can_update = True
    per_person_tokens = False
    settings = google_api.SETTINGS

    def __init__(self) -> None:
        self.name = gettext("Google Meet, in your Google calendar")
        self.notice = gettext(
            "Whoever does not own the meeting may have to wait until the host lets them in."
        )

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        for event_id in _event_ids(idempotency_key):
            event = _event(account, event_id, request)
            if event is not None:
                return _settled(account, event_id, event)
        raise Permanent("Google made no conference, several times.")

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        event = _moved(account, room_id, request)
        if google_events.is_deleted(event) or google_events.conference(event).state == FAILURE:
            raise Permanent("The event in the Google calendar has no conference any more.", code="room_gone")
        return _settled(account, room_id, event)

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        _delete(account, room_id)

    def clear_up(
        self, request: MeetingRequest, *, idempotency_key: str, kept: Collection[str], account: Account
    ) -> None:
        for event_id in _event_ids(idempotency_key):
            if event_id not in kept and _delete(account, event_id) == _NEVER_MADE:
                return

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        return google_api.entrance(meeting, visitor, account)

    def probe(self, *, account: Account) -> str:
        """Of the calendar's content nothing is asked for."""
        return google_api.probe(account, RIGHTS, EVENTS, {"maxResults": "1", "fields": "kind"})


def _event_ids(idempotency_key: str) -> Iterator[str]:
    """In the order of their use. Hex keeps to the letters that Google allows: a to v, and digits."""
    return (values.room_name(f"{idempotency_key}:{number}") for number in range(MOST_EVENTS))


def _delete(account: Account, event_id: str) -> int:
    """What Google answers: done, 410 for one that was deleted before, or 404."""
    try:
        answer = google_api.send(account, "DELETE", _at(event_id), params=_SILENT)
    except Permanent as error:
        if error.data.get("status") not in {_NEVER_MADE, 410}:
            raise
        return int(error.data["status"])
    if answer.status != 204:
        raise Retryable("Google answers something that cannot be read.")
    return answer.status


def _event(account: Account, event_id: str, request: MeetingRequest) -> Event | None:
    """The event of this id, made or found; None where it was made before and deleted since."""
    body = google_events.new_event(event_id, request)
    try:
        return google_api.ask(account, "POST", EVENTS, params=_WITH_CONFERENCE, body=body)
    except Permanent as error:
        if error.data.get("status") != 409:
            raise
    try:
        found = google_api.ask(account, "GET", _at(event_id))
    except Permanent as error:
        if error.data.get("status") in {404, 410}:
            return None
        raise
    # An earlier try may have made it for a time that is no longer agreed.
    return None if google_events.is_deleted(found) else _moved(account, event_id, request)


def _moved(account: Account, event_id: str, request: MeetingRequest) -> Event:
    body = google_events.times(request)
    return google_api.ask_about(account, "PATCH", _at(event_id), params=_WITH_CONFERENCE, body=body)


def _settled(account: Account, event_id: str, event: Event) -> CreatedMeeting:
    """The room, once it is there. Raises Retryable before that; where the making failed the event goes."""
    for seconds in LOOKS_AFTER_SECONDS:
        if google_events.conference(event).state != PENDING:
            break
        with resting():
            time.sleep(seconds)
        event = google_api.ask(account, "GET", _at(event_id))
    if event.get("id") != event_id:
        raise Retryable("Google answers something that cannot be read.")
    made = google_events.conference(event)
    if made.state == PENDING:
        raise Retryable("Google is still making the conference.", retry_after=SOON)
    if made.state == FAILURE:
        _delete(account, event_id)
        raise Retryable("Google could not make the conference.", retry_after=LATER)
    return CreatedMeeting(event_id, values.address(google_api.NAME, {"link": made.link}, "link"))


def _at(event_id: str) -> str:
    return f"{EVENTS}/{quote(event_id, safe='')}"
