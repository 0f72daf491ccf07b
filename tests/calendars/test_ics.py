"""Do invites say what RFC 5545, 5546 and 7986 want, whatever people are called?"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from duologue.calendars.ics import Invite, Mailbox, build_cancellation, build_invite, build_update, one_line

START = datetime(2026, 10, 22, 7, 30, tzinfo=UTC)
INVITE = Invite(
    uid="0199-abc@duologue",
    sequence=0,
    stamp=datetime(2026, 10, 1, 12, 0, 0, 987654, tzinfo=UTC),
    starts_at=START,
    ends_at=START + timedelta(minutes=45),
    title="Portfolio review with Naoko Ishida",
    organizer=Mailbox("Duologue", "sessions@duologue.example"),
    host=Mailbox("Naoko Ishida", "naoko@ishida.example"),
    attendee=Mailbox("Amara Obi", "amara@obi.example"),
    description="Join: https://duologue.example/j/secret",
    join_url="https://duologue.example/j/secret",
)


def event_of(raw):
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    return event


def content_lines(raw):
    """A second reader of its own: RFC 5545's grammar by hand, as (name, parameters, value)."""
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    found = []
    for line in raw.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]:
        head = re.fullmatch(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^";:,]*))*):(.*)', line)
        assert head, line
        parameters = dict(re.findall(r';([A-Z-]+)=("[^"]*"|[^";:,]*)', head[2]))
        found.append((head[1], {name: value.strip('"') for name, value in parameters.items()}, head[3]))
    return found


def unescaped(text):
    return re.sub(r"\\(.)", lambda pair: "\n" if pair[1] in "nN" else pair[1], text)


def values_of(raw, name):
    return [value for found, _, value in content_lines(raw) if found == name]


def test_an_invite_is_a_request_by_the_installation():
    calendar = Calendar.from_ical(build_invite(INVITE))
    event = event_of(build_invite(INVITE))
    assert calendar["METHOD"] == "REQUEST"
    assert calendar["VERSION"] == "2.0"
    assert event["UID"] == INVITE.uid
    assert event["SEQUENCE"] == 0
    assert event["STATUS"] == "CONFIRMED"
    assert event["TRANSP"] == "OPAQUE"
    assert event["ORGANIZER"] == "mailto:sessions@duologue.example"
    assert event["SUMMARY"] == "Portfolio review with Naoko Ishida"


def test_both_people_are_attendees_and_nobody_is_asked_to_answer():
    host, attendee = event_of(build_invite(INVITE))["ATTENDEE"]
    assert (host, host.params["ROLE"], host.params["CN"]) == (
        "mailto:naoko@ishida.example",
        "CHAIR",
        "Naoko Ishida",
    )
    assert (attendee, attendee.params["ROLE"]) == ("mailto:amara@obi.example", "REQ-PARTICIPANT")
    for person in (host, attendee):
        assert person.params["RSVP"] == "FALSE"
        assert person.params["PARTSTAT"] == "ACCEPTED"


def test_instants_are_utc_in_whole_seconds():
    tokyo = timezone(timedelta(hours=9))
    raw = build_invite(replace(INVITE, starts_at=START.astimezone(tokyo)))
    assert values_of(raw, "DTSTART") == ["20261022T073000Z"]
    assert values_of(raw, "DTEND") == ["20261022T081500Z"]
    assert values_of(raw, "DTSTAMP") == ["20261001T120000Z"]
    assert b"TZID" not in raw


@pytest.mark.parametrize("field", ["starts_at", "ends_at", "stamp"])
def test_a_naive_time_is_refused(field):
    with pytest.raises(ValueError, match="without a zone"):
        build_invite(replace(INVITE, **{field: START.replace(tzinfo=None)}))  # type: ignore[arg-type]


def test_the_way_in_stands_where_each_program_looks_for_it():
    raw = build_invite(INVITE)
    event = event_of(raw)
    assert event["LOCATION"] == event["URL"] == INVITE.join_url
    (parameters, value) = next((p, v) for name, p, v in content_lines(raw) if name == "CONFERENCE")
    assert value == INVITE.join_url
    assert parameters == {"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": "Join call"}


def test_without_a_way_in_nothing_points_nowhere():
    raw = build_invite(replace(INVITE, join_url=""))
    for name in ("LOCATION", "URL", "CONFERENCE"):
        assert values_of(raw, name) == []


def test_an_alarm_rings_before_the_start():
    (alarm,) = event_of(build_invite(INVITE)).walk("VALARM")
    assert alarm["ACTION"] == "DISPLAY"
    assert alarm["TRIGGER"].dt == timedelta(minutes=-15)
    assert alarm["DESCRIPTION"]


def test_update_and_cancellation_keep_the_identity_and_raise_the_sequence():
    later = replace(
        INVITE, sequence=1, starts_at=START + timedelta(days=1), ends_at=START + timedelta(days=1.5)
    )
    moved, gone = build_update(later), build_cancellation(replace(later, sequence=2))
    assert event_of(moved)["UID"] == event_of(gone)["UID"] == INVITE.uid
    assert [event_of(raw)["SEQUENCE"] for raw in (moved, gone)] == [1, 2]
    assert values_of(moved, "METHOD") == ["REQUEST"]
    assert values_of(gone, "METHOD") == ["CANCEL"]
    assert values_of(gone, "STATUS") == ["CANCELLED"]
    assert len(event_of(gone)["ATTENDEE"]) == 2
    assert INVITE.join_url.encode() not in gone.replace(b"\r\n ", b"").replace(
        INVITE.description.encode(), b""
    )
    assert event_of(gone).walk("VALARM") == []


@pytest.mark.parametrize("build", [build_update, build_cancellation])
def test_what_follows_an_invite_needs_a_higher_sequence(build):
    with pytest.raises(ValueError, match="SEQUENCE"):
        build(INVITE)


HOSTILE = [
    'Naoko "The, One"; Ishida: MD\\',
    "A\r\nATTENDEE:mailto:evil@example.com",
    "A\nEND:VCALENDAR",
    "עדי כהן",
    "\u202eadihsI oakoN",
    "🎨👩\u200d💻 Zoë",
    "<script>alert(1)</script>",
    "N" * 10_000,
    "ü" * 10_000,
    "\x00\x07\x1b[31mred",
    "   ",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_odd_names_stay_inside_their_place(name):
    invite = replace(
        INVITE, title=f"Review with {name}", host=Mailbox(name, "naoko@ishida.example"), description=name
    )
    raw = build_invite(invite)
    lines = content_lines(raw)
    assert [name for name, _, _ in lines].count("ATTENDEE") == 2
    assert [name for name, _, _ in lines].count("END") == 3
    assert event_of(raw)["ATTENDEE"][0] == "mailto:naoko@ishida.example"
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e]", raw.replace(b"\r\n", b"").decode())
    assert len(raw) < 25_000


@given(st.text(max_size=600), st.text(max_size=300))
def test_whatever_people_write_lines_fold_at_75_octets_and_read_back(words, name):
    raw = build_invite(
        replace(INVITE, description=words, title=f"With {name}", attendee=Mailbox(name, "amara@obi.example"))
    )
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    assert [unescaped(text) for text in values_of(raw, "SUMMARY")] == [one_line(f"With {name}")]
    assert event_of(raw)["UID"] == INVITE.uid


def test_paragraphs_survive():
    words = "Hello, Amara; welcome.\n\nIt lies in C:\\New\\notes."
    raw = build_invite(replace(INVITE, description=words.replace("\n", "\r\n")))
    (own,) = (value for name, _, value in content_lines(raw) if name == "DESCRIPTION" and "Hello" in value)
    assert unescaped(own) == words


def test_one_line_clips_with_an_ellipsis():
    assert one_line("a" * 300) == "a" * 199 + "…"
    assert one_line(" a \n b\t c ", 80) == "a b c"
