"""What do requests and answers look like? The one description that code, OpenAPI and docs share."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field

from duologue.accounts.words import clean_line, clean_text
from duologue.api import paging
from duologue.bookings import proposals
from duologue.bookings.reasons import Reason
from duologue.bookings.states import Status
from duologue.reviews.rules import MOST_STARS
from duologue.usecases.cancel import LONGEST_WORDS
from duologue.usecases.write_review import LONGEST_NOTE
from duologue.usecases.write_review import LONGEST_WORDS as LONGEST_REVIEW

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


def _review_words(text: str) -> str:
    said = _short_enough(clean_text(text), LONGEST_REVIEW)
    if not said:
        msg = "Say it in a few words, too"
        raise ValueError(msg)
    return said


def _private_note(text: str) -> str:
    return _short_enough(clean_text(text), LONGEST_NOTE)


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


class Rating(Schema):
    """How a host's reviews add up."""

    count: int
    mean: float | None = Field(description="Rounded down to a tenth; null below three reviews")
    stars: dict[str, int] = Field(description="How many gave 5, 4, 3, 2, 1")


class Host(HostCard):
    """A host with their own words, and how their reviews add up."""

    bio: str
    rating: Rating


class Review(Schema):
    """What an attendee said of a host, for everybody to read."""

    id: UUID
    stars: int = Field(description="1 to 5")
    words: str
    name: str = Field(description="First name and initial")
    month: str = Field(description="Of the session, as 2026-10")
    reply: str | None = Field(description="The host's answer")


class OwnReview(Schema):
    """Your own word about a session of yours."""

    id: UUID
    booking_id: UUID
    role: Literal["host", "attendee"]
    stars: int
    words: str
    private_note: str
    written_at: datetime
    edited_at: datetime | None
    visible_at: datetime = Field(description="From when it can be read, unless the other one writes before")
    can_be_changed: bool = Field(description="Nobody reads it yet")


class ReviewWish(Schema):
    """How it was."""

    stars: int = Field(ge=1, le=MOST_STARS)
    words: Annotated[str, AfterValidator(_review_words)] = Field(max_length=LONGEST_REVIEW)
    private_note: Annotated[str, AfterValidator(_private_note)] = Field(
        "", max_length=LONGEST_NOTE, description="For those who run the installation, and nobody else"
    )


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
    closed_because: Literal["calendar_being_read", "calendar_unreadable"] | None = Field(
        None, description="Why no time is shown at all: when the host is busy is not known at the moment"
    )


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


class Proposal(Schema):
    """Other times that a host offers for a session. They are not held: one of them can be gone by now."""

    id: UUID
    starts_at: list[datetime] = Field(description="At most three, in order of time")
    answer_until: datetime = Field(description="The instant before which the attendee can answer")


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
    follows: UUID | None = Field(description="The session from which its host booked this one")
    confirmed_at: datetime | None
    refund_until: datetime = Field(
        description="The instant before which an attendee who cancels gets the price back; moving a session"
        " does not make it later"
    )
    proposal: Proposal | None = Field(
        description="Other times that wait for the attendee's answer; for the two people only"
    )
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
    platform: str | None = Field(
        description="Where the session takes place, as pages and mails say it too: a platform's name in"
        " lower case, `builtin` for the installation's own room, `manual` or `link` for a room of the host's"
        " own. Until the room is made it is what the host wants. null while nobody knows, and for what is"
        " not agreed"
    )
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
    platform: str = Field(
        description="Where `url` leads; other than the booking's `platform` only while its room is being made"
    )


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


class NewTime(Schema):
    """To which start, and from which one."""

    starts_at: str = Field(
        max_length=40,
        description="One of the open slots of the same event type, as ISO 8601 with its offset",
        json_schema_extra=dict[str, Any](INSTANT),
    )
    expected_starts_at: str = Field(
        "", max_length=40, description="The start that you know: nothing is moved from another one"
    )


class OtherTimes(Schema):
    """What to offer the attendee."""

    starts_at: list[Annotated[str, Field(max_length=40, json_schema_extra=dict[str, Any](INSTANT))]] = Field(
        min_length=1,
        max_length=proposals.MOST,
        description="Open slots of the same event type, as ISO 8601 with their offset",
    )


class ChosenTime(Schema):
    """Which of the proposed times."""

    starts_at: str = Field(
        max_length=40,
        description="One of the proposed times, as ISO 8601 with its offset",
        json_schema_extra=dict[str, Any](INSTANT),
    )


class FollowUp(Schema):
    """What comes next, and whether it costs something."""

    event_type_id: int = Field(ge=1, le=LARGEST_ID, description="One of your own offers")
    starts_at: str = Field(
        max_length=40,
        description="One of its open slots, as ISO 8601 with its offset",
        json_schema_extra=dict[str, Any](INSTANT),
    )
    is_free: bool = Field(False, description="Ask nothing for it, whatever the offer costs")


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
