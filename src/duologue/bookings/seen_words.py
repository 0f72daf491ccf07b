"""Were somebody's words changed in another window since their page was drawn? Then neither text is lost."""

from django.utils.translation import gettext as _

from duologue.core import crypto
from duologue.core.errors import Refused


def mark(words: str) -> str:
    """What a form sends along about the words that it shows."""
    return crypto.fingerprint(words)[:16]


def check_unchanged(kept: str, wanted: str, seen: str, *, field: str) -> None:
    """Raise Refused `changed_meanwhile` when other words are kept than those that were seen.

    Whoever says nothing of what they saw is believed, and so is who wants what is kept anyway.
    """
    if seen and seen != mark(kept) and wanted != kept:
        raise Refused(
            _("It was changed in another window meanwhile. Save once more to keep what stands here."),
            code="changed_meanwhile",
            field=field,
            kept=kept,
        )
