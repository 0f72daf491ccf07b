"""What does a reader get? Structure, zones, languages, portraits, calendar; and nothing hostile in it."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.db import models, transaction
from icalendar import Calendar
from PIL import Image

from duologue.accounts import codes
from duologue.accounts.models import Host, MailedCode
from duologue.bookings import join_links
from duologue.bookings.models import Party
from duologue.bookings.states import Status
from duologue.core.ids import uuid7
from duologue.jobs.worker import run_due
from duologue.notifications import letters, message, outbox, rendering
from duologue.notifications.letter import Link, linked
from duologue.notifications.models import OutgoingMail
from duologue.notifications.outbox import Mail
from tests.cast import make_booking

NOW = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
START = datetime(2026, 10, 22, 7, 30, tzinfo=UTC)


@pytest.fixture
def booking(paid, attendee):
    attendee.time_zone = "Asia/Tokyo"
    attendee.save()
    return make_booking(paid, attendee, starts_at=START)


def owed(template="confirmed", **fields):
    return OutgoingMail(id=uuid7(NOW), key=template, template=template, created_at=NOW, **fields)


def write(template="confirmed", now=NOW, *, is_veiled=False, **fields):
    return rendering.render(owed(template, **fields), now, is_veiled=is_veiled)


def parts_of(entity, depth=0):
    yield depth, entity.get_content_type()
    if entity.is_multipart():
        for part in entity.iter_parts():
            yield from parts_of(part, depth + 1)


class Tags(HTMLParser):
    """Which elements and addresses are in a page?"""

    def __init__(self, html):
        super().__init__()
        self.names, self.addresses = set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.addresses |= {value for name, value in attrs if name in {"href", "src"}}


def photo(colour):
    out = BytesIO()
    Image.new("RGB", (432, 432), colour).save(out, "JPEG")
    return ContentFile(out.getvalue(), "photo.jpg")


def test_the_parts_stand_as_mail_programs_read_them(booking, attendee, host, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    for user, colour in ((attendee, "red"), (host.user, "blue")):
        user.photo.save("p.jpg", photo(colour))
    booking.refresh_from_db()
    wire = message.build(write(booking=booking, party="attendee"), NOW)
    assert list(parts_of(wire)) == [
        (0, "multipart/mixed"),
        (1, "multipart/alternative"),
        (2, "text/plain"),
        (2, "multipart/related"),
        (3, "text/html"),
        (3, "image/png"),
        (3, "image/png"),
        (2, "text/calendar"),
        (1, "application/ics"),
    ]
    (calendar,) = (part for part in wire.walk() if part.get_content_type() == "text/calendar")
    assert calendar.get_param("method") == "REQUEST"
    (attached,) = wire.iter_attachments()
    assert attached.get_filename() == "invite.ics"
    assert attached.get_payload(decode=True) == calendar.get_payload(decode=True)


def test_portraits_travel_inside_at_twice_their_size(booking, attendee, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    attendee.photo.save("p.jpg", photo("red"))
    booking.refresh_from_db()
    rendered = write(booking=booking, party="attendee")
    (picture,) = rendered.pictures
    assert Image.open(BytesIO(picture.png)).size == (144, 144)
    assert f"cid:{picture.cid}" in rendered.html
    wire = message.build(rendered, NOW)
    (part,) = (part for part in wire.walk() if part.get_content_type() == "image/png")
    assert part["Content-ID"] == f"<{picture.cid}>"
    # The host has no picture: initials on their colour.
    assert ">NI</td>" in rendered.html


def test_a_photo_that_is_gone_or_broken_leaves_initials(booking, attendee, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    attendee.photo.save("p.jpg", ContentFile(b"not a picture"))
    booking.refresh_from_db()
    assert write(booking=booking, party="attendee").pictures == []
    attendee.photo.storage.delete(attendee.photo.name)
    rendered = write(booking=booking, party="attendee")
    assert rendered.pictures == []
    assert ">AO</td>" in rendered.html


def test_each_reads_the_time_in_their_own_zone_first(booking):
    to_attendee, to_host = (write(booking=booking, party=party) for party in ("attendee", "host"))
    assert (
        "You, Tokyo (JST): 16:30\u00a0–\u00a017:30\nNaoko, Berlin (CEST): 09:30\u00a0–\u00a010:30"
        in to_attendee.text
    )
    assert (
        "You, Berlin (CEST): 09:30\u00a0–\u00a010:30\nAmara, Tokyo (JST): 16:30\u00a0–\u00a017:30"
        in to_host.text
    )
    assert to_attendee.subject == "Confirmed: Naoko Ishida, Thu 22 Oct, 16:30"
    assert to_host.subject == "Confirmed: Amara Obi, Thu 22 Oct, 09:30"
    assert "Works from 16:15 until one hour after the end" in to_attendee.text
    assert "Cancel before Wednesday 21 October, 16:30 and the full €65.00" in to_attendee.text


def test_the_day_is_said_where_it_differs(paid, attendee):
    attendee.time_zone = "America/Los_Angeles"
    attendee.save()
    late = make_booking(paid, attendee, starts_at=datetime(2026, 10, 22, 6, 0, tzinfo=UTC))
    text = write(booking=late, party="attendee").text
    assert "Wednesday 21 October 2026" in text
    assert "Naoko, Berlin (CEST), Thu 22 Oct: 08:00" in text


def test_one_clock_where_both_show_the_same(paid, attendee):
    attendee.time_zone = "Europe/Paris"
    attendee.save()
    text = write(booking=make_booking(paid, attendee, starts_at=START), party="attendee").text
    assert "Paris (CEST), the same for Naoko: 09:30" in text


def test_a_guest_is_written_to_at_the_booking_s_address_and_zone(paid):
    guest = make_booking(
        paid,
        starts_at=START,
        attendee_name="Henrik Bauer",
        attendee_email="henrik@bauer.example",
        attendee_time_zone="Asia/Kolkata",
    )
    rendered = write(booking=guest, party="attendee")
    assert (rendered.to.name, rendered.to.email) == ("Henrik Bauer", "henrik@bauer.example")
    assert "You, Kolkata (IST): 13:00" in rendered.text
    assert f"/sessions/{guest.pk}" in rendered.text
    assert "/profile" not in rendered.text


def test_an_attendee_who_never_chose_a_zone_reads_the_one_they_booked_in(paid, attendee):
    attendee.time_zone_chosen = False
    attendee.save()
    booking = make_booking(paid, attendee, starts_at=START, attendee_time_zone="Asia/Tokyo")
    assert "You, Tokyo (JST)" in write(booking=booking, party="attendee").text


def test_each_reads_their_own_language(booking, attendee, settings):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    attendee.language = "de-at"
    attendee.save()
    booking.refresh_from_db()
    rendered = write(booking=booking, party="attendee")
    assert '<html lang="de"' in rendered.html
    assert "Donnerstag, 22. Oktober 2026" in rendered.html
    assert "65,00\u00a0€" in rendered.text
    assert '<html lang="en"' in write(booking=booking, party="host").html


def test_html_and_text_say_the_same(booking):
    rendered = write(booking=booking, party="attendee")
    url = join_links.address(booking.join_links.get(party="attendee"))
    for form in (rendered.html, rendered.text):
        for words in ("Naoko.", "Thursday 22 October 2026", url, "Cancel before", "/test-video", "€65.00"):
            assert words in form
    assert rendered.html.index("display:none") < rendered.html.index("Your link works from 16:15.")


def test_the_way_in_is_ours_and_the_reader_s_own(booking):
    urls = {party: join_links.address(booking.join_links.get(party=party)) for party in Party}
    for party, other in ((Party.HOST, Party.ATTENDEE), (Party.ATTENDEE, Party.HOST)):
        rendered = write(booking=booking, party=party.value)
        everything = rendered.html + rendered.text + rendered.calendar.replace(b"\r\n ", b"").decode()
        assert urls[party] in everything
        assert urls[other] not in everything
        for address in Tags(rendered.html).addresses:
            assert address.startswith((django_settings.BASE_URL, "cid:")), address


def test_the_invite_is_a_request_to_both(booking, attendee, host):
    rendered = write(booking=booking, party="host")
    calendar = Calendar.from_ical(rendered.calendar)
    event: Any = calendar.walk("VEVENT")[0]
    assert calendar["METHOD"] == "REQUEST"
    assert event["UID"] == booking.uid
    assert event["DTSTART"].dt == START
    assert event["ORGANIZER"] == "mailto:sessions@localhost"
    assert [str(person) for person in event["ATTENDEE"]] == [
        f"mailto:{host.user.email}",
        f"mailto:{attendee.email}",
    ]
    assert event["SUMMARY"] == "Mentoring hour with Amara Obi"
    assert write(booking=booking, party="attendee").calendar != rendered.calendar


def test_health_is_nobody_s_business(booking, settings):
    settings.DUOLOGUE_VOCABULARY = "telehealth"
    booking.title, booking.note = "Cancer follow-up", "About my results"
    for party in Party:
        rendered = write(booking=booking, party=party.value)
        everything = rendered.subject + rendered.html + rendered.text + rendered.calendar.decode()
        assert "Cancer" not in everything
        assert "my results" not in everything
        assert "Appointment" in everything


def test_the_host_reads_the_attendee_s_note(booking):
    booking.note = "Two cases.\n<b>Which</b> one?"
    assert "> Two cases.\n> <b>Which</b> one?" in write(booking=booking, party="host").text
    assert "&lt;b&gt;Which&lt;/b&gt; one?" in write(booking=booking, party="host").html
    assert "Two cases" not in write(booking=booking, party="attendee").text


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "Eve\r\nBcc: everyone@example.com",
    "Eve\nSubject: other",
    '"Eve, the" <first@example.com>',
    "\u202eeve",
    "ע" * 80,
    "🎨" * 40,
    "%(name)s %s [link]",
    "{{ letter }}{% load x %}",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_words_and_nothing_else(booking, attendee, host, name):
    plain = Tags(write(booking=booking, party="host").html)
    attendee.name = host.user.name = name
    attendee.save()
    host.user.save()
    booking = type(booking).objects.get(pk=booking.pk)
    for party, reader in (("host", host.user), ("attendee", attendee)):
        rendered = write(booking=booking, party=party)
        assert Tags(rendered.html).names == plain.names
        wire = message.build(rendered, NOW)
        assert [header for header, _ in wire.items()].count("Subject") == 1
        assert "Bcc" not in wire
        assert [address.addr_spec for address in wire["To"].addresses] == [reader.email]
        raw = wire.as_bytes()
        head = raw.split(b"\r\n\r\n")[0]
        assert not re.search(rb"^(Bcc|Subject: other)", head, re.M)
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998
        assert b"\n" not in raw.replace(b"\r\n", b"")


def test_other_eyes_see_neither_link_nor_code(booking, attendee):
    code = codes.issue(attendee.email, purpose=MailedCode.Purpose.SIGN_IN, browser="b", now=NOW)
    for party in Party:
        token = join_links.address(booking.join_links.get(party=party)).rsplit("/", 1)[-1]
        veiled = write(booking=booking, party=party.value, is_veiled=True)
        assert token not in repr(veiled)
        assert token not in veiled.calendar.replace(b"\r\n ", b"").decode()
    assert codes.digits_of(code) not in repr(write("code", code_id=code.pk, is_veiled=True))
    assert codes.digits_of(code) in write("code", code_id=code.pk).text


def test_a_code_shows_in_no_list_of_mails(attendee):
    code = codes.issue(attendee.email, purpose=MailedCode.Purpose.SIGN_IN, browser="b", now=NOW)
    rendered = write("code", code_id=code.pk)
    digits = codes.digits_of(code)
    assert digits not in rendered.subject
    hidden = rendered.html.split("display:none")[1].split("</div>")[0]
    assert digits not in hidden
    assert "15 minutes" in rendered.text


def test_the_database_holds_no_token_and_no_code(booking, attendee, mailbox):
    code = codes.issue(attendee.email, purpose=MailedCode.Purpose.SIGN_IN, browser="b", now=NOW)
    with transaction.atomic():
        outbox.owe(
            *(
                Mail(template="confirmed", key=party, booking_id=booking.pk, party=party.value)
                for party in Party
            ),
            Mail(template="code", key="code", code_id=code.pk),
            now=NOW,
        )
    run_due(NOW)
    assert OutgoingMail.objects.filter(state="sent").count() == 3
    secrets = [join_links.address(link).rsplit("/", 1)[-1] for link in booking.join_links.all()]
    sent = "".join(str(part) for wire in mailbox.messages for part in wire.walk() if not part.is_multipart())
    for model in apps.get_models():
        for row in model._default_manager.all():
            for field in row._meta.concrete_fields:
                if isinstance(field, (models.CharField, models.TextField, models.JSONField)):
                    text = str(getattr(row, field.attname))
                    assert not any(secret in text for secret in secrets), field
                    assert not re.search(rf"\b{codes.digits_of(code)}\b", text), field
    assert codes.digits_of(code) in sent


@pytest.mark.parametrize(
    ("change", "template", "now", "reason"),
    [
        ({}, "reminder_day", START - timedelta(hours=24), ""),
        ({}, "reminder_hour", START - timedelta(hours=1), ""),
        (
            {"status": Status.CANCELLED.value},
            "reminder_day",
            START - timedelta(hours=24),
            "not going to take place",
        ),
        ({}, "reminder_hour", START, "has begun"),
        ({"wants_reminders": False}, "reminder_day", START - timedelta(hours=24), "not wanted"),
        ({}, "reminder_day", START - timedelta(minutes=50), "one hour before"),
        ({}, "reminder_day", START - timedelta(hours=30), "later time"),
        ({}, "reminder_hour", START - timedelta(hours=3), "later time"),
        ({}, "confirmed", START + timedelta(hours=3), "over"),
        ({"status": Status.CANCELLED.value}, "confirmed", NOW, "not going to take place"),
    ],
)
def test_the_world_is_looked_at_once_more(booking, change, template, now, reason):
    for name, value in change.items():
        setattr(booking, name, value)
    found = letters.why_not(owed(template, booking=booking, party="attendee"), now)
    assert reason in found if reason else found == ""


@pytest.mark.parametrize(
    ("template", "now", "subject", "heading"),
    [
        (
            "reminder_day",
            START - timedelta(hours=24),
            "Tomorrow, 16:30: Naoko Ishida",
            "You’re meeting Naoko tomorrow at 16:30.",
        ),
        # A worker that was down: the words are still true.
        (
            "reminder_day",
            START - timedelta(hours=6),
            "Today, 16:30: Naoko Ishida",
            "You’re meeting Naoko today at 16:30.",
        ),
        (
            "reminder_hour",
            START - timedelta(hours=1),
            "At 16:30: Naoko Ishida",
            "You’re meeting Naoko at 16:30.",
        ),
    ],
)
def test_a_reminder_says_when_and_brings_the_link(booking, template, now, subject, heading):
    rendered = write(template, now, booking=booking, party="attendee")
    assert rendered.subject == subject
    assert heading in rendered.html
    assert rendered.text.startswith(heading)
    assert join_links.address(booking.join_links.get(party="attendee")) in rendered.text
    assert rendered.calendar == b""


def test_around_midnight_the_day_is_named(paid, attendee):
    attendee.time_zone = "Asia/Tokyo"
    attendee.save()
    booking = make_booking(paid, attendee, starts_at=datetime(2026, 10, 22, 15, 30, tzinfo=UTC))
    rendered = write(
        "reminder_day", booking.starts_at - timedelta(hours=25), booking=booking, party="attendee"
    )
    assert "on Friday 23 October at 00:30" in rendered.text


def test_a_free_session_costs_and_returns_nothing(free, attendee):
    booking = make_booking(free, attendee, starts_at=START)
    text = write(booking=booking, party="attendee").text
    assert "Free of charge." in text
    assert "Cancel before Wednesday 21 October" in text
    assert "€" not in text


def test_the_host_is_reminded_whatever_the_attendee_wants(booking):
    booking.wants_reminders = False
    mail = owed("reminder_day", booking=booking, party="host")
    assert letters.why_not(mail, START - timedelta(hours=24)) == ""


def test_a_code_that_was_used_or_is_too_old_is_not_sent(attendee):
    code = codes.issue(attendee.email, purpose=MailedCode.Purpose.SIGN_IN, browser="b", now=NOW)
    mail = owed("code", code_id=code.pk)
    assert letters.why_not(mail, NOW) == ""
    assert letters.why_not(mail, NOW + timedelta(minutes=15))
    codes.spend(code, now=NOW)
    assert letters.why_not(mail, NOW)


@pytest.mark.parametrize(
    ("template", "status"), [("host_approved", "approved"), ("host_suspended", "suspended")]
)
def test_hosts_hear_what_is_true(host, template, status):
    mail = owed(template, user=host.user)
    for other in Host.Status:
        host.status = other
        host.save()
        assert (letters.why_not(mail, NOW) == "") == (other.value == status)
    host.status = status
    host.save()
    assert write(template, user=host.user).subject.startswith("Your page is")


def test_operators_hear_of_an_application_until_it_is_decided(host, operator):
    host.status = Host.Status.WAITING
    host.save()
    mail = owed("host_application", user=operator, params={"host_id": host.pk})
    assert letters.why_not(mail, NOW) == ""
    rendered = rendering.render(mail, NOW)
    assert rendered.subject == "To approve: Naoko Ishida, mentor"
    assert rendered.to.email == operator.email
    host.status = Host.Status.APPROVED
    host.save()
    assert letters.why_not(mail, NOW)


def test_late_money_comes_with_times_that_are_still_ahead(booking):
    starts = [NOW - timedelta(hours=1), START + timedelta(hours=1), START + timedelta(days=1)]
    params = {"near_slots": [start.isoformat() for start in starts]}
    rendered = write("hold_expired_paid_late", booking=booking, party="attendee", params=params)
    assert "€65.00" in rendered.subject
    assert "These are close by:" in rendered.text
    assert rendered.text.count("&at=") == 2
    assert "Thursday 22 October, 17:30" in rendered.text
    none = write("hold_expired_paid_late", booking=booking, party="attendee", params={})
    assert "close by" not in none.text


def test_no_more_reminders_are_promised_than_will_come(booking):
    def promise(hours, **change):
        for name, value in change.items():
            setattr(booking, name, value)
        return write(booking=booking, party="attendee", now=START - timedelta(hours=hours)).text

    assert "the day before and one hour before" in promise(48)
    assert "We remind you one hour before" in promise(20)
    assert "it can no longer be cancelled" in promise(20)
    assert "We remind" not in promise(0.5)
    assert "We remind" not in promise(48, wants_reminders=False)


def test_linked_sentences_keep_brackets_of_values_apart():
    words = linked("Ask [%(name)s] today, %(name)s", "https://x.example", name="A [b] %s")
    assert words == ("Ask ", Link("A [b] %s", "https://x.example"), " today, A [b] %s")


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Naoko Ishida", "Naoko"),
        ("Dr. Leyla Ay", "Dr. Ay"),
        ("Dr.", "Dr."),
        ("Prof. Dr. Ruth Levi", "Prof. Levi"),
        ("Cher", "Cher"),
    ],
)
def test_people_are_called_as_one_calls_them(host, name, called, booking):
    host.user.name = name
    host.user.save()
    booking = type(booking).objects.get(pk=booking.pk)
    assert f"You’re meeting {called}." in write(booking=booking, party="attendee").text


def test_an_address_in_another_script_travels_in_ascii(booking, attendee):
    attendee.email = "amara@bücher.example"
    attendee.save()
    booking = type(booking).objects.get(pk=booking.pk)
    wire = message.build(write(booking=booking, party="attendee"), NOW)
    assert wire["To"].addresses[0].addr_spec == "amara@xn--bcher-kva.example"
