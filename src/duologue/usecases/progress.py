"""How does time move a booking on? Start and completion, as timers (STATUS-2)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from duologue.bookings.models import Booking
from duologue.bookings.states import COMPLETES_AFTER, Status
from duologue.bookings.transitions import move


def start(now: datetime, booking_id: str) -> None:
    """The session's hour has come."""
    booking = Booking.objects.filter(pk=UUID(booking_id)).first()
    if booking is None or booking.starts_at > now or booking.status != Status.CONFIRMED:
        return
    with transaction.atomic():
        move(booking, Status.IN_PROGRESS, now=now, cause="time")


def complete(now: datetime, booking_id: str) -> None:
    """The session is over; one whose start was never written down gets that row first."""
    start(now, booking_id)
    booking = Booking.objects.filter(pk=UUID(booking_id)).first()
    if booking is None or booking.ends_at + COMPLETES_AFTER > now or booking.status != Status.IN_PROGRESS:
        return
    with transaction.atomic():
        move(booking, Status.COMPLETED, now=now, cause="time")
