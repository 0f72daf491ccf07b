"""What does a call's page have to know each second? The booking and all around it, read in one statement."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from duologue.accounts import sessions
from duologue.accounts.models import User
from duologue.bookings.models import Booking, Party, RunningLate
from duologue.calls import access, admission
from duologue.core import clock
from duologue.core.errors import NotFound
from duologue.core.kept import Kept, given
from duologue.video.models import VALID
from duologue.video.registry import BUILTIN


def _late(party: Party) -> Subquery:
    said = RunningLate.objects.filter(
        booking=OuterRef("pk"), party=party.value, starts_at=OuterRef("starts_at")
    )
    return Subquery(said.values("minutes"))


_AROUND = Kept(
    lambda: (
        Booking.objects.select_related("host__user", "attendee", "door_extension")
        .annotate(
            signed_in=Subquery(
                Session.objects.filter(session_key=given("session"), expire_date__gt=given("machine")).values(
                    "session_data"
                )
            ),
            link=FilteredRelation("meeting_links", condition=Q(meeting_links__status__in=VALID)),
            place=F("link__pk"),
            platform=F("link__platform"),
            knocked=Exists(access.knocking(OuterRef("pk"))),
            by_hand=F("event_type__admits_by_hand"),
            let_in=Exists(admission.admissions(OuterRef("pk"), OuterRef("starts_at"))),
            late_host=_late(Party.HOST),
            late_attendee=_late(Party.ATTENDEE),
        )
        .filter(pk=given("booking"))
    )
)


@dataclass(frozen=True, slots=True)
class Glance:
    """A booking as one reading found it. `user` is who is signed in, where that is one of the two.

    `platform` is where it takes place and `place` the number of that link; empty and 0 while there is none.
    `late` is what each said of being late.
    `has_door`: the attendee waits there until the host lets them in, which has not happened yet.
    """

    booking: Booking
    user: User | None
    platform: str
    place: int
    is_knocked: bool
    has_door: bool
    late: dict[Party, int]

    def minutes_late(self, party: Party, now: datetime) -> int:
        """What somebody said, as long as it is news."""
        minutes = self.late.get(party, 0)
        return minutes if now < self.booking.starts_at + timedelta(minutes=minutes) else 0


def look_in(booking_id: UUID, *, session: str) -> Glance:
    """Whoever asks: it is not known yet. `session` is the key in their cookie. Raises NotFound."""
    found: Any = _AROUND.first(booking=booking_id, session=session, machine=clock.machine())
    if found is None:
        raise NotFound(_("There is no such session, or it is not yours."))
    people = [found.host.user, *([found.attendee] if found.attendee else [])]
    late = {Party.HOST: found.late_host, Party.ATTENDEE: found.late_attendee}
    return Glance(
        booking=found,
        user=sessions.signed_in(found.signed_in, people) if found.signed_in else None,
        platform=found.platform or "",
        place=found.place or 0,
        is_knocked=found.knocked,
        # Other platforms have waiting rooms of their own.
        has_door=found.by_hand and not found.let_in and found.platform in {None, BUILTIN},
        late={party: minutes for party, minutes in late.items() if minutes},
    )
