"""What do the two read about times that the host proposed, and what can each of them do?"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from duologue.bookings import proposals
from duologue.bookings.models import Booking, Party, Proposal
from duologue.core.errors import Refused
from duologue.usecases.reschedule import check_time
from duologue.web.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Offered:
    """One of the times; `why_not` says why the session cannot have it any more."""

    at: datetime
    ends_at: datetime
    why_not: str


@dataclass(frozen=True, slots=True)
class Card:
    """A proposal that waits for an answer; the times that are gone are shown as gone."""

    proposal: Proposal
    times: tuple[Offered, ...]
    until: datetime
    zone: ZoneInfo | None
    """The other one's, where clocks differ at one of the times."""

    @property
    def is_gone(self) -> bool:
        """None of them can be had any more."""
        return all(one.why_not for one in self.times)


def card(booking: Booking, party: Party | None, viewer: Viewer, other_zone: ZoneInfo | None) -> Card | None:
    """For the two alone; `other_zone` is the zone of the other one where it differs now."""
    proposal = proposals.standing(booking, now=viewer.now) if party is not None else None
    if proposal is None:
        return None
    times = tuple(_offered(booking, at, viewer.now) for at in proposal.times)
    return Card(proposal, times, proposals.answer_until(proposal, booking), other_zone)


def _offered(booking: Booking, at: datetime, now: datetime) -> Offered:
    return Offered(at, at + booking.duration, why_not(booking, at, now=now))


def why_not(booking: Booking, at: datetime, *, now: datetime) -> str:
    """Why the session cannot have that time; empty when it can."""
    try:
        check_time(booking, at, now=now)
    except Refused as refusal:
        return refusal.message
    return ""
