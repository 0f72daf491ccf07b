"""Is a session one entry for life? Invite, two moves, cancellation: real mails into a real CalDAV server."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import httpx
import icalendar
import pytest
import radicale
import radicale.config
import vobject

from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.jobs.worker import run_due
from duologue.usecases.cancel import cancel
from duologue.usecases.find_slots import open_slots
from duologue.usecases.reschedule import reschedule
from tests.sold import sell

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def caldav_server(folder: str) -> Iterator[str]:
    """Radicale, with its calendars in a folder of the test's own."""
    configuration = radicale.config.load()
    wanted = {
        "storage": {"filesystem_folder": folder},
        "auth": {"type": "none"},
        "rights": {"type": "authenticated"},
        "logging": {"level": "critical"},
    }
    configuration.update(wanted, "test", privileged=True)
    server: WSGIServer = make_server("127.0.0.1", 0, radicale.Application(configuration), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Program:
    """A person's calendar program: does with an iTIP message what RFC 5546 wants, on a CalDAV server."""

    def __init__(self, server: str, person: str) -> None:
        self.home = f"{server}/{person}/sessions/"
        self.client = httpx.Client(auth=(person, "x"), trust_env=False)
        assert self.client.request("MKCALENDAR", self.home).status_code == 201

    def receive(self, message: bytes) -> None:
        """Replace the entry of the same UID by a message of a higher SEQUENCE; a new UID is a new entry."""
        calendar = icalendar.Calendar.from_ical(message)
        [event] = calendar.walk("VEVENT")
        known = {str(one["UID"]): int(one["SEQUENCE"]) for one in self.events()}
        uid = str(event["UID"])
        assert uid not in known or event["SEQUENCE"] > known[uid]
        # Stored objects have no METHOD (RFC 4791, 4.1).
        stored = re.sub(rb"METHOD:[^\r]*\r\n", b"", message)
        answer = self.client.put(
            f"{self.home}{uid}.ics", content=stored, headers={"Content-Type": "text/calendar"}
        )
        assert answer.status_code in {201, 204}, answer.text

    def events(self) -> list[icalendar.Event]:
        """What the server itself says that there is."""
        asked = (
            '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/>'
            '<C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter>'
            "</C:calendar-query>"
        )
        answer = self.client.request("REPORT", self.home, content=asked, headers={"Depth": "1"})
        assert answer.status_code == 207
        data = re.findall(r"BEGIN:VCALENDAR.*?END:VCALENDAR", answer.text, re.DOTALL)
        return [event for one in data for event in icalendar.Calendar.from_ical(one).walk("VEVENT")]


@pytest.fixture
def programs(tmp_path) -> Iterator[dict[str, Program]]:
    with caldav_server(str(tmp_path)) as server:
        yield {person: Program(server, person) for person in ("amara", "naoko")}


def entry_in(message: EmailMessage) -> bytes:
    """The calendar part as a program sees it: in the alternatives, with its method."""
    parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert parts
    content = parts[0].get_payload(decode=True)
    assert isinstance(content, bytes)
    assert parts[0].get_param("method") == method_of(content)
    return content


def method_of(content: bytes) -> str:
    return str(icalendar.Calendar.from_ical(content)["METHOD"])


def both_read(content: bytes) -> tuple[str, str, int, str, datetime, datetime]:
    """What two libraries that share no code say of it, which must be the same."""
    [event] = icalendar.Calendar.from_ical(content).walk("VEVENT")
    one = (
        method_of(content),
        str(event["UID"]),
        int(event["SEQUENCE"]),
        str(event["STATUS"]),
        event["DTSTART"].dt,
        event["DTEND"].dt,
    )
    calendar = vobject.readOne(content.decode())
    said = calendar.vevent
    other = (
        calendar.method.value,
        said.uid.value,
        int(said.sequence.value),
        said.status.value,
        said.dtstart.value,
        said.dtend.value,
    )
    assert one == other
    return one


def test_one_entry_one_uid_rising_sequence_and_cancelled_in_the_end(
    paid,
    attendee,
    mailbox,
    programs,
):
    people = {"amara": attendee.email, "naoko": paid.host.user.email}
    now = clock.now()
    booking = sell(paid, attendee, now=now)
    told: dict[str, list[bytes]] = {person: [] for person in people}

    def deliver(at: datetime) -> None:
        run_due(at)
        for person, address in people.items():
            [message] = [one for one in mailbox.to(address) if any(p.get_param("method") for p in one.walk())]
            told[person].append(entry_in(message))
            programs[person].receive(told[person][-1])
        mailbox.envelopes.clear()

    deliver(now)
    first, *later = open_slots(paid, now + timedelta(days=4), now + timedelta(days=12), now=now)
    moves = [datetime.fromtimestamp(at, booking.starts_at.tzinfo) for at in (first, later[9])]
    for by, to in zip((attendee, paid.host.user), moves, strict=True):
        booking.refresh_from_db()
        kind = "attendee" if by == attendee else "host"
        assert reschedule(booking, to, by=Actor(kind, by.pk), now=now)
        deliver(now)
    booking.refresh_from_db()
    cancel(booking, by=Actor("attendee", attendee.pk), reason="plans_changed", now=now)
    deliver(now)

    for person, program in programs.items():
        read = [both_read(content) for content in told[person]]
        assert [one[0] for one in read] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL"]
        assert {one[1] for one in read} == {booking.uid}
        sequences = [one[2] for one in read]
        assert sequences == sorted(set(sequences))
        assert [one[4] for one in read[1:3]] == moves
        # The server's final state: one object, cancelled, at the time it was moved to last.
        [event] = program.events()
        assert (str(event["UID"]), str(event["STATUS"])) == (booking.uid, "CANCELLED")
        assert event["SEQUENCE"] == sequences[-1] == 3
        assert event["DTSTART"].dt == moves[1]
        # The server holds UIDs apart itself: the same session cannot stand there twice.
        again = program.client.put(f"{program.home}other.ics", content=told[person][0])
        assert again.status_code in {403, 409, 412}
        assert len(program.events()) == 1
