"""What does a session's page tell its people about reviews: written, to write, to read, to answer?"""

from dataclasses import dataclass
from datetime import datetime

from duologue.bookings.models import Booking, Party, Person
from duologue.bookings.states import AGREED, Status
from duologue.reviews import queries, rules
from duologue.reviews.models import Moderation, Part, Review
from duologue.reviews.writers import writes
from duologue.web.forms_reviews import ReplyForm
from duologue.web.viewer import Viewer

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Card:
    """Of one session, for one of its people. `refusal` is why they do not write (any more).

    `theirs` is only there once it may be read. The reasons are operators' for what they hid of the viewer's.
    """

    other: Person
    own: Review | None
    theirs: Review | None
    refusal: str | None
    may_edit: bool
    other_has_written: bool
    is_open: bool
    opens_at: datetime
    hidden_because: str
    reply_hidden_because: str
    reply_form: ReplyForm | None

    @property
    def may_write(self) -> bool:
        return self.refusal is None


@dataclass(frozen=True, slots=True)
class Past:
    """What other hosts wrote about an attendee, for the host who is about to meet them."""

    person: Person
    summary: queries.Summary
    reviews: list[Review]


def card(
    booking: Booking, party: Party, viewer: Viewer, *, reply_form: ReplyForm | None = None
) -> Card | None:
    """None for what is not completed, and where there is nothing to say."""
    if booking.status_at(viewer.now) is not Status.COMPLETED:
        return None
    written = queries.of_booking(booking)
    own, theirs = written.get(party), written.get(party.other)
    refusal = queries.refusal(booking, party, written, now=viewer.now)
    is_readable = theirs is not None and theirs.hidden_at is None and theirs.visible_at <= viewer.now
    if refusal == "reviews_off" and not is_readable:
        return None
    other = booking.attendee_person if party is Party.HOST else booking.host_person
    answers = party is Party.HOST and is_readable and theirs is not None and theirs.replied_at is None
    return Card(
        other=other,
        own=own,
        theirs=theirs if is_readable else None,
        refusal=refusal,
        may_edit=own is not None and _may_edit(own, theirs, viewer.now),
        other_has_written=theirs is not None,
        is_open=own is not None and own.visible_at <= viewer.now,
        opens_at=own.visible_at if own is not None else rules.blind_until(booking.ends_at),
        hidden_because=_reason(own, Part.REVIEW),
        reply_hidden_because=_reason(theirs, Part.REPLY) if party is Party.HOST else "",
        reply_form=(reply_form or ReplyForm(name=other.first_name)) if answers else None,
    )


def past_of_attendee(booking: Booking, party: Party, viewer: Viewer) -> Past | None:
    """While the session lies ahead, and only of somebody whose address is proved."""
    if party is not Party.HOST or booking.attendee_id is None or not writes(Party.HOST):
        return None
    if booking.status_at(viewer.now) not in AGREED:
        return None
    reviews = list(queries.about_attendee(booking.attendee_id, now=viewer.now))
    if not reviews:
        return None
    stars = tuple(
        sum(review.stars == value for review in reviews) for value in range(1, rules.MOST_STARS + 1)
    )
    return Past(booking.attendee_person, queries.Summary(stars), reviews[:SHOWN])


def _may_edit(own: Review, theirs: Review | None, now: datetime) -> bool:
    return rules.is_editable(visible_at=own.visible_at, other_has_written=theirs is not None, now=now)


def _reason(review: Review | None, part: Part) -> str:
    """Why an operator hid it; empty for what is not hidden."""
    if review is None or (review.hidden_at if part is Part.REVIEW else review.reply_hidden_at) is None:
        return ""
    last = Moderation.objects.filter(review=review, part=part.value, is_hidden=True).last()
    return last.reason if last is not None else ""
