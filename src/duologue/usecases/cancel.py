"""Cancel a session: free the time, give the money back, tell both people (CANCEL-1 to CANCEL-3)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts.models import User
from duologue.accounts.words import clean_text
from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, Party
from duologue.bookings.policy import can_cancel_until, cancel_refusal, is_refunded
from duologue.bookings.reasons import FOR_OPERATORS, FOR_PARTIES, Reason
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor, move
from duologue.core.errors import Invalid, NotFound, Refused
from duologue.jobs import queue
from duologue.notifications import outbox
from duologue.payments.models import Refund
from duologue.usecases import timers
from duologue.usecases.delete_room import close_rooms
from duologue.usecases.owe_refund import owe_refund

LONGEST_WORDS = 1000


def cancel(booking: Booking, *, by: Actor, reason: str, words: str = "", now: datetime) -> None:
    """Cancel, once: of several who try at the same time one does, and the others are told.

    The caller has made sure that `by` is who they are to the booking. Raises Invalid for a reason that is
    not theirs or too many words; Refused `too_late` (data `until`), `already_cancelled`, `not_cancellable`;
    `moved` (data `starts_at`) when it was given another time since `booking` was read. Nothing is changed by
    a refusal.
    """
    said, seen = _checked_words(by, reason, words), booking.starts_at
    with transaction.atomic():
        lock(booking)
        refusal = refuse(booking, by=by, now=now)
        if refusal is not None:
            raise refusal
        check_not_moved(booking, seen)
        move(
            booking,
            Status.CANCELLED,
            now=now,
            actor=by,
            cause=reason,
            cancelled_at=now,
            cancelled_by=by.kind,
            cancellation_reason=reason,
            cancellation_words=said,
            ics_sequence=booking.ics_sequence + 1,
        )
        queue.drop(timers.keys(booking))
        if gives_back(booking, by=by, now=now):
            owe_refund(booking, Refund.Cause.CANCELLED, now=now, actor=by)
        close_rooms(booking, now=now)
        outbox.owe(*(_mail(booking, party) for party in Party), now=now)


def canceller(booking: Booking, party: Party | None, user: User | None, *, now: datetime) -> Actor:
    """Who somebody is when they cancel: their side; or an operator, where that side cannot (any more).

    Raises NotFound for anybody else, those among them who may only join.
    """
    user_id = user.pk if user is not None else None
    as_operator = Actor("operator", user_id) if user is not None and user.is_operator else None
    if party is None:
        if as_operator is None:
            raise NotFound(_("There is no such session, or it is not yours."))
        return as_operator
    as_party = Actor(party.value, user_id)
    if as_operator is not None and refuse(booking, by=as_party, now=now) is not None:
        return as_operator
    return as_party


def refuse(booking: Booking, *, by: Actor, now: datetime) -> Refused | None:
    """Why `by` cannot cancel now, or nothing."""
    status = booking.status_at(now)
    code = cancel_refusal(status, booking.starts_at, booking.cancel_hours, now, by_operator=by.is_operator)
    if code is None:
        return None
    if code == "too_late":
        until = can_cancel_until(booking.starts_at, booking.cancel_hours)
        return Refused(too_late_words(booking, now=now), code=code, until=until)
    if code == "already_cancelled":
        return Refused(_("It is cancelled already. Nothing was changed."), code=code)
    return Refused(_("Only what is agreed and not over can be cancelled."), code=code)


def gives_back(booking: Booking, *, by: Actor, now: datetime) -> bool:
    """Whether cancelling returns what was paid; not after the deadline of the first time (CANCEL-5)."""
    return is_refunded(booking.refund_until, now, by_attendee=by.kind == Party.ATTENDEE.value)


def check_not_moved(booking: Booking, seen: datetime) -> None:
    """Raises Refused when the session has another time than the one that was `seen`."""
    if booking.starts_at != seen:
        raise Refused(
            _("It was moved to another time meanwhile. Nothing else was changed."),
            code="moved",
            starts_at=booking.starts_at,
        )


def too_late_words(booking: Booking, *, now: datetime) -> str:
    """The reason that stands in place of the button."""
    if now >= booking.starts_at:
        return _("Too late to cancel: it has begun.")
    return _("Too late to cancel: it starts in less than %(hours)s hours.") % {"hours": booking.cancel_hours}


def _checked_words(by: Actor, reason: str, words: str) -> str:
    allowed: tuple[Reason, ...] = FOR_OPERATORS if by.is_operator else FOR_PARTIES
    if reason not in allowed:
        raise Invalid(_("Choose one of the reasons."), field="reason")
    said = clean_text(words)
    if len(said) > LONGEST_WORDS:
        raise Invalid(_("At most %(count)s characters.") % {"count": LONGEST_WORDS}, field="words")
    return said


def _mail(booking: Booking, party: Party) -> outbox.Mail:
    return outbox.Mail(
        template="session_cancelled",
        key=f"cancelled:{booking.pk}:{party.value}",
        booking_id=booking.pk,
        party=party.value,
    )
