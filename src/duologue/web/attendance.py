"""Who was there, as the two people and operators read it: from when to when, where, and who says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.bookings.states import Status
from duologue.calls.verdict import Evidence, Outcome, Source, there
from duologue.notifications import when
from duologue.usecases.attendance import Attendance, attendance_of
from duologue.video.places import place_name

_SHOWN = frozenset({Status.IN_PROGRESS, Status.COMPLETED, Status.NO_SHOW})
MOST = 20


@dataclass(frozen=True, slots=True)
class Stay:
    """One line of the record. `until` is None where nobody told the end."""

    since: datetime
    until: datetime | None
    place: str
    says: str


@dataclass(frozen=True, slots=True)
class Side:
    name: str
    sum: str
    stays: tuple[Stay, ...]
    more: int


@dataclass(frozen=True, slots=True)
class SeenAttendance:
    words: str
    sides: tuple[Side, ...]


def seen_attendance(booking: Booking, *, now: datetime) -> SeenAttendance | None:
    """None before the session begins, and for what did not come about."""
    if booking.status_at(now) not in _SHOWN:
        return None
    found = attendance_of(booking)
    is_over = booking.status_at(now) is not Status.IN_PROGRESS
    return SeenAttendance(_words(booking, found) if is_over else "", tuple(_sides(booking, found)))


def _words(booking: Booking, found: Attendance) -> str:
    absent = found.verdict.absent
    return {
        Outcome.BOTH: _("Both were there."),
        Outcome.ONE_ABSENT: _("%(name)s was not seen, and the other one waited.")
        % {"name": name_of(booking, Party(absent)) if absent else ""},
        Outcome.NOBODY: _("Nobody was seen in the room."),
        Outcome.UNKNOWN: _("What we saw is not enough to say whether both came."),
    }[found.verdict.outcome]


def name_of(booking: Booking, party: Party) -> str:
    person = booking.host_person if party is Party.HOST else booking.attendee_person
    return person.first_name or person.name


def _sides(booking: Booking, found: Attendance) -> Iterator[Side]:
    for party in (Party.HOST, Party.ATTENDEE):
        seen = found.of(party)
        stays = tuple(
            Stay(one.start, one.end, place_name(one.platform), said_by(one.source)) for one in seen[:MOST]
        )
        yield Side(name_of(booking, party), _sum(seen), stays, len(seen) - len(stays))


def _sum(seen: list[Evidence]) -> str:
    if not seen:
        return _("Not seen")
    length = there(seen)
    if length < timedelta(minutes=1):
        return ""
    return _("%(time)s in all") % {"time": when.lasting(length, when.locale_of(get_language() or ""))}


def said_by(source: Source) -> str:
    return {
        Source.ROOM: _("seen in our room"),
        Source.DOOR: _("at the door, did not go in"),
        Source.KNOCK: _("waited at the door to be let in"),
        Source.FRAME: _("told by their browser"),
        Source.OTHER_BROWSER: _("told by the other one’s browser"),
        Source.PLATFORM: _("told by the platform"),
    }[source]
