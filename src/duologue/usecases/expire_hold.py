"""How does an unpaid hold end? Its checkout is closed first, and "already paid" means paid (BOOK-4)."""

import logging
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction

from duologue.accounts import people
from duologue.bookings.models import Booking, Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import SYSTEM, Actor, move
from duologue.core.errors import NotConfigured, Permanent, ProviderError
from duologue.jobs import queue
from duologue.notifications import outbox
from duologue.payments.models import Payment
from duologue.usecases.settle_payment import close_checkouts

_log = logging.getLogger(__name__)


def expire_hold(now: datetime, booking_id: str) -> None:
    """The timer's job: end the hold if its time has come; rechecks the world first.

    Whoever took the time meanwhile has expired it, but its payment and its page are still ours to end.
    """
    booking = Booking.objects.select_related("host").filter(pk=UUID(booking_id)).first()
    if booking is None or booking.status not in {Status.PENDING_PAYMENT, Status.EXPIRED}:
        return
    if booking.hold_expires_at is not None and booking.hold_expires_at > now:
        return
    try:
        close_checkouts(booking, now=now)
    except (Permanent, NotConfigured) as error:
        # The hold is over all the same: what was paid behind our back is late money.
        _log.warning("A payment page of booking %s cannot be closed: %s", booking.pk, error.message)
    _free(booking, now=now, actor=SYSTEM, cause="hold_ended")


def end_hold(booking: Booking, *, now: datetime, actor: Actor, cause: str) -> bool:
    """Close what could still be paid, then free the slot; False when it was paid after all."""
    close_checkouts(booking, now=now)
    return _free(booking, now=now, actor=actor, cause=cause)


def _free(booking: Booking, *, now: datetime, actor: Actor, cause: str) -> bool:
    with transaction.atomic():
        people.lock([booking.host.user_id, booking.attendee_id])
        booking.refresh_from_db(fields=["status"])
        if booking.status == Status.PENDING_PAYMENT:
            move(booking, Status.EXPIRED, now=now, actor=actor, cause=cause)
        elif booking.status != Status.EXPIRED:
            return False
        Payment.objects.filter(booking=booking, status=Payment.Status.PENDING).update(
            status=Payment.Status.CANCELLED
        )
        queue.drop([f"expire_hold:{booking.pk}", f"remind_to_pay:{booking.pk}"])
        if booking.pay_until is not None:
            _tell(booking, now)
    # A page that was opened meanwhile. What does not answer now is asked about after the page's end.
    with suppress(ProviderError):
        close_checkouts(booking, now=now)
    booking.refresh_from_db(fields=["status"])
    return booking.status == Status.EXPIRED


_TOLD = {
    "given_back": (Party.HOST,),
    "withdrawn": (Party.ATTENDEE,),
}
"""Who has not ended it themself; of time, both are told."""


def _tell(booking: Booking, now: datetime) -> None:
    """A session that its host booked was not paid: once, by how it ended, whoever wrote that down."""
    ended = booking.transitions.filter(to_status=Status.EXPIRED.value).last()
    cause = ended.cause if ended is not None else "hold_ended"
    mails = (
        outbox.Mail(
            template="follow_up_over",
            key=f"follow_up_over:{booking.pk}:{party.value}",
            booking_id=booking.pk,
            party=party.value,
            params={"cause": cause},
        )
        for party in _TOLD.get(cause, tuple(Party))
    )
    outbox.owe(*mails, now=now)
