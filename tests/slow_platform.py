"""A video platform that takes its time to make a room, and remembers which rooms it has."""

import threading
from typing import ClassVar

from duologue.video.contract import Account, CreatedMeeting, MeetingRequest, Visitor

LONG = 60.0


class SlowPlatform:
    """Says in `is_asked` that somebody waits for a room, and answers once `may_answer` is set."""

    slug: ClassVar[str] = "slow"
    name: ClassVar[str] = "Slow"
    vendor: ClassVar[str] = ""
    settings = ()
    embeddable = can_update = per_person_tokens = False
    rooms: ClassVar[list[str]] = []
    is_asked, may_answer = threading.Event(), threading.Event()

    @classmethod
    def forget(cls) -> None:
        cls.rooms.clear()
        cls.is_asked.clear()
        cls.may_answer.clear()

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        room = f"room-{request.booking_id}"
        self.rooms.append(room)
        self.is_asked.set()
        assert self.may_answer.wait(LONG)
        return CreatedMeeting(room_id=room, join_url=f"https://slow.example/{room}")

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        return CreatedMeeting(room_id=room_id, join_url=f"https://slow.example/{room_id}")

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        self.rooms.remove(room_id)

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        return meeting.join_url

    def probe(self, *, account: Account) -> str:
        return ""
