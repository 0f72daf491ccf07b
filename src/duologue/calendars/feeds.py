"""What does a person's calendar feed say? Written line by line: it may hold thousands of sessions. Pure.

Titles are neutral, and nothing in it leads into a call: each entry leads to the session's own page, where one
signs in (DASH-7).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_PRODUCT = "-//Duologue//Duologue//EN"
_WIDEST = 75
"""Octets of a line, after which RFC 5545 wants it folded."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One session: when, which version of it, and where to read more."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    page: str


@dataclass(frozen=True, slots=True)
class Feed:
    """`name` is the calendar's, `title` that of every entry."""

    name: str
    title: str
    entries: Sequence[FeedEntry]

    @property
    def etag(self) -> str:
        """The same for the same content, whenever it is written."""
        told = [self.name, self.title]
        told += [f"{one.uid} {one.sequence} {one.starts_at} {one.ends_at} {one.page}" for one in self.entries]
        return f'"{hashlib.sha256(chr(10).join(told).encode()).hexdigest()[:32]}"'


def build_feed(feed: Feed, *, stamp: datetime) -> bytes:
    """METHOD:PUBLISH. Programs are asked to look again within the hour."""
    lines = [
        "BEGIN:VCALENDAR",
        f"PRODID:{_PRODUCT}",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(feed.name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    stamped, title = f"DTSTAMP:{_instant(stamp)}", f"SUMMARY:{_text(feed.title)}"
    for entry in feed.entries:
        lines += _event(entry, stamped, title)
    return b"".join(_folded([*lines, "END:VCALENDAR"]))


def _event(entry: FeedEntry, stamped: str, title: str) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"SEQUENCE:{entry.sequence}",
        stamped,
        f"DTSTART:{_instant(entry.starts_at)}",
        f"DTEND:{_instant(entry.ends_at)}",
        title,
        f"DESCRIPTION:{_text(entry.page)}",
        f"URL:{entry.page}",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "END:VEVENT",
    ]


def _instant(at: datetime) -> str:
    if at.tzinfo is None:
        msg = "A calendar entry needs an instant, not a time without a zone."
        raise ValueError(msg)
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    for letter in ("\\", ";", ","):
        words = words.replace(letter, f"\\{letter}")
    return " ".join(words.split())


def _folded(lines: Iterable[str]) -> Iterable[bytes]:
    """Lines of 75 octets at most, never cut within a letter."""
    for line in lines:
        rest = line.encode()
        widest = _WIDEST
        while len(rest) > widest:
            cut = widest
            while rest[cut] & 0xC0 == 0x80:
                cut -= 1
            yield rest[:cut] + b"\r\n "
            rest, widest = rest[cut:], _WIDEST - 1
        yield rest + b"\r\n"
