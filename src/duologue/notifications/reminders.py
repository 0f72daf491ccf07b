"""Whom do we remind of a session, a day and an hour before? Run by the timers that a confirmation sets."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from duologue.bookings.models import Booking, Party
from duologue.bookings.states import Status
from duologue.notifications import outbox


def remind(now: datetime, booking_id: str, kind: str) -> None:
    """Owe the mails of one reminder (`day` or `hour`), if the session still lies ahead.

    The attendee chooses whether to be reminded; the host always is. A session that was moved has a new
    sequence and is reminded of anew.
    """
    booking = Booking.objects.filter(pk=UUID(booking_id)).first()
    if booking is None or booking.status_at(now) is not Status.CONFIRMED:
        return
    parties = list(Party) if booking.wants_reminders else [Party.HOST]
    with transaction.atomic():
        outbox.owe(*(_mail(booking, party, kind) for party in parties), now=now)


def _mail(booking: Booking, party: Party, kind: str) -> outbox.Mail:
    return outbox.Mail(
        template=f"reminder_{kind}",
        key=f"reminder_{kind}:{booking.pk}:{party.value}:{booking.ics_sequence}",
        booking_id=booking.pk,
        party=party.value,
        params={"sequence": booking.ics_sequence},
    )
