"""What can still change about a session, or about how it went, and who may say so?"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from duologue.bookings import proposals, reasons
from duologue.bookings.models import Booking, CannotCome, Objection, Party
from duologue.bookings.states import AGREED, Status
from duologue.bookings.transitions import Actor
from duologue.calls import access
from duologue.jobs.models import Job
from duologue.payments import given_back
from duologue.payments.models import Refund
from duologue.usecases import reschedule
from duologue.usecases.book_follow_up import may_follow
from duologue.usecases.cancel import canceller, refuse
from duologue.usecases.mark_absent import refund_key
from duologue.usecases.object_to_absence import refusal
from duologue.usecases.refund_absent_host import is_host_absent
from duologue.usecases.report_cannot_come import check_report
from duologue.web import outcome
from duologue.web.viewer import Viewer

FOLLOW_UPS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Plans:
    """Of one session, for one viewer. `why_not` stands in place of the Cancel button.

    `who` ended it, empty for the viewer. `corrections` are what a host or operator can say instead. `words`
    are the canceller's, for the two people only. At `refund_at` the price of an absent host goes back.
    """

    by: Actor
    may_cancel: bool
    may_move: bool
    may_propose: bool
    why_not: str
    may_report: bool
    reported: CannotCome | None
    may_object: bool
    objection: Objection | None
    corrections: tuple[str, ...]
    who: str
    reason: str
    words: str
    refund_at: datetime | None
    may_follow: bool
    follow_ups: tuple["Follower", ...]
    refunds: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Follower:
    """A session that was booked from this one, and how it stands."""

    booking: Booking
    words: str


def plans(booking: Booking, viewer: Viewer) -> Plans:
    by = actor(booking, viewer)
    party = Party(by.kind) if by.kind in Party.values else None
    status = booking.status_at(viewer.now)
    refused = refuse(booking, by=by, now=viewer.now)
    is_host = party is Party.HOST
    may_move = party is not None and reschedule.refuse(booking, now=viewer.now) is None
    return Plans(
        by=by,
        may_cancel=refused is None,
        may_move=may_move,
        may_propose=may_move and is_host and proposals.standing(booking, now=viewer.now) is None,
        why_not=refused.message if refused is not None and status in AGREED else "",
        may_report=is_host and status in AGREED and check_report(booking, now=viewer.now) is None,
        reported=CannotCome.objects.filter(booking=booking).first() if status in AGREED else None,
        may_object=is_host and refusal(booking) is None,
        objection=Objection.objects.filter(booking=booking).first() if status is Status.NO_SHOW else None,
        corrections=_corrections(booking, status, corrector(booking, viewer)),
        who=_who(booking, party),
        reason=reasons.told(booking.cancellation_reason),
        words=booking.cancellation_words if party or booking.cancelled_by == by.kind else "",
        refund_at=_refund_at(booking),
        may_follow=is_host and may_follow(booking, now=viewer.now),
        follow_ups=_follow_ups(booking, viewer.now) if is_host else (),
        refunds=_refunds(booking, party),
    )


def actor(booking: Booking, viewer: Viewer) -> Actor:
    """Who the viewer is when they cancel; raises NotFound for those who may not, or may only join."""
    party = access.party_of(booking, viewer.user, browser=viewer.known_browser)
    return canceller(booking, party, viewer.user, now=viewer.now)


def corrector(booking: Booking, viewer: Viewer) -> Actor | None:
    """Who may say how a session went: operators, and its host."""
    if viewer.user is None:
        return None
    if viewer.is_operator:
        return Actor("operator", viewer.user.pk)
    is_host = booking.party_of(viewer.user.pk) is Party.HOST
    return Actor("host", viewer.user.pk) if is_host else None


def _follow_ups(booking: Booking, now: datetime) -> tuple[Follower, ...]:
    """The latest few, those among them that were not paid."""
    latest = booking.follow_ups.order_by("-created_at", "-pk")[:FOLLOW_UPS_SHOWN]
    return tuple(Follower(one, _standing(one.status_at(now))) for one in latest)


def _standing(status: Status) -> str:
    return {
        Status.PENDING_PAYMENT: _("Not paid yet"),
        Status.EXPIRED: _("Not paid, the time is free again"),
        Status.CANCELLED: _("Cancelled"),
    }.get(status, _("Confirmed"))


def _corrections(booking: Booking, status: Status, by: Actor | None) -> tuple[str, ...]:
    if by is None:
        return ()
    if status is Status.COMPLETED:
        return tuple(f"{party.value}_absent" for party in (Party.ATTENDEE, Party.HOST))
    is_theirs = by.is_operator or booking.no_show_party == Party.ATTENDEE
    return ("took_place",) if status is Status.NO_SHOW and is_theirs else ()


def _who(booking: Booking, party: Party | None) -> str:
    """Who cancelled, or did not come; empty for the viewer, who knows it."""
    if party is not None and party.value in {booking.cancelled_by, booking.no_show_party}:
        return ""
    if booking.status == Status.CANCELLED:
        return outcome.who_cancelled(booking)
    return outcome.who_was_absent(booking) if booking.status == Status.NO_SHOW else ""


def _refund_at(booking: Booking) -> datetime | None:
    """When the timer of an absent host's refund rings; none once it rang, or waits for an operator."""
    if not is_host_absent(booking):
        return None
    job = Job.objects.filter(key=refund_key(booking), state=Job.State.WAITING)
    has_payment = outcome.would_come_back(booking) is not None
    return job.values_list("run_at", flat=True).first() if has_payment else None


def _refunds(booking: Booking, party: Party | None) -> tuple[tuple[str, str], ...]:
    """What each is for, and how it stands."""
    return tuple(
        (
            str(Refund.Cause.PAID_TWICE.label) if refund.cause == Refund.Cause.PAID_TWICE else _("Refund"),
            outcome.money_back(given_back.of_refund(refund), party),
        )
        for refund in Refund.objects.filter(payment__booking=booking).order_by("created_at", "pk")
    )
