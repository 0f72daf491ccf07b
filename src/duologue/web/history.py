"""What happened to a session so far, in plain words, to the one who reads it?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.bookings import reasons
from duologue.bookings.models import Booking, BookingTransition, Party, Proposal
from duologue.bookings.states import Status
from duologue.core.money import Money
from duologue.notifications import paid_with, when
from duologue.payments.models import Payment, Refund
from duologue.web import outcome
from duologue.web.templatetags.telling import told
from duologue.web.viewer import Viewer

_TURNED_DOWN = {Proposal.State.DECLINED, Proposal.State.WITHDRAWN}
_BACK = {Refund.Status.SUCCEEDED, Refund.Status.SETTLED_BY_HAND}


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    words: str


def history(booking: Booking, party: Party | None, viewer: Viewer) -> list[Line]:
    """All of it, the oldest first; needs the booking's people loaded."""
    teller = _Teller(booking, party, viewer)
    lines = [*teller.steps(), *teller.moves(), *teller.proposals(), *teller.refunds()]
    return sorted(lines, key=lambda line: line.at)


@dataclass(frozen=True, slots=True)
class _Teller:
    booking: Booking
    party: Party | None
    viewer: Viewer

    def steps(self) -> Iterator[Line]:
        for step in self.booking.transitions.select_related("booking"):
            step.booking = self.booking
            yield Line(step.at, self._words(step))

    def moves(self) -> Iterator[Line]:
        accepted = self.booking.proposals.filter(state=Proposal.State.ACCEPTED)
        taken_at = set(accepted.values_list("answered_at", flat=True))
        for move in self.booking.reschedules.all():
            values = {"was": self._moment(move.from_starts_at), "becomes": self._moment(move.to_starts_at)}
            is_taken, is_mine = move.at in taken_at, self._is_me(move.actor)
            if is_taken and is_mine:
                words = _("You took a proposed time: moved from %(was)s to %(becomes)s.")
            elif is_taken:
                words = _("%(name)s took a proposed time: moved from %(was)s to %(becomes)s.")
            elif is_mine:
                words = _("You moved it from %(was)s to %(becomes)s.")
            else:
                words = _("%(name)s moved it from %(was)s to %(becomes)s.")
            yield Line(move.at, words % {**values, "name": capfirst(self._name(move.actor))})

    def proposals(self) -> Iterator[Line]:
        """What was offered, and how it ended; who took a time is told with the move."""
        for proposal in self.booking.proposals.all():
            yield Line(proposal.at, self._offered(proposal))
            if proposal.answered_at is not None and proposal.state in _TURNED_DOWN:
                yield Line(proposal.answered_at, self._turned_down(proposal))

    def _offered(self, proposal: Proposal) -> str:
        times = when.either([self._moment(at) for at in proposal.times], self._locale)
        if self.party is Party.HOST:
            return _("You proposed %(times)s instead.") % {"times": times}
        name = self.booking.host_person.name
        return _("%(name)s proposed %(times)s instead.") % {"name": name, "times": times}

    def _turned_down(self, proposal: Proposal) -> str:
        by = Party.ATTENDEE if proposal.state == Proposal.State.DECLINED else Party.HOST
        if proposal.state == Proposal.State.DECLINED:
            words = _("You said no to the proposed times."), _("%(name)s said no to the proposed times.")
        else:
            words = _("You took the proposed times back."), _("%(name)s took the proposed times back.")
        return words[0] if self.party is by else words[1] % {"name": self._name(by.value)}

    def refunds(self) -> Iterator[Line]:
        """For the two; the host is told what goes back, too."""
        for refund in Refund.objects.filter(payment__booking=self.booking).order_by("created_at", "pk"):
            amount = {"amount": self._money(refund.money)}
            if refund.cause == Refund.Cause.PAID_TWICE and self.party is Party.HOST:
                continue
            if refund.finished_at is not None and refund.status in _BACK:
                yield Line(refund.finished_at, _("%(amount)s refunded.") % amount)
            else:
                # It follows what it was caused by, at the same instant.
                at = refund.created_at + timedelta(microseconds=1)
                yield Line(at, _("%(amount)s set out on its way back.") % amount)

    def _words(self, step: BookingTransition) -> str:
        if step.to_status == Status.CANCELLED:
            return self._cancelled(step)
        if step.cause == "held":
            return self._held()
        if step.cause == "follow_up":
            return self._followed()
        if step.to_status == Status.CONFIRMED and step.cause in {"paid", "paid_late"}:
            return self._paid(step.cause)
        if step.to_status == Status.CONFIRMED and step.cause == "free":
            return _("Confirmed, free of charge.")
        return told(step)

    def _held(self) -> str:
        until = self.booking.hold_expires_at
        if self.party is Party.ATTENDEE:
            words = _("You chose the time. Held until %(until)s.")
        else:
            words = _("%(name)s chose the time. Held until %(until)s.")
        if until is None:
            return _("The time was chosen and held.")
        clock = when.clock(until, self.viewer.zone, self._locale)
        name = self.booking.attendee_person.name or _("Somebody")
        return words % {"name": name, "until": clock}

    def _followed(self) -> str:
        """The host booked it; what was to be paid, until when."""
        name = self.booking.host_person.name
        if self.party is Party.HOST:
            words = _("You booked this next session.")
        else:
            words = _("%(name)s booked this next session.") % {"name": name}
        if self.booking.pay_until is None:
            return words
        until = _("To be paid until %(until)s.") % {"until": self._moment(self.booking.pay_until)}
        return f"{words} {until}"

    def _paid(self, cause: str) -> str:
        payment: Payment | None = getattr(self.booking, "payment", None)
        price = {"price": self._money(payment.money if payment else self.booking.price)}
        # Whose card it was is the payer's matter, not the host's.
        price["way"] = "" if self.party is Party.HOST else paid_with.told(payment)
        by_card = payment is not None and payment.provider == "stripe" and not outcome.has_delayed_methods()
        words = _("Confirmed. %(price)s paid by card.") if by_card else _("Confirmed. %(price)s paid.")
        words = _("Confirmed. %(price)s paid by %(way)s.") if price["way"] else words
        late = _("The payment came after the hold had ended; the time was still free.")
        return f"{words % price} {late}" if cause == "paid_late" else words % price

    def _cancelled(self, step: BookingTransition) -> str:
        reason = reasons.told(self.booking.cancellation_reason)
        if self._is_me(step.actor):
            words = _("You cancelled.")
        else:
            words = _("%(name)s cancelled.") % {"name": capfirst(self._name(step.actor))}
        return f"{words} {reason}." if reason else words

    def _is_me(self, actor: str) -> bool:
        return self.party is not None and actor == self.party.value

    def _name(self, actor: str) -> str:
        people = {
            Party.HOST.value: self.booking.host_person.name,
            Party.ATTENDEE.value: self.booking.attendee_person.name,
        }
        return people.get(actor) or _("an operator")

    def _moment(self, at: datetime) -> str:
        return when.moment_short(at, self.viewer.zone, self._locale)

    def _money(self, amount: Money) -> str:
        return when.money(amount, self._locale)

    @property
    def _locale(self) -> str:
        return when.locale_of(get_language() or "")
