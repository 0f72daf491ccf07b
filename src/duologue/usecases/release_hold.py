"""Give a held time back before it is paid."""

from datetime import datetime

from django.utils.translation import gettext as _

from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core.errors import Refused
from duologue.usecases.expire_hold import end_hold


def release_hold(booking: Booking, *, now: datetime, actor: Actor) -> None:
    """Free the slot; raises Refused when the booking is paid or settled already."""
    if booking.status not in {Status.PENDING_PAYMENT, Status.EXPIRED}:
        raise Refused(_("This time is booked already, so it cannot be given back here."), code="not_held")
    if not end_hold(booking, now=now, actor=actor, cause="given_back"):
        raise Refused(_("Your payment arrived a moment ago, so the time is booked."), code="already_paid")
