"""Sessions as one of their two people sees them: who, when, and what can be done now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from duologue.bookings import lateness, proposals
from duologue.bookings.models import Booking, Party, Person, Proposal, RunningLate
from duologue.bookings.policy import JoinWindow, is_cancellable
from duologue.bookings.states import AGREED, ENDED, Status
from duologue.calls import door
from duologue.payments import given_back
from duologue.payments.given_back import GivenBack
from duologue.reviews.queries import Mark, marks
from duologue.video.places import Place, places_of
from duologue.web import outcome
from duologue.web.borders import next_border
from duologue.web.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Row:
    """A session as one person sees it: who, when, and what can be done now."""

    booking: Booking
    party: Party
    other: Person
    status: Status
    window: JoinWindow
    door: str
    """`closed`, `open`, `running` (between start and end), `after` (until the door closes) or `over`."""
    place: Place | None
    can_cancel: bool
    too_late_to_cancel: bool
    ending: str = ""
    """How it ended and what went back; for what is past."""
    fresh_at: datetime | None = None
    """When this is no longer true, and an open page asks again."""
    late: RunningLate | None = None
    """The other one's word that they come late."""
    own_late: RunningLate | None = None
    may_say_late: tuple[int, ...] = ()
    review: Mark | None = None
    """What the viewer gave, or may give; for what is completed."""
    proposal: Proposal | None = None
    """Other times that wait for the attendee's answer."""

    @property
    def has_room(self) -> bool:
        return self.place is not None and self.place.has_room

    @property
    def is_over(self) -> bool:
        return self.status in ENDED or self.status is Status.EXPIRED

    @property
    def can_join(self) -> bool:
        return self.door in {"open", "running", "after"} and self.status in AGREED


def row(
    booking: Booking,
    party: Party,
    *,
    now: datetime,
    window: JoinWindow,
    place: Place | None,
    back: GivenBack | None = None,
    lates: Mapping[tuple[UUID, Party], RunningLate] = MappingProxyType({}),
    review: Mark | None = None,
    proposal: Proposal | None = None,
) -> Row:
    status = booking.status_at(now)
    can_cancel = is_cancellable(status, booking.starts_at, booking.cancel_hours, now)
    own_late, late = (lates.get((booking.pk, one)) for one in (party, party.other))
    return Row(
        booking=booking,
        party=party,
        other=booking.attendee_person if party is Party.HOST else booking.host_person,
        status=status,
        window=window,
        door=_door(booking, window, now),
        place=place,
        can_cancel=can_cancel,
        too_late_to_cancel=status is Status.CONFIRMED and not can_cancel,
        ending=outcome.ending(booking, party, back),
        fresh_at=next_border(booking, window, now),
        late=late if lateness.counts(late, now) else None,
        own_late=own_late,
        may_say_late=lateness.may_say(booking, own_late, now),
        review=review,
        proposal=proposal,
    )


def _door(booking: Booking, window: JoinWindow, now: datetime) -> str:
    steps = (
        (window.opens_at, "closed"),
        (booking.starts_at, "open"),
        (booking.ends_at, "running"),
        (window.closes_at, "after"),
    )
    return next((name for until, name in steps if now < until), "over")


def rows_of(bookings: list[Booking], viewer: Viewer) -> list[Row]:
    """The same number of questions for one as for many."""
    places = places_of(bookings)
    backs = given_back.of_bookings(booking.pk for booking in bookings if booking.status in ENDED)
    windows = door.windows(bookings)
    lates = lateness.words_about(one for one in bookings if one.status in AGREED)
    reviews = marks([(booking, _party(booking, viewer)) for booking in bookings], now=viewer.now)
    offered = proposals.standing_of(bookings, now=viewer.now)
    return [
        row(
            booking,
            _party(booking, viewer),
            now=viewer.now,
            window=windows[booking.pk],
            place=places.get(booking.pk),
            back=backs.get(booking.pk),
            lates=lates,
            review=reviews.get(booking.pk),
            proposal=offered.get(booking.pk),
        )
        for booking in bookings
    ]


def _party(booking: Booking, viewer: Viewer) -> Party:
    return booking.party_of(viewer.user.pk if viewer.user else None) or Party.ATTENDEE
