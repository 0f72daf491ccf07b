"""Change what the attendee wrote to the host, until the session starts."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts.words import clean_text
from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, Party
from duologue.bookings.seen_words import check_unchanged
from duologue.bookings.states import Status
from duologue.core.errors import Invalid, Refused
from duologue.notifications import outbox

LONGEST = 4000
GATHERED_FOR = 600
"""Seconds: however often the note changes in that time, the host gets one mail with how it ended."""


def change_note(booking: Booking, text: str, *, now: datetime, seen: str = "") -> bool:
    """Keep the new note and owe the host one mail about it; False when nothing is new.

    The caller has made sure that it is the attendee. Raises Invalid when it is too long, Refused `begun`,
    or `changed_meanwhile` where it is another than the one that was `seen`.
    """
    note = clean_text(text)
    if len(note) > LONGEST:
        raise Invalid(_("At most %(count)s characters.") % {"count": LONGEST}, field="note")
    with transaction.atomic():
        lock(booking)
        booking.refresh_from_db(fields=["note"])
        if not may_change(booking, now=now):
            raise too_late()
        check_unchanged(booking.note, note, seen, field="note")
        if note == booking.note:
            return False
        booking.note = note
        booking.save(update_fields=["note"])
        if booking.status == Status.CONFIRMED:
            outbox.owe(_mail(booking, now), now=now)
    return True


def may_change(booking: Booking, *, now: datetime) -> bool:
    return booking.status_at(now) in {Status.PENDING_PAYMENT, Status.CONFIRMED} and now < booking.starts_at


def too_late() -> Refused:
    return Refused(_("The note can be changed until the start."), code="begun")


def _mail(booking: Booking, now: datetime) -> outbox.Mail:
    """At the end of the span that the change falls in, but before the start."""
    span = int(now.timestamp()) // GATHERED_FOR
    left = timedelta(seconds=GATHERED_FOR - now.timestamp() % GATHERED_FOR)
    return outbox.Mail(
        template="note_changed",
        key=f"note_changed:{booking.pk}:{span}",
        booking_id=booking.pk,
        party=Party.HOST.value,
        at=min(now + left, max(now, booking.starts_at - timedelta(minutes=5))),
    )
