"""Tell somebody that what was written about them can be read now."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from duologue.bookings.models import Booking, Party
from duologue.jobs import queue
from duologue.notifications import outbox, readers
from duologue.notifications.models import OutgoingMail
from duologue.reviews import queries, rules
from duologue.reviews.models import Review

TEMPLATE = "review_open"


def owed(review: Review, booking: Booking) -> queue.Owed:
    """The timer of a review's first day in the open; set anew when that day comes earlier."""
    reader = readers.reader_of(OutgoingMail(booking=booking, party=_about(review).value))
    at = rules.by_day(review.visible_at, reader.zone) if reader is not None else review.visible_at
    args = {"review_id": str(review.pk)}
    return queue.Owed(name="tell_review", key=f"tell_review:{review.pk}", run_at=at, args=args)


def tell_review(now: datetime, review_id: str) -> None:
    """The job: owe the mail, unless the review was hidden, or the session did not take place after all."""
    review = queries.readable(now).filter(pk=UUID(review_id)).first()
    if review is None:
        return
    mail = outbox.Mail(
        template=TEMPLATE,
        key=f"{TEMPLATE}:{review.pk}",
        booking_id=review.booking_id,
        party=_about(review).value,
        params={"review_id": str(review.pk)},
    )
    with transaction.atomic():
        outbox.owe(mail, now=now)


def _about(review: Review) -> Party:
    """Whom it is about: the side that did not write it."""
    return Party(review.by).other
