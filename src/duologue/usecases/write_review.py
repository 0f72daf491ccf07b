"""Say how a session was, once and blind, and change it until it is read."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts.words import clean_text
from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, Party
from duologue.core.errors import Invalid, Refused
from duologue.core.ids import uuid7
from duologue.jobs import queue
from duologue.reviews import queries, rules
from duologue.reviews.models import Review
from duologue.usecases import ask_for_review, tell_review
from duologue.usecases.progress import write_down

LONGEST_WORDS = 2000
LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Said:
    """Stars from 1 to 5, words for others to read, and a note that only operators read."""

    stars: int
    words: str
    private_note: str = ""


def write_review(booking: Booking, by: Party, said: Said, *, now: datetime) -> Review:
    """Write one side's review; the caller has made sure that it is theirs. Of several at once one is written.

    Saying the same once more gives what stands. Raises Invalid (`stars`, `words`, `private_note`), and
    Refused `not_completed`, `already_reviewed`, `review_closed` or `reviews_off`.
    """
    meant = _checked(said)
    with transaction.atomic():
        lock(booking)
        write_down(booking, now=now)
        written = queries.of_booking(booking)
        own = written.get(by)
        if own is not None and _said(own) == meant:
            return own
        code = queries.refusal(booking, by, written, now=now)
        if code is not None:
            raise refused(code)
        review = _write(booking, by, meant, now=now, other=written.get(by.other))
        queue.drop([ask_for_review.key(booking, by)])
        return review


def edit_review(review: Review, said: Said, *, now: datetime) -> None:
    """Change it while nobody reads it; the caller has made sure that it is theirs. Needs `booking__host`.

    Raises Invalid as above, and Refused `review_closed`.
    """
    meant = _checked(said)
    with transaction.atomic():
        lock(review.booking)
        written = queries.of_booking(review.booking)
        kept = written[Party(review.by)]
        has_other = Party(review.by).other in written
        if not rules.is_editable(visible_at=kept.visible_at, other_has_written=has_other, now=now):
            raise refused("review_closed")
        for name in ("stars", "words", "private_note"):
            setattr(review, name, getattr(meant, name))
        review.edited_at = now
        review.save(update_fields=["stars", "words", "private_note", "edited_at"])


def refused(code: str) -> Refused:
    words = {
        "not_completed": _("It can be reviewed once it is over and both were there."),
        "already_reviewed": _("You have written already. This is what stands."),
        "review_closed": _("It is too late to write or change a review: what was written can be read."),
        "reviews_off": _("There is nothing for you to review."),
    }
    return Refused(words[code], code=code)


def _write(booking: Booking, by: Party, said: Said, *, now: datetime, other: Review | None) -> Review:
    review = Review.objects.create(
        id=uuid7(now),
        booking=booking,
        host_id=booking.host_id,
        by=by.value,
        stars=said.stars,
        words=said.words,
        private_note=said.private_note,
        written_at=now,
        visible_at=_visible_at(booking, now, other.written_at if other is not None else None),
    )
    if other is not None:
        other.visible_at = _visible_at(booking, other.written_at, now)
        other.save(update_fields=["visible_at"])
        queue.enqueue(tell_review.owed(other, booking), now=now)
    else:
        queue.enqueue(*ask_for_review.owed_in_turn(booking, by.other, now=now), now=now)
    queue.enqueue(tell_review.owed(review, booking), now=now)
    return review


def _visible_at(booking: Booking, written_at: datetime, other_written_at: datetime | None) -> datetime:
    return rules.visible_at(ends_at=booking.ends_at, written_at=written_at, other_written_at=other_written_at)


def _said(review: Review) -> Said:
    return Said(review.stars, review.words, review.private_note)


def _checked(said: Said) -> Said:
    if not 1 <= said.stars <= rules.MOST_STARS:
        raise Invalid(_("Give one to five stars."), field="stars")
    words, note = clean_text(said.words), clean_text(said.private_note)
    if not words:
        raise Invalid(_("Say it in a few words, too."), field="words")
    for field, text, most in (("words", words, LONGEST_WORDS), ("private_note", note, LONGEST_NOTE)):
        if len(text) > most:
            raise Invalid(_("At most %(count)s characters.") % {"count": most}, field=field)
    return Said(said.stars, words, note)
