"""To whom does a mail go, in which zone and language, and what do the people in it look like?"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_supported_language_variant

from duologue.accounts.models import MailedCode, User, initials, portrait_field
from duologue.bookings.models import Booking, Party
from duologue.calendars.ics import one_line
from duologue.notifications.models import OutgoingMail
from duologue.scheduling import zones

_NAME = 80


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom we write to."""

    name: str
    email: str
    zone: ZoneInfo
    language: str
    has_account: bool


@dataclass(frozen=True, slots=True)
class Face:
    """Somebody as a mail names and draws them; `photo` is a name in the storage, empty without one."""

    name: str
    email: str
    photo: str

    @property
    def call_name(self) -> str:
        """Naoko; Dr. Ishida where the name begins with a title."""
        first, _, rest = self.name.partition(" ")
        return f"{first} {rest.split()[-1]}" if first.endswith(".") and rest.split() else first

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def field(self) -> int:
        return portrait_field(self.email)


def reader_of(mail: OutgoingMail) -> Reader | None:
    """The one reader of a mail; None when what it was owed to is gone."""
    if mail.booking is not None:
        return _host(mail.booking) if mail.party == Party.HOST else _attendee(mail.booking)
    if mail.user is not None:
        return _user(mail.user)
    code = MailedCode.objects.filter(pk=mail.code_id).first() if mail.code_id else None
    if code is None:
        return None
    known = User.objects.filter(email=code.email).first()
    if known is not None:
        return _user(known)
    return Reader(
        "", code.email, _zone(""), _language(str(mail.params.get("language", ""))), has_account=False
    )


def face_of(booking: Booking, party: str) -> Face:
    if party == Party.HOST:
        return face_of_user(booking.host.user)
    if booking.attendee is not None:
        return face_of_user(booking.attendee, name=booking.attendee_name)
    return Face(one_line(booking.attendee_name or booking.attendee_email, _NAME), booking.attendee_email, "")


def face_of_user(user: User, *, name: str = "") -> Face:
    return Face(one_line(user.name or name or user.email, _NAME), user.email, user.photo.name or "")


def _host(booking: Booking) -> Reader:
    return _user(booking.host.user)


def _attendee(booking: Booking) -> Reader | None:
    """A proved attendee's own settings; the zone they booked in where they never chose another."""
    user = booking.attendee
    if user is not None:
        return _user(user, zone="" if user.time_zone_chosen else booking.attendee_time_zone)
    if not booking.attendee_email:
        return None
    return Reader(
        one_line(booking.attendee_name, _NAME),
        booking.attendee_email,
        _zone(booking.attendee_time_zone),
        _language(booking.attendee_language),
        has_account=False,
    )


def _user(user: User, *, zone: str = "") -> Reader:
    return Reader(
        one_line(user.name, _NAME),
        user.email,
        _zone(zone or user.time_zone),
        _language(user.language),
        has_account=True,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return zones.zone(name)
    except ValueError:
        return zones.zone("UTC")


def _language(wanted: str) -> str:
    """The nearest language that Duologue speaks."""
    try:
        return get_supported_language_variant(wanted)
    except LookupError:
        return settings.LANGUAGE_CODE
