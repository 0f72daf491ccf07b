"""Why is a session cancelled? Categories for figures, beside a person's own words (CANCEL-3)."""

from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.core.vocabulary import VOCABULARIES


class Reason(StrEnum):
    PLANS_CHANGED = "plans_changed"
    ANOTHER_TIME = "another_time"
    NOT_NEEDED = "not_needed"
    VIDEO_TROUBLE = "video_trouble"
    HOST_CANNOT_COME = "host_cannot_come"
    ATTENDEE_CANNOT_COME = "attendee_cannot_come"
    OTHER = "other"


FOR_PARTIES = (
    Reason.PLANS_CHANGED,
    Reason.ANOTHER_TIME,
    Reason.NOT_NEEDED,
    Reason.VIDEO_TROUBLE,
    Reason.OTHER,
)
FOR_OPERATORS = (
    Reason.HOST_CANNOT_COME,
    Reason.ATTENDEE_CANNOT_COME,
    Reason.VIDEO_TROUBLE,
    Reason.OTHER,
)


def words(reason: str) -> str:
    """A category as people choose it."""
    vocabulary = VOCABULARIES[settings.DUOLOGUE_VOCABULARY]
    roles = {"host": str(vocabulary.host), "attendee": str(vocabulary.attendee)}
    said = {
        Reason.PLANS_CHANGED.value: _("Plans changed"),
        Reason.ANOTHER_TIME.value: _("Another time suits better"),
        Reason.NOT_NEEDED.value: _("It is no longer needed"),
        Reason.VIDEO_TROUBLE.value: _("Trouble with the video"),
        Reason.HOST_CANNOT_COME.value: _("The %(host)s cannot come") % roles,
        Reason.ATTENDEE_CANNOT_COME.value: _("The %(attendee)s cannot come") % roles,
        Reason.OTHER.value: _("Another reason"),
    }
    return said.get(reason, "")


def told(reason: str) -> str:
    """A category as others read it; empty for one that says nothing."""
    return "" if reason == Reason.OTHER else words(reason)
