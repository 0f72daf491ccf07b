"""How does time move a booking on? Start and completion, as timers (STATUS-2)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, CannotCome, Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import SYSTEM, move
from duologue.calls.models import FrameStay, Join, Presence, Sighting
from duologue.jobs import queue
from duologue.usecases import ask_for_review, tell_waiting
from duologue.usecases.attendance import attendance_of
from duologue.usecases.mark_absent import mark_absent


def start(now: datetime, booking_id: str) -> None:
    """The session's hour has come; a little later somebody may be waiting alone."""
    booking = Booking.objects.select_related("host").filter(pk=UUID(booking_id)).first()
    if booking is None or booking.status_at(now) is not Status.IN_PROGRESS:
        return
    with transaction.atomic():
        lock(booking)
        write_down(booking, now=now)
        if booking.status_at(now) is Status.IN_PROGRESS:
            queue.ensure(tell_waiting.owed(booking, booking.starts_at + tell_waiting.PATIENCE), now=now)


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
        absent = _who_stayed_away(booking)
        if absent is not None:
            mark_absent(booking, absent, now=now, actor=SYSTEM)
        elif move(booking, Status.COMPLETED, now=now, cause="time"):
            queue.enqueue(*ask_for_review.owed(booking, now=now), now=now)


def _who_stayed_away(booking: Booking) -> Party | None:
    """Whom the evidence, or a host's own word, says to have been absent; None where nobody can tell."""
    absent = attendance_of(booking).verdict.absent
    if absent:
        return Party(absent)
    return Party.HOST if _host_stayed_away(booking) else None


def _host_stayed_away(booking: Booking) -> bool:
    """The host said so beforehand, no operator cancelled it, and the host did not come after all."""
    if not CannotCome.objects.filter(booking=booking).exists():
        return False
    came = {"booking": booking, "party": Party.HOST.value}
    return not any(traces.objects.filter(**came).exists() for traces in (Join, Sighting, Presence, FrameStay))
