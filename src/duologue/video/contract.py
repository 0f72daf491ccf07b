"""What must every video platform be able to do? Frozen values in and out, and the four errors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MeetingRequest:
    """One room for two people. Instants are UTC; `title` names no topic.

    `closes_at` is when entry ends, `ejects_at` when platforms that can throw people out (LINK-7).
    """

    booking_id: UUID
    title: str
    host_name: str
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    closes_at: datetime
    ejects_at: datetime


@dataclass(frozen=True, slots=True)
class CreatedMeeting:
    """A room that exists. `join_url` is for the attendee; a host's own address is fetched at joining."""

    room_id: str
    join_url: str
    passcode: str = ""


class VideoProvider(Protocol):
    """A platform. Every method may raise Retryable, Permanent, NeedsReconnect or NotConfigured.

    `needs_connection`: a host must connect an account. `embeddable`: the room opens inside our own call
    page. `can_update`: a room can be moved to another time. `per_person_tokens`: each has an own address.
    """

    slug: str
    name: str
    needs_connection: bool
    embeddable: bool
    can_update: bool
    per_person_tokens: bool

    def create_meeting(self, request: MeetingRequest, *, idempotency_key: str) -> CreatedMeeting:
        """Make the room; the same key gives the same room where the platform allows it."""

    def update_meeting(self, room_id: str, request: MeetingRequest) -> CreatedMeeting:
        """Move the room to the request's times."""

    def delete_meeting(self, room_id: str) -> None:
        """Take the room away; one that is gone already is no error."""
