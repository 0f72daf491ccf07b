"""What must every video platform be able to do? Frozen values in and out, and the four errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


class Role(StrEnum):
    """Who enters: the host leads the room, the attendee is its guest."""

    HOST = "host"
    ATTENDEE = "attendee"


@dataclass(frozen=True, slots=True)
class Account:
    """In whose name a platform is asked.

    `secret` is what opens it, ready for use: an OAuth access token, or the address that a host typed.
    It is empty for platforms whose keys are settings of the installation.
    """

    name: str = ""
    secret: str = field(default="", repr=False)


INSTALLATION = Account()
"""The keys in the settings speak for everybody."""


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable (named without `DUOLOGUE_`) that a platform needs, and where its value is."""

    name: str
    hint: str

    @property
    def variable(self) -> str:
        """The whole name, as the environment has it and Django's settings too."""
        return f"DUOLOGUE_{self.name}"


@dataclass(frozen=True, slots=True)
class MeetingRequest:
    """One room for two people. Instants are UTC; `title` names no topic.

    `closes_at` is when entry ends, `ejects_at` when platforms that can throw people out (LINK-7).
    `is_first_try` says that nobody can have asked for this room before, so there is none to be found.
    """

    booking_id: UUID
    title: str
    host_name: str
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    closes_at: datetime
    ejects_at: datetime
    is_first_try: bool = False


@dataclass(frozen=True, slots=True)
class CreatedMeeting:
    """A room that exists. `join_url` is for the attendee; a host's own address is fetched at joining."""

    room_id: str
    join_url: str = field(repr=False)
    passcode: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is about to enter a room. `person` names them to the platform without telling who they are."""

    role: Role
    name: str
    person: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Frame:
    """A platform's room inside our own call page, for one person, now.

    `client` names our small script that speaks with it (`js/embed/…`), `options` is what that one is told:
    tokens stand in it, so it is stored nowhere. `scripts` are the platform's own, in order: addresses, or
    names of static files where we bring them along. `origin` is where the frame comes from, which may use
    camera and microphone; empty where the platform's script draws into our page. `sources` is what else the
    page has to allow, by directive of the Content-Security-Policy.
    """

    client: str
    options: Mapping[str, Any] = field(repr=False)
    scripts: tuple[str, ...] = ()
    origin: str = ""
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class VideoProvider(Protocol):
    """A platform. Every method may raise Retryable, Permanent, NeedsReconnect or NotConfigured.

    `vendor`: whose account a host connects (`connections/vendors.py`); empty for none. `embeddable`: the
    room opens inside our own call page. `can_update`: a room can be moved to another time, keeping its
    address. `per_person_tokens`: each has an own address. `settings`: what the operator must have set.

    More that few have are asked for through the registry. `needs_client`: there is no page to go to, so
    it is offered only once our call page can speak for it (`CLIENTS`). `frame(meeting, request, visitor, *,
    account)`: the room inside our call page, None where this one cannot be. `notice`: a sentence that people
    should read before they enter. `met_as`: how people call the place, where `name` tells which way its room
    is made. `looks_first`: it looks for what an earlier try made before it makes a room; has `clear_up` too.
    `clear_up(request, *, idempotency_key, kept, account)`: take away what
    requests under this key may have made without our learning of it, all but the rooms in `kept`.
    """

    slug: str
    name: str
    vendor: str
    embeddable: bool
    can_update: bool
    per_person_tokens: bool
    settings: tuple[Setting, ...]

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        """Make the room; the same key gives the same room where the platform allows it."""

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        """Move the room to the request's times. Where `can_update` is False: Permanent."""

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        """Take the room away; one that is gone already is no error."""

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        """The address through which this person enters now. Never stored, never mailed."""

    def probe(self, *, account: Account) -> str:
        """Ask whether the account works, without making anything; the account's name, or empty."""
