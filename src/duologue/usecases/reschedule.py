"""Move a session to another open time: same booking, payment, links and calendar entry (CANCEL-5)."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings import claims
from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, Party
from duologue.bookings.policy import can_cancel_until, cancel_refusal
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor, Times, move, set_time, times_from
from duologue.core.errors import NotFound, Refused
from duologue.jobs import queue
from duologue.notifications import outbox
from duologue.scheduling.terms import Terms
from duologue.usecases import other_times, timers
from duologue.usecases.book import instant_of, one_winner, refuse_start
from duologue.usecases.cancel import check_not_moved
from duologue.usecases.move_room import owe_move


def reschedule(
    booking: Booking, to: datetime, *, by: Actor, now: datetime, seen: datetime | None = None
) -> bool:
    """Free the old time and take the new one, or change nothing; False when it is at that time already.

    The caller has made sure that `by` is who they are to the booking. Raises Refused: `too_late` (data
    `until`), `already_cancelled`, `not_cancellable`; `moved` (data `starts_at`) when somebody moved it since
    `booking` was read, or from the start that was `seen`; SlotTaken and what else `book` says about a start.
    """
    starts_at, seen = instant_of(to), seen or booking.starts_at
    with one_winner(), transaction.atomic():
        lock(booking)
        refusal = refuse(booking, now=now)
        if refusal is not None:
            raise refusal
        if booking.starts_at == starts_at:
            return False
        check_not_moved(booking, seen)
        take(booking, starts_at, by=by, now=now)
        return True


def mover(party: Party | None, user_id: int | None) -> Actor:
    """Who somebody is when they move a session: one of the two people. Raises NotFound for anybody else."""
    if party is None:
        raise NotFound(_("There is no such session, or it is not yours."))
    return Actor(party.value, user_id)


def refuse(booking: Booking, *, now: datetime) -> Refused | None:
    """Why it cannot be moved now, or nothing: it can be as long as it can be cancelled."""
    code = cancel_refusal(booking.status_at(now), booking.starts_at, booking.cancel_hours, now)
    if code is None:
        return None
    if code == "already_cancelled":
        return Refused(_("It is cancelled. Nothing was changed."), code=code)
    if code == "too_late":
        until = can_cancel_until(booking.starts_at, booking.cancel_hours)
        return Refused(_too_late(booking, now), code=code, until=until)
    return Refused(_("Only what is agreed and has not begun can be moved."), code=code)


def _too_late(booking: Booking, now: datetime) -> str:
    if now >= booking.starts_at or booking.status == Status.IN_PROGRESS:
        return _("Too late to move it: it has begun.")
    return _("Too late to move it: it starts in less than %(hours)s hours.") % {"hours": booking.cancel_hours}


def check_time(booking: Booking, to: datetime, *, now: datetime) -> Times:
    """What the session would claim at that start; raises Refused with what speaks against it now."""
    asked = other_times.terms_of(booking)
    times = _times(booking, asked, to)
    _check(booking, asked, times, now)
    return times


def take(
    booking: Booking, starts_at: datetime, *, by: Actor, now: datetime, was_proposed: bool = False
) -> None:
    """Move it there, inside `one_winner` and with all locked; the caller has looked at the deadline."""
    old, times = booking.starts_at, check_time(booking, starts_at, now=now)
    for dead in claims.dead_holds(booking.host, times.blocked_from, times.blocked_until, now=now):
        move(dead, Status.EXPIRED, now=now, cause="hold_ended")
    if not set_time(booking, times, now=now, actor=by):
        msg = "A booking that is locked cannot change."
        raise RuntimeError(msg)
    queue.drop(timers.reminder_keys(booking))
    queue.enqueue(*timers.of_confirmed(booking, now=now), now=now)
    owe_move(booking, now=now)
    said: dict[str, Any] = {"from": old.isoformat(), "sequence": booking.ics_sequence, "by": by.kind}
    if was_proposed:
        said["proposed"] = True
    outbox.owe(*(_mail(booking, party, said) for party in Party), now=now)


def _check(booking: Booking, asked: Terms, times: Times, now: datetime) -> None:
    """All that `book` asks of a start; neither of the two may sit in another session then."""
    if not booking.host.is_bookable:
        raise Refused(
            _("%(name)s takes no bookings at the moment.") % {"name": booking.host}, code="not_bookable"
        )
    refuse_start(other_times.refusal(booking, asked, times.starts_at, now=now))
    if claims.has_session(
        user_id=booking.attendee_id,
        email=booking.attendee_email,
        start=times.starts_at,
        end=times.ends_at,
        now=now,
        besides=booking.pk,
    ):
        raise Refused(_("One of you has another session at that time."), code="overlap")


def _times(booking: Booking, asked: Terms, starts_at: datetime) -> Times:
    rules = asked.rules
    return times_from(
        starts_at,
        booking.duration,
        before=timedelta(seconds=rules.buffer_before),
        after=timedelta(seconds=rules.buffer_after),
    )


def _mail(booking: Booking, party: Party, said: dict[str, Any]) -> outbox.Mail:
    return outbox.Mail(
        template="session_moved",
        key=f"moved:{booking.pk}:{party.value}:{booking.ics_sequence}",
        booking_id=booking.pk,
        party=party.value,
        params=said,
    )
