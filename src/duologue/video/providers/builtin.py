"""Duologue's own room: two browsers connect directly; nothing to ask anybody for."""

from duologue.core.ids import random_token
from duologue.video.contract import Account, CreatedMeeting, MeetingRequest, Visitor


class BuiltinProvider:
    slug = "builtin"
    name = "Duologue"
    vendor = ""
    embeddable = True
    can_update = True
    per_person_tokens = False
    settings = ()

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        return CreatedMeeting(room_id=random_token(128), join_url=f"/video-call/{request.booking_id}")

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        return CreatedMeeting(room_id=room_id, join_url=f"/video-call/{request.booking_id}")

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        """The room is only a row of ours, and that row says so itself."""

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        return f"/video-call/{request.booking_id}"

    def probe(self, *, account: Account) -> str:
        return ""
