"""Answer what an attendee wrote: the host, once, for everybody to read."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts.words import clean_text
from duologue.core.errors import Invalid, Refused
from duologue.reviews.models import Review

LONGEST_REPLY = 1000


def reply_to_review(review: Review, words: str, *, now: datetime) -> None:
    """The caller has made sure that it is readable, an attendee's, and that its host answers.

    Raises Invalid for no or too many words; Refused `already_replied` when there is an answer by now.
    """
    said = clean_text(words)
    if not said:
        raise Invalid(_("Write an answer."), field="words")
    if len(said) > LONGEST_REPLY:
        raise Invalid(_("At most %(count)s characters.") % {"count": LONGEST_REPLY}, field="words")
    with transaction.atomic():
        unanswered = Review.objects.filter(pk=review.pk, replied_at=None, hidden_at=None)
        if not unanswered.update(reply=said, replied_at=now):
            raise Refused(_("It was answered already, or hidden meanwhile."), code="already_replied")
    review.reply, review.replied_at = said, now
