"""Tell the operators that a review, or the answer to it, should not stand there."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts.models import User
from duologue.accounts.words import clean_text
from duologue.core.errors import Invalid
from duologue.reviews.models import Report, Review

LONGEST_REPORT = 1000


def report_review(review: Review, by: User, words: str, *, now: datetime) -> bool:
    """False when this person has reported it before. The caller has made sure that they may read it.

    Raises Invalid for no or too many words.
    """
    said = clean_text(words)
    if not said:
        raise Invalid(_("Say what is wrong with it."), field="words")
    if len(said) > LONGEST_REPORT:
        raise Invalid(_("At most %(count)s characters.") % {"count": LONGEST_REPORT}, field="words")
    with transaction.atomic():
        _report, is_new = Report.objects.get_or_create(
            review=review, by=by, defaults={"words": said, "at": now}
        )
    return is_new
