"""Take one of the times that the host proposed, or none of them (CANCEL-5)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, Party, Proposal
from duologue.bookings.transitions import Actor
from duologue.core.errors import Forbidden, Invalid, NotFound
from duologue.notifications import outbox
from duologue.usecases.book import instant_of, one_winner
from duologue.usecases.propose_times import check_stands, close, found, mail
from duologue.usecases.reschedule import take


def accept(booking: Booking, proposal_id: UUID, to: datetime, *, by: Actor, now: datetime) -> bool:
    """Move the session to a proposed time, under the guard of every move; False when that was done already.

    Raises NotFound, Invalid for a time that was not proposed, SlotTaken and the other rules of booking for
    one that is gone; Refused as `check_stands` says. A refusal changes nothing: the other times still stand.
    """
    starts_at = instant_of(to)
    with one_winner(), transaction.atomic():
        lock(booking)
        proposal = found(booking, proposal_id)
        if starts_at not in proposal.times:
            raise Invalid(_("That time was not proposed."), field="starts_at")
        if proposal.state == Proposal.State.ACCEPTED and booking.starts_at == starts_at:
            return False
        check_stands(proposal, booking, now=now)
        take(booking, starts_at, by=by, now=now, was_proposed=True)
        close(proposal, Proposal.State.ACCEPTED, now=now)
        return True


def decline(booking: Booking, proposal_id: UUID, *, now: datetime) -> None:
    """None of them suits; the session stays where it is and the host is told. Twice is once."""
    with transaction.atomic():
        lock(booking)
        proposal = found(booking, proposal_id)
        if proposal.state == Proposal.State.DECLINED:
            return
        check_stands(proposal, booking, now=now)
        close(proposal, Proposal.State.DECLINED, now=now)
        outbox.owe(mail("proposal_declined", proposal, Party.HOST), now=now)


def answerer(party: Party | None, user_id: int | None) -> Actor:
    """Who answers: the attendee. Raises NotFound for a stranger, Forbidden for the host."""
    if party is None:
        raise NotFound(_("There is no such session, or it is not yours."))
    if party is not Party.ATTENDEE:
        raise Forbidden(_("Only the attendee answers what was proposed."))
    return Actor(party.value, user_id)
