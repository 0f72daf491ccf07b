"""Google Meet by its own API: a space that anybody may enter who has the address, without knocking.

The API knows no idempotency: an answer that got lost leaves a space behind that nobody ever learns of. A
space has no time either, so it can be kept when a session moves, and Google closes it to nobody by itself.
"""

import re
from typing import Any

from duologue.core.errors import Permanent, Retryable
from duologue.video.contract import Account, CreatedMeeting, MeetingRequest, Visitor
from duologue.video.providers import google_api, values

API = "https://meet.googleapis.com/v2/"
RIGHT = "https://www.googleapis.com/auth/meetings.space.created"
_SPACE = re.compile(r"spaces/[\w-]+", re.ASCII)


class GoogleMeetProvider:
    slug = "google_meet"
    name = "Google Meet"
    vendor = "google"
    embeddable = False
    can_update = True
    per_person_tokens = False
    settings = google_api.SETTINGS

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        return _meeting(google_api.ask(account, "POST", f"{API}spaces", body=_access("OPEN")))

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        return _meeting(google_api.ask_about(account, "GET", f"{API}{room_id}"))

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        """There is no deleting: from now on everybody has to knock, and who is inside is put out."""
        mask = {"updateMask": "config.accessType"}
        try:
            google_api.ask(account, "PATCH", f"{API}{room_id}", params=mask, body=_access("RESTRICTED"))
            google_api.ask(account, "POST", f"{API}{room_id}:endActiveConference", body={})
        except Permanent as error:
            if not google_api.is_gone(error):
                raise

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        return google_api.entrance(meeting, visitor, account)

    def probe(self, *, account: Account) -> str:
        return google_api.probe(account, (RIGHT,), f"{API}conferenceRecords", {"pageSize": "1"})


def _access(kind: str) -> dict[str, Any]:
    return {"config": {"accessType": kind}}


def _meeting(space: dict[str, Any]) -> CreatedMeeting:
    name = values.text(google_api.NAME, space, "name")
    if not _SPACE.fullmatch(name):
        raise Retryable("Google answers something that cannot be read.")
    return CreatedMeeting(name, values.address(google_api.NAME, space, "meetingUri"))
