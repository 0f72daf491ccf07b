"""Which bytes put a session into a person's calendar, move it there, and take it out again?

iTIP (RFC 5546) with the installation as organizer. Both people agreed by booking, so they come as
`PARTSTAT=ACCEPTED` and are asked for no answer (`RSVP=FALSE`): replies would go to an address that
nobody reads. Instants are written in UTC, which Google, Apple and Outlook all read without VTIMEZONE.
"""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vCalAddress, vText, vUri

MEDIA_TYPE = "text/calendar"
PRODUCT = "-//Duologue//Duologue//EN"
_TITLE = 200
_NAME = 80
_WORDS = 4000
# Marks that turn the direction of what follows; a name could rewrite the rest of the line with them.
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A person or the installation: how calendars name and reach them."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Invite:
    """One session as one person's calendar shall know it. `uid` stays for the booking's life.

    `join_url` is that person's own way in; `stamp` is when this message was made.
    """

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    organizer: Mailbox
    host: Mailbox
    attendee: Mailbox
    description: str = ""
    join_url: str = ""
    join_label: str = "Join call"
    alarm_before: timedelta = timedelta(minutes=15)


class _Text(vText):
    """TEXT as RFC 5545, 3.3.11 escapes it; icalendar's own way takes a backslash before N for a new line."""

    def to_ical(self) -> bytes:
        text = str(self)
        for letter in ("\\", ";", ","):
            text = text.replace(letter, f"\\{letter}")
        return text.replace("\n", "\\n").encode()


def build_invite(invite: Invite) -> bytes:
    """METHOD:REQUEST: put it into the calendar."""
    return _build(invite, method="REQUEST", status="CONFIRMED")


def build_update(invite: Invite) -> bytes:
    """METHOD:REQUEST with a raised SEQUENCE: the entry moves. Raises ValueError for the first sequence."""
    return _build(_raised(invite), method="REQUEST", status="CONFIRMED")


def build_cancellation(invite: Invite) -> bytes:
    """METHOD:CANCEL with a raised SEQUENCE: the entry goes. Raises ValueError for the first sequence."""
    return _build(_raised(invite), method="CANCEL", status="CANCELLED")


def one_line(text: str, limit: int = _TITLE) -> str:
    """Text for a single line: without controls and marks that turn direction, clipped with an ellipsis."""
    kept = " ".join(_printable(text).split())
    return kept if len(kept) <= limit else f"{kept[: limit - 1].rstrip()}…"


def _raised(invite: Invite) -> Invite:
    if invite.sequence < 1:
        msg = "An update or a cancellation needs a SEQUENCE above the invite's."
        raise ValueError(msg)
    return invite


def _build(invite: Invite, *, method: str, status: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    event = _event(invite, status)
    if method != "CANCEL":
        _add_way_in(event, invite)
        event.add_component(_alarm(invite))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(invite: Invite, status: str) -> Event:
    event = Event()
    event.add("uid", invite.uid)
    event.add("sequence", invite.sequence)
    event.add("dtstamp", _utc(invite.stamp))
    event.add("dtstart", _utc(invite.starts_at))
    event.add("dtend", _utc(invite.ends_at))
    event.add("summary", _Text(one_line(invite.title)))
    if invite.description:
        event.add("description", _Text(_paragraphs(invite.description)))
    event.add("status", status)
    event.add("transp", "TRANSPARENT" if status == "CANCELLED" else "OPAQUE")
    event.add("organizer", _address(invite.organizer))
    event.add("attendee", _participant(invite.host, role="CHAIR"))
    event.add("attendee", _participant(invite.attendee, role="REQ-PARTICIPANT"))
    return event


def _add_way_in(event: Event, invite: Invite) -> None:
    """CONFERENCE is RFC 7986's property for it; older programs show LOCATION and URL."""
    if not invite.join_url:
        return
    event.add("location", _Text(invite.join_url))
    event.add("url", vUri(invite.join_url))
    conference = vUri(invite.join_url)
    conference.params["VALUE"] = "URI"
    conference.params["FEATURE"] = "VIDEO"
    conference.params["LABEL"] = _parameter(invite.join_label)
    event.add("conference", conference, encode=False)


def _alarm(invite: Invite) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _Text(one_line(invite.title)))
    alarm.add("trigger", -invite.alarm_before)
    return alarm


def _participant(person: Mailbox, *, role: str) -> vCalAddress:
    address = _address(person)
    address.params["CUTYPE"] = "INDIVIDUAL"
    address.params["ROLE"] = role
    address.params["PARTSTAT"] = "ACCEPTED"
    address.params["RSVP"] = "FALSE"
    return address


def _address(person: Mailbox) -> vCalAddress:
    address = vCalAddress(f"mailto:{one_line(person.email, 254)}")
    if person.name:
        address.params["CN"] = _parameter(person.name)
    return address


def _parameter(text: str) -> str:
    """A parameter's value knows no escape for the double quote that encloses it (RFC 5545, 3.2)."""
    return one_line(text.replace('"', "\N{RIGHT DOUBLE QUOTATION MARK}"), _NAME)


def _paragraphs(text: str) -> str:
    lines = _printable(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    kept = "\n".join(line.rstrip() for line in lines).strip()
    return kept if len(kept) <= _WORDS else f"{kept[: _WORDS - 1].rstrip()}…"


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter in "\n\t" or _is_printable(letter))


def _is_printable(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cc", "Cs"} and ord(letter) not in _TURNING


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        msg = "A calendar entry needs an instant, not a time without a zone."
        raise ValueError(msg)
    return at.astimezone(UTC).replace(microsecond=0)
