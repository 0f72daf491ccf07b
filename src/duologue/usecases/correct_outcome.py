"""Correct how a session ended: it took place, or one of the two did not come (STATUS-1)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, Objection, Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import SYSTEM, Actor, move
from duologue.core.errors import Refused
from duologue.jobs import queue
from duologue.usecases import ask_for_review
from duologue.usecases.attendance import attendance_of
from duologue.usecases.mark_absent import mark_absent, refund_key
from duologue.usecases.progress import write_down
from duologue.usecases.refund_absent_host import is_host_absent


def say_absent(booking: Booking, party: Party, *, by: Actor, now: datetime) -> None:
    """One of the two did not come to a session that is completed.

    The caller has made sure that `by` is an operator or the host. Raises Refused `not_completed`.
    """
    with transaction.atomic():
        lock(booking)
        write_down(booking, now=now)
        if booking.status != Status.COMPLETED:
            raise Refused(_("Only what is completed can be corrected so."), code="not_completed")
        mark_absent(booking, party, now=now, actor=by)


def say_took_place(booking: Booking, *, by: Actor, now: datetime) -> None:
    """Both came after all. What went back stays back.

    As above. Raises Refused `not_no_show`, or `objection_needed`: whether a host came is not for the host
    alone to say.
    """
    with transaction.atomic():
        lock(booking)
        if booking.status != Status.NO_SHOW:
            raise Refused(_("Nobody is said to have been absent."), code="not_no_show")
        if is_host_absent(booking) and not by.is_operator:
            raise Refused(_("Tell us that you were there. An operator decides."), code="objection_needed")
        _take_back(booking, by=by, cause="took_place", now=now)


def believe_late_words(booking: Booking, party: Party, *, now: datetime) -> None:
    """A platform told late that one came whom time alone had marked absent: that was wrong, then.

    What a person decided stays as it is.
    """
    with transaction.atomic():
        lock(booking)
        decided = booking.transitions.order_by("-id").first()
        is_ours = decided is not None and decided.actor == SYSTEM.kind
        if booking.status != Status.NO_SHOW or booking.no_show_party != party or not is_ours:
            return
        if attendance_of(booking).verdict.absent != party:
            _take_back(booking, by=SYSTEM, cause="seen_after_all", now=now)


def _take_back(booking: Booking, *, by: Actor, cause: str, now: datetime) -> None:
    move(booking, Status.COMPLETED, now=now, actor=by, cause=cause, no_show_party="")
    queue.drop([refund_key(booking)])
    queue.enqueue(*ask_for_review.owed(booking, now=now), now=now)
    open_one = Objection.objects.filter(booking=booking, decided_at__isnull=True)
    open_one.update(decided_at=now, came=True)
