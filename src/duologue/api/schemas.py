"""What do requests and answers look like? The one description that code, OpenAPI and docs share."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field

from duologue.accounts.words import clean_line, clean_text
from duologue.api import paging
from duologue.bookings.reasons import Reason
from duologue.bookings.states import Status
from duologue.usecases.cancel import LONGEST_WORDS

LARGEST_ID = 2**63 - 1
INSTANT = {"format": "date-time", "examples": ["2026-10-22T09:30:00+02:00"]}


NAME_LENGTH = 80
NOTE_LENGTH = 4000


def _name(text: str) -> str:
    return _short_enough(clean_line(text), NAME_LENGTH)


def _note(text: str) -> str:
    return _short_enough(clean_text(text), NOTE_LENGTH)


def _words(text: str) -> str:
    return _short_enough(clean_text(text), LONGEST_WORDS)


def _short_enough(text: str, most: int) -> str:
    # Once more: composing letters can make a text longer than it was sent.
    if len(text) > most:
        msg = f"String should have at most {most} characters"
        raise ValueError(msg)
    return text


class Problem(Schema):
    """Why not (RFC 9457). `code` stays the same for ever; other members depend on it."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Where this code is explained")
    title: str = Field(description="The code in words")
    status: int = Field(description="The HTTP status once more")
    detail: str = Field(description="What was wrong this time, for a person to read")
    code: str = Field(description="What was wrong, for a program to act on")


class Price(Schema):
    """Integer minor units (cents; whole yen) and the ISO 4217 code."""

    amount: int
    currency: str


class HostCard(Schema):
    """A host as the directory shows them."""

    slug: str
    name: str
    headline: str
    topics: list[str]
    languages: list[str]
    location: str
    time_zone: str = Field(description="IANA name of the host's own zone")
    photo_url: str | None
    page_url: str


class Host(HostCard):
    """A host with their own words."""

    bio: str


class Offer(Schema):
    """An event type: what a host offers."""

    id: int
    slug: str
    name: str
    description: str
    duration_minutes: int
    slot_step_minutes: int
    minimum_notice_minutes: int
    horizon_days: int
    price: Price


class Slots(Schema):
    """Open starts, in order of time."""

    time_zone: str = Field(description="The zone in which dates were read: `zone`, else the host's own")
    slots: list[datetime] = Field(description="UTC instants")


class Someone(Schema):
    """The host of a booking."""

    slug: str
    name: str
    photo_url: str | None


class Attendee(Schema):
    """The attendee of a booking."""

    name: str
    email: str
    photo_url: str | None


class Booking(Schema):
    """One agreed or held session, as one of its two people (or an operator) sees it."""

    id: UUID
    status: Status = Field(description="The state at the time of the answer")
    role: Literal["host", "attendee", "operator"] = Field(description="What you are in it")
    title: str
    event_type_id: int
    starts_at: datetime
    ends_at: datetime
    duration_minutes: int
    host: Someone
    attendee: Attendee
    price: Price
    note: str | None = Field(description="What the attendee wrote; for the two people only")
    created_at: datetime
    hold_expires_at: datetime | None = Field(
        description="Until when the time is held; while it waits for payment"
    )
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    cancelled_by: str | None = Field(description="`host`, `attendee` or `operator`")
    cancellation_reason: str | None = Field(description="A category")
    cancellation_words: str | None = Field(description="What who cancelled wrote; for the two people only")
    refund_issued: bool = Field(description="Whether the gateway has sent the money back")
    refund_amount: Price | None = Field(
        description="What goes back of the price, or went; null when nothing does"
    )
    refund_status: Literal["on_its_way", "refunded", "stuck"] | None = Field(
        description="How far it is. `stuck` waits for an operator"
    )
    join_opens_at: datetime
    join_closes_at: datetime
    video_call_url: str | None = Field(
        description="Where the session takes place; between `join_opens_at` and `join_closes_at`,"
        " for the two people only"
    )
    video_call_room_id: str | None


class BookingMade(Booking):
    """A new booking, and where to pay for it."""

    checkout_url: str | None = Field(
        description="The payment page; null when the booking is confirmed already, or when the page did not"
        " open (ask for it again at `/api/bookings/{id}/checkout`)"
    )


class Checkout(Schema):
    """What comes next: pay at `url`, or nothing any more."""

    step: str = Field(json_schema_extra={"enum": ["pay", "prove_address", "confirmed"]})
    url: str | None


class VideoLink(Schema):
    """Where the session takes place now. Ask again each time: a session can move to another room."""

    url: str
    platform: str


class Wish(Schema):
    """Which start of which event type."""

    event_type_id: int = Field(ge=1, le=LARGEST_ID)
    starts_at: str = Field(
        max_length=40,
        description="One of the open slots, as ISO 8601 with its offset",
        json_schema_extra=dict[str, Any](INSTANT),
    )
    name: Annotated[str, AfterValidator(_name)] = Field(
        "", max_length=NAME_LENGTH, description="How to call you, if your account has no name"
    )
    time_zone: str = Field(
        "", max_length=64, description="IANA name of the zone your mails are written in; else your account's"
    )
    note: Annotated[str, AfterValidator(_note)] = Field(
        "", max_length=NOTE_LENGTH, description="What you would like to talk about"
    )


class CancelWish(Schema):
    """Why. Operators can also say that one of the two cannot come."""

    reason: Reason = Field(Reason.OTHER, description="A category")
    words: Annotated[str, AfterValidator(_words)] = Field(
        "", max_length=LONGEST_WORDS, description="A word to the other one"
    )


class Paged(Schema):
    limit: int = Field(paging.USUAL, ge=1, le=paging.MOST)
    cursor: str = Field(
        "", max_length=paging.LONGEST_CURSOR, description="From the `Link` header of the page before"
    )


class HostSearch(Paged):
    search: str = Field(
        "", max_length=200, description="Words of the name, headline, topics, languages, place or text"
    )


class BookingList(Paged):
    status: Literal["upcoming", "past"] = Field(
        "upcoming", description="Which of the two; nearest first in both"
    )


class SlotSpan(Schema):
    since: str = Field(
        "",
        alias="from",
        max_length=40,
        description="First instant (ISO 8601 with an offset) or first date; else now",
    )
    until: str = Field(
        "",
        alias="to",
        max_length=40,
        description="The instant before which slots start, or the last date (included); else 30 days after"
        " `from`. At most 62 days",
    )
    zone: str = Field(
        "", max_length=64, description="IANA name of the zone that dates are meant in; else the host's"
    )
