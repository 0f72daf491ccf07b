"""Ask somebody how it was: the attendee the morning after, the host once the attendee has written."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from duologue.bookings.models import Booking, Party
from duologue.jobs import queue
from duologue.notifications import outbox, readers
from duologue.notifications.models import OutgoingMail
from duologue.reviews import queries, rules
from duologue.reviews.writers import writes

TEMPLATE = "review_request"


def key(booking: Booking, party: Party) -> str:
    return f"ask_for_review:{booking.pk}:{party.value}"


def owed(booking: Booking, *, now: datetime) -> list[queue.Owed]:
    """The timer that a completed session sets. Hosts have many sessions and are not asked after each."""
    return _owed(booking, Party.ATTENDEE, now)


def owed_in_turn(booking: Booking, party: Party, *, now: datetime) -> list[queue.Owed]:
    """When one has written, the other is asked, once: then both can read."""
    return _owed(booking, party, now)


def ask_for_review(now: datetime, booking_id: str, party: str) -> None:
    """The job: owe the mail, if there is still something to ask. Nobody is asked twice."""
    found = Booking.objects.select_related("host__user", "attendee")
    booking = found.filter(pk=UUID(booking_id)).first()
    if booking is None or queries.refusal(booking, Party(party), queries.of_booking(booking), now=now):
        return
    mail = outbox.Mail(
        template=TEMPLATE, key=f"{TEMPLATE}:{booking.pk}:{party}", booking_id=booking.pk, party=party
    )
    with transaction.atomic():
        outbox.owe(mail, now=now)


def _owed(booking: Booking, party: Party, now: datetime) -> list[queue.Owed]:
    reader = readers.reader_of(OutgoingMail(booking=booking, party=party.value))
    if reader is None or not writes(party):
        return []
    at = rules.ask_at(booking.ends_at, reader.zone, now=now)
    if at is None:
        return []
    args = {"booking_id": str(booking.pk), "party": party.value}
    return [queue.Owed(name="ask_for_review", key=key(booking, party), run_at=at, args=args)]
