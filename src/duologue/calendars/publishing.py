"""Which bytes let somebody put one session into a calendar by hand, and which addresses do it for them?

Titles are neutral: with whom, never what about. Nothing here leads into a call: the entry leads to the
session's own page, where one signs in.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from icalendar import Calendar, Event, vUri

from duologue.calendars.ics import PRODUCT, one_line

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose"
OFFICE = "https://outlook.office.com/calendar/0/deeplink/compose"


@dataclass(frozen=True, slots=True)
class Entry:
    """One session as a calendar may know it. `uid` and `sequence` are those of the invite by mail."""

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    page: str


def build_entry(entry: Entry) -> bytes:
    """METHOD:PUBLISH: a file to open, which asks nobody for an answer."""
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", _utc(entry.stamp))
    event.add("dtstart", _utc(entry.starts_at))
    event.add("dtend", _utc(entry.ends_at))
    event.add("summary", one_line(entry.title))
    event.add("description", entry.page)
    event.add("url", vUri(entry.page))
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def google_address(entry: Entry) -> str:
    """Google's page for a new entry, filled in."""
    span = "/".join(f"{_utc(at):%Y%m%dT%H%M%SZ}" for at in (entry.starts_at, entry.ends_at))
    asked = {"action": "TEMPLATE", "text": one_line(entry.title), "dates": span, "details": entry.page}
    return f"{GOOGLE}?{urlencode(asked)}"


def outlook_address(entry: Entry, *, at_work: bool = False) -> str:
    """Outlook's page for a new entry, filled in: that of private accounts, or that of organizations."""
    asked = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": one_line(entry.title),
        "startdt": f"{_utc(entry.starts_at):%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{_utc(entry.ends_at):%Y-%m-%dT%H:%M:%SZ}",
        "body": entry.page,
    }
    return f"{OFFICE if at_work else OUTLOOK}?{urlencode(asked)}"


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        msg = "A calendar entry needs an instant, not a time without a zone."
        raise ValueError(msg)
    return at.astimezone(UTC).replace(microsecond=0)
