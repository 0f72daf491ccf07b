"""Give the money back for a session to which the host did not come, a day later (PAY-5)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, Objection, Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import SYSTEM
from duologue.payments.models import Refund
from duologue.usecases.owe_refund import owe_refund


def refund_absent_host(now: datetime, booking_id: str) -> None:
    """The job: unless an objection of the host waits to be decided, or it was corrected meanwhile."""
    booking = Booking.objects.select_related("host").filter(pk=UUID(booking_id)).first()
    if booking is None:
        return
    with transaction.atomic():
        lock(booking)
        is_open = Objection.objects.filter(booking=booking, decided_at__isnull=True).exists()
        if is_host_absent(booking) and not is_open:
            owe_refund(booking, Refund.Cause.HOST_ABSENT, now=now, actor=SYSTEM)


def is_host_absent(booking: Booking) -> bool:
    return booking.status == Status.NO_SHOW and booking.no_show_party == Party.HOST
