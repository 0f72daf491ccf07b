"""Offer the attendee other times for a session, up to three; or take the offer back (CANCEL-5)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings import proposals
from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, Party, Proposal
from duologue.bookings.transitions import Actor
from duologue.core.errors import Forbidden, Invalid, NotFound, Refused
from duologue.core.ids import uuid7
from duologue.notifications import outbox
from duologue.usecases.book import instant_of
from duologue.usecases.cancel import check_not_moved
from duologue.usecases.reschedule import check_time, refuse

Several = Collection[datetime]


def propose(booking: Booking, starts: Several, *, now: datetime, seen: datetime | None = None) -> Proposal:
    """Offer these times; nothing is held, and the session stays where it is until one is accepted.

    The caller has made sure that its host asks. Raises Invalid for none or too many; Refused
    `already_proposed`; the codes of `reschedule` for a session that cannot be moved (`moved` from the start
    that was `seen`) or a time that it cannot have (data `starts_at`).
    """
    wanted, seen = _wanted(starts), seen or booking.starts_at
    with transaction.atomic():
        lock(booking)
        refusal = refuse(booking, now=now)
        if refusal is not None:
            raise refusal
        check_not_moved(booking, seen)
        if proposals.standing(booking, now=now) is not None:
            raise Refused(
                _("You have proposed times already. Take those back first."), code="already_proposed"
            )
        for start in wanted:
            _check(booking, start, now)
        proposal = Proposal.objects.create(
            id=uuid7(now),
            booking=booking,
            sequence=booking.ics_sequence,
            starts=[start.isoformat() for start in wanted],
            at=now,
        )
        outbox.owe(mail("times_proposed", proposal, Party.ATTENDEE), now=now)
        return proposal


def proposer(party: Party | None, user_id: int | None) -> Actor:
    """Who proposes: the host. Raises NotFound for a stranger, Forbidden for the attendee."""
    if party is None:
        raise NotFound(_("There is no such session, or it is not yours."))
    if party is not Party.HOST:
        raise Forbidden(_("Only the host proposes times. You can move it yourself."))
    return Actor(party.value, user_id)


def withdraw(booking: Booking, proposal_id: UUID, *, now: datetime) -> None:
    """Take the offer back. Raises NotFound, and Refused as `check_stands` says; twice is once."""
    with transaction.atomic():
        lock(booking)
        proposal = found(booking, proposal_id)
        if proposal.state == Proposal.State.WITHDRAWN:
            return
        check_stands(proposal, booking, now=now)
        close(proposal, Proposal.State.WITHDRAWN, now=now)
        outbox.owe(mail("proposal_withdrawn", proposal, Party.ATTENDEE), now=now)


def found(booking: Booking, proposal_id: UUID) -> Proposal:
    """That proposal of the session; raises NotFound."""
    proposal = Proposal.objects.filter(pk=proposal_id, booking=booking).first()
    if proposal is None:
        raise NotFound(_("Such times were never proposed."))
    return proposal


def check_stands(proposal: Proposal, booking: Booking, *, now: datetime) -> None:
    """Raises Refused `proposal_over`, or why the session cannot be moved any more, or `moved`."""
    said = {
        Proposal.State.ACCEPTED.value: _("One of the proposed times was taken already."),
        Proposal.State.DECLINED.value: _("The proposed times were declined already."),
        Proposal.State.WITHDRAWN.value: _("The proposed times were taken back."),
    }.get(proposal.state)
    if said is not None:
        words = f"{said} {_('Nothing else was changed.')}"
        raise Refused(words, code="proposal_over", state=proposal.state)
    refusal = refuse(booking, now=now)
    if refusal is not None:
        raise refusal
    if proposal.sequence != booking.ics_sequence:
        raise Refused(
            _("It was moved to another time meanwhile. Nothing else was changed."),
            code="moved",
            starts_at=booking.starts_at,
        )


def close(proposal: Proposal, state: Proposal.State, *, now: datetime) -> None:
    """From open to another state; the booking is locked, so nobody else is at it."""
    proposal.state, proposal.answered_at = state.value, now
    proposal.save(update_fields=["state", "answered_at"])


def mail(template: str, proposal: Proposal, party: Party) -> outbox.Mail:
    return outbox.Mail(
        template=template,
        key=f"{template}:{proposal.pk}",
        booking_id=proposal.booking_id,
        party=party.value,
        params={"proposal_id": str(proposal.pk)},
    )


def _wanted(starts: Several) -> list[datetime]:
    wanted = sorted({instant_of(start) for start in starts})
    if not 0 < len(wanted) <= proposals.MOST:
        raise Invalid(
            _("Propose one time, or up to %(count)s.") % {"count": proposals.MOST}, field="starts_at"
        )
    return wanted


def _check(booking: Booking, start: datetime, now: datetime) -> None:
    try:
        if start == booking.starts_at:
            raise Refused(_("That is the time that it has already."), code="same_time")
        check_time(booking, start, now=now)
    except Refused as refusal:
        refusal.data = {**refusal.data, "starts_at": start}
        raise
