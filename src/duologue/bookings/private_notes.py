"""What does somebody keep about a session for themself alone? Sealed, and read by nobody else."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts.models import User
from duologue.accounts.words import clean_text
from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, PrivateNote
from duologue.bookings.seen_words import check_unchanged
from duologue.connections import vault
from duologue.core.errors import Invalid

LONGEST = 10_000


def read(booking: Booking, user: User) -> str:
    """One's own words; empty when there are none, or when no key opens them any more."""
    note = PrivateNote.objects.filter(booking=booking, user=user).first()
    if note is None:
        return ""
    try:
        return vault.unseal(note.sealed)
    except ValueError:
        return ""


def write(booking: Booking, user: User, text: str, *, now: datetime, seen: str = "") -> None:
    """Keep these words in place of the old; nothing is kept of nothing.

    Raises Invalid when too long, Refused `changed_meanwhile` where other words than those `seen` are kept.
    """
    words = clean_text(text)
    if len(words) > LONGEST:
        raise Invalid(_("At most %(count)s characters.") % {"count": LONGEST}, field="private")
    with transaction.atomic():
        lock(booking)
        check_unchanged(read(booking, user), words, seen, field="private")
        if not words:
            PrivateNote.objects.filter(booking=booking, user=user).delete()
            return
        kept = {"sealed": vault.seal(words), "changed_at": now}
        PrivateNote.objects.update_or_create(booking=booking, user=user, defaults=kept)


def reseal(now: datetime) -> None:
    """The chore: what old keys sealed is sealed anew with the first one."""
    vault.reseal(PrivateNote.objects.all(), "sealed")
