"""How does time move a booking on? Start and completion, as timers (STATUS-2)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, CannotCome, Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import SYSTEM, move
from duologue.calls.models import Join
from duologue.usecases.mark_absent import mark_absent


def start(now: datetime, booking_id: str) -> None:
    """The session's hour has come."""
    _write_down_later(now, booking_id)


def complete(now: datetime, booking_id: str) -> None:
    """The session is over; one whose start was never written down gets that row first."""
    _write_down_later(now, booking_id)


def _write_down_later(now: datetime, booking_id: str) -> None:
    booking = Booking.objects.select_related("host").filter(pk=UUID(booking_id)).first()
    if booking is None or booking.status_at(now) == booking.status:
        return
    with transaction.atomic():
        lock(booking)
        write_down(booking, now=now)


def write_down(booking: Booking, *, now: datetime) -> None:
    """The rows that time owes a session up to now. Needs an open transaction with the booking locked."""
    status = booking.status_at(now)
    if status in {Status.IN_PROGRESS, Status.COMPLETED} and booking.status == Status.CONFIRMED:
        move(booking, Status.IN_PROGRESS, now=now, cause="time")
    if status is Status.COMPLETED and booking.status == Status.IN_PROGRESS:
        if _host_stayed_away(booking):
            mark_absent(booking, Party.HOST, now=now, actor=SYSTEM)
        else:
            move(booking, Status.COMPLETED, now=now, cause="time")


def _host_stayed_away(booking: Booking) -> bool:
    """The host said so beforehand, no operator cancelled it, and the host did not come after all."""
    said = CannotCome.objects.filter(booking=booking).exists()
    return said and not Join.objects.filter(booking=booking, party=Party.HOST.value).exists()
