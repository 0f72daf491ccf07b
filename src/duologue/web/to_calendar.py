"""How does somebody put a session into their own calendar, whichever it is?"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.bookings.states import AGREED, Status
from duologue.calendars.publishing import Entry, google_address, outlook_address
from duologue.core.vocabulary import VOCABULARIES


@dataclass(frozen=True, slots=True)
class ToCalendar:
    """The addresses that add one session; `file` is ours."""

    file: str
    google: str
    outlook: str
    office: str


def to_calendar(booking: Booking, party: Party | None, *, now: datetime) -> ToCalendar | None:
    """None for operators, and for what is not going to take place any more."""
    if party is None or not can_be_added(booking, now=now):
        return None
    entry = entry_of(booking, party, now=now)
    return ToCalendar(
        file=f"/sessions/{booking.pk}/calendar.ics",
        google=google_address(entry),
        outlook=outlook_address(entry),
        office=outlook_address(entry, at_work=True),
    )


def can_be_added(booking: Booking, *, now: datetime) -> bool:
    return Status(booking.status) in AGREED and now < booking.ends_at


def entry_of(booking: Booking, party: Party, *, now: datetime) -> Entry:
    """Session with Naoko Ishida: with whom, and nothing else (DASH-7)."""
    other = booking.attendee_person if party is Party.HOST else booking.host_person
    session = capfirst(str(VOCABULARIES[settings.DUOLOGUE_VOCABULARY].session))
    title = _("%(session)s with %(name)s") % {"session": session, "name": other.name}
    return Entry(
        uid=booking.uid,
        sequence=booking.ics_sequence,
        stamp=now,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        title=title,
        page=f"{settings.BASE_URL}/sessions/{booking.pk}",
    )
