"""Duologue's own room: two browsers connect directly; nothing to ask anybody for."""

from duologue.core.ids import random_token
from duologue.video.contract import CreatedMeeting, MeetingRequest


class BuiltinProvider:
    slug = "builtin"
    name = "Duologue"
    needs_connection = False
    embeddable = True
    can_update = True
    per_person_tokens = False

    def create_meeting(self, request: MeetingRequest, *, idempotency_key: str) -> CreatedMeeting:
        return CreatedMeeting(room_id=random_token(128), join_url=f"/video-call/{request.booking_id}")

    def update_meeting(self, room_id: str, request: MeetingRequest) -> CreatedMeeting:
        return CreatedMeeting(room_id=room_id, join_url=f"/video-call/{request.booking_id}")

    def delete_meeting(self, room_id: str) -> None:
        """The room is only a row of ours, and that row says so itself."""
