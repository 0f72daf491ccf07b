"""Decide as an operator about a host who says that they did come (PAY-5)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, Objection
from duologue.bookings.transitions import Actor
from duologue.core.errors import Refused
from duologue.payments.models import Refund
from duologue.usecases.correct_outcome import say_took_place
from duologue.usecases.owe_refund import owe_refund


def decide_objection(booking: Booking, *, came: bool, by: Actor, now: datetime) -> None:
    """Completed if the host came; else the money goes back now. Raises Refused `already_decided`."""
    with transaction.atomic():
        lock(booking)
        open_one = Objection.objects.filter(booking=booking, decided_at__isnull=True)
        if not open_one.update(decided_at=now, came=came):
            raise Refused(_("This was decided already. Nothing was changed."), code="already_decided")
        if came:
            say_took_place(booking, by=by, now=now)
        else:
            owe_refund(booking, Refund.Cause.HOST_ABSENT, now=now, actor=by)
