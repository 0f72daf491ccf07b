"""Say that one comes some minutes late: one tap, told to the other at once (JOIN-1)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings import lateness
from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, Party, RunningLate
from duologue.core.errors import Refused
from duologue.notifications import outbox


def say_late(booking: Booking, party: Party, minutes: int, *, now: datetime) -> int:
    """Five minutes first, then more, never less; what was said already is no news and no second mail.

    How many minutes the other one knows of.

    The caller has made sure that it is that party. Raises Refused `not_now` outside the time for it.
    """
    with transaction.atomic():
        lock(booking)
        said = lateness.word_of(booking, party)
        if said is not None and minutes <= said.minutes and lateness.is_time(booking, now):
            return said.minutes
        if minutes not in lateness.may_say(booking, said, now):
            raise Refused(
                _("You can say so from 15 minutes before the start until 15 minutes after it."),
                code="not_now",
            )
        RunningLate.objects.update_or_create(
            booking=booking,
            party=party.value,
            defaults={"starts_at": booking.starts_at, "minutes": minutes, "at": now},
        )
        outbox.owe(_mail(booking, party, minutes), now=now)
    return minutes


def _mail(booking: Booking, party: Party, minutes: int) -> outbox.Mail:
    return outbox.Mail(
        template="running_late",
        key=f"late:{booking.pk}:{party.value}:{booking.starts_at:%Y%m%d%H%M}:{minutes}",
        booking_id=booking.pk,
        party=party.other.value,
    )
