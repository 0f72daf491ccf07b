"""Hide a review or the answer to it, with a reason; show it again; or leave it as it is. For operators."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts.models import User
from duologue.accounts.words import clean_text
from duologue.bookings.models import Party
from duologue.core.errors import Invalid
from duologue.notifications import outbox
from duologue.reviews.models import Moderation, Part, Report, Review

LONGEST_REASON = 500
_COLUMN = {Part.REVIEW: "hidden_at", Part.REPLY: "reply_hidden_at"}


def hide(review: Review, part: Part, reason: str, *, operator: User, now: datetime) -> bool:
    """The writer is told by mail, with the reason. False when it is hidden already, or not there.

    What was reported about the review is settled with it. Raises Invalid for no or too many words.
    """
    why = clean_text(reason)
    if not why:
        raise Invalid(_("Give a reason; the writer reads it."), field="reason")
    if len(why) > LONGEST_REASON:
        raise Invalid(_("At most %(count)s characters.") % {"count": LONGEST_REASON}, field="reason")
    with transaction.atomic():
        if not _set(review, part, None, now):
            return False
        _write_down(
            Moderation(review=review, part=part.value, is_hidden=True, reason=why, operator=operator), now
        )
        _settle(review, now)
    return True


def show_again(review: Review, part: Part, *, operator: User, now: datetime) -> bool:
    """Undo the hiding; the writer is told. False when it is not hidden."""
    with transaction.atomic():
        hidden_at = getattr(review, _COLUMN[part])
        if hidden_at is None or not _set(review, part, hidden_at, None):
            return False
        _write_down(Moderation(review=review, part=part.value, is_hidden=False, operator=operator), now)
    return True


def keep(review: Review, *, now: datetime) -> int:
    """It stays as it is; how many reports that settles."""
    with transaction.atomic():
        return _settle(review, now)


def _set(review: Review, part: Part, old: datetime | None, new: datetime | None) -> bool:
    """A guarded change: of two operators one does it."""
    column = _COLUMN[part]
    found = Review.objects.filter(pk=review.pk, **{column: old})
    if part is Part.REPLY:
        found = found.exclude(replied_at=None)
    changed = bool(found.update(**{column: new}))
    if changed:
        setattr(review, column, new)
    return changed


def _write_down(decision: Moderation, now: datetime) -> None:
    decision.at = now
    decision.save()
    review = decision.review
    party = Party.HOST.value if decision.part == Part.REPLY else review.by
    mail = outbox.Mail(
        template="review_hidden" if decision.is_hidden else "review_shown",
        key=f"review_moderated:{decision.pk}",
        booking_id=review.booking_id,
        party=party,
        params={"moderation_id": decision.pk},
    )
    outbox.owe(mail, now=now)


def _settle(review: Review, now: datetime) -> int:
    return Report.objects.filter(review=review, settled_at=None).update(settled_at=now)
