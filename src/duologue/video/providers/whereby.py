"""Whereby: locked rooms; the host alone gets the address that opens them (docs.whereby.com)."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from duologue.core.errors import Permanent
from duologue.video.contract import Account, CreatedMeeting, Frame, MeetingRequest, Role, Visitor
from duologue.video.providers import values, whereby_api

KEPT_FOR = timedelta(hours=1)
"""A room lives so long after its end."""


class WherebyProvider:
    """A repeat makes a second room. The first one, whose answer was lost, is taken away by `clear_up`.

    Looking for it before the repeat would let two people wait for as many pages as the account has rooms.
    What is still missed (the process died between request and record) is a locked room whose address nobody
    has. Whereby deletes it an hour after its end; its name begins as that of the room that is used.
    """

    slug = "whereby"
    name = whereby_api.NAME
    vendor = ""
    embeddable = True
    can_update = False
    per_person_tokens = True
    settings = (whereby_api.KEY,)

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        wish = _room(request, values.room_name(idempotency_key))
        return whereby_api.meeting(whereby_api.ask("POST", whereby_api.ROOMS, body=wish))

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        whereby_api.key()
        raise Permanent("Whereby cannot move a room: a new one has to be made.")

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        whereby_api.delete(room_id)

    def clear_up(
        self, request: MeetingRequest, *, idempotency_key: str, kept: Collection[str], account: Account
    ) -> None:
        """Of several that repeats made, one may be used."""
        whereby_api.delete_all_but(kept, prefix=values.room_name(idempotency_key))

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        whereby_api.key()
        url = meeting.join_url
        if visitor.role is Role.HOST:
            found = whereby_api.ask("GET", whereby_api.at(meeting.room_id), params={"fields": "hostRoomUrl"})
            url = values.address(self.name, found, "hostRoomUrl")
        return values.with_query(url, displayName=visitor.name, externalId=visitor.person)

    def frame(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> Frame:
        """A plain frame; what happens in it comes by `postMessage` from its own origin (`jsApi`)."""
        url = self.entrance(meeting, request, visitor, account=account)
        shown = f"{values.with_query(url, lang=visitor.language, jsApi='true')}&embed"
        return Frame("whereby", {"url": shown}, origin=values.origin(url))

    def probe(self, *, account: Account) -> str:
        whereby_api.ask("GET", whereby_api.ROOMS, params={"limit": "1"})
        return ""


def _room(request: MeetingRequest, prefix: str) -> dict[str, Any]:
    """Nobody can be thrown out but by the room's end. Until then guests knock and the host lets them in."""
    ends_at = values.vendor_time(request.ejects_at - KEPT_FOR)
    return {
        "endDate": f"{ends_at:%Y-%m-%dT%H:%M:%SZ}",
        "isLocked": True,
        "roomMode": "normal",
        "roomNamePrefix": prefix,
        "roomNamePattern": "uuid",
    }
