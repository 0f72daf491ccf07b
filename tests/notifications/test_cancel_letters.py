"""What do people read about a session that does not take place? (CANCEL-1, CANCEL-3, PAY-5, MAIL-1)"""

from datetime import timedelta

import pytest
from icalendar import Calendar

from duologue.bookings.models import Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.jobs.worker import run_due
from duologue.notifications import letters, message, rendering
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import Payment, Refund
from duologue.usecases.cancel import cancel
from duologue.usecases.correct_outcome import say_absent, say_took_place
from duologue.usecases.object_to_absence import object_to_absence
from duologue.usecases.report_cannot_come import report_cannot_come
from tests.cast import make_booking
from tests.notifications.conftest import Mailbox
from tests.sold import sell

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WORDS = "My knee <hurts> again."


@pytest.fixture
def sold(paid, attendee, operator):
    return sell(paid, attendee)


def mail_of(template, party=""):
    return OutgoingMail.objects.select_related("booking__host__user", "booking__attendee", "user").get(
        template=template, party=party
    )


def read(template, party="", now=None):
    return rendering.render(mail_of(template, party), now or clock.now())


def cancelled(booking, by, party, reason="plans_changed", words=""):
    cancel(booking, by=Actor(by), reason=reason, words=words, now=clock.now())
    return read("session_cancelled", party)


@pytest.mark.parametrize(
    ("by", "reason", "party", "heading"),
    [
        ("attendee", "plans_changed", "attendee", "You cancelled your session with Naoko."),
        ("attendee", "plans_changed", "host", "Amara cancelled your session."),
        ("host", "plans_changed", "attendee", "Naoko cancelled your session."),
        ("host", "plans_changed", "host", "You cancelled your session with Amara."),
        ("operator", "video_trouble", "attendee", "Your session with Naoko is cancelled."),
        ("operator", "video_trouble", "host", "Your session with Amara is cancelled."),
    ],
)
def test_it_says_who_cancelled_and_why(sold, by, reason, party, heading):
    letter = cancelled(sold, by, party, reason, "See you in spring.")
    other = "Naoko Ishida" if party == "attendee" else "Amara Obi"
    assert letter.subject.startswith(f"Cancelled: {other}, ")
    assert heading in letter.text
    assert "See you in spring." in letter.text
    assert ("Plans changed." if reason == "plans_changed" else "Trouble with the video.") in letter.text


def test_each_reads_about_the_money_from_their_side(sold):
    mine = cancelled(sold, "host", "attendee")
    assert "You get €65.00 back. All of it, to the Visa card ending in 4242." in mine.text
    assert "Book again with Naoko" in mine.text
    theirs = read("session_cancelled", "host")
    assert "Amara gets €65.00 back." in theirs.text
    assert "4242" not in theirs.text
    assert "The time is open for others again." in theirs.text


def test_it_says_what_is_true_when_it_goes_out(sold):
    cancelled(sold, "attendee", "attendee")
    Refund.objects.update(status=Refund.Status.FAILED)
    letter = read("session_cancelled", "attendee")
    assert "The refund is stuck. We are on it and will write to you." in letter.text
    assert "You get €65.00" not in letter.text


def test_no_money_is_promised_where_none_comes(free, attendee, sold):
    letter = cancelled(make_booking(free, attendee), "attendee", "attendee")
    assert "back" not in letter.text.replace("calendar", "")
    OutgoingMail.objects.filter(template="session_cancelled").delete()
    Payment.objects.update(disputed_at=clock.now())
    disputed = cancelled(sold, "host", "attendee")
    assert "Your bank decides about your payment" in disputed.text
    assert "€" not in disputed.text
    assert "€" not in read("session_cancelled", "host").text


def test_where_health_is_the_matter_nobodys_words_travel(sold, settings):
    settings.DUOLOGUE_VOCABULARY = "telehealth"
    for party in Party:
        if not OutgoingMail.objects.filter(template="session_cancelled").exists():
            cancel(sold, by=Actor("attendee"), reason="not_needed", words=WORDS, now=clock.now())
        letter = read("session_cancelled", party.value)
        whole = letter.subject + letter.text + letter.html + letter.calendar.decode()
        assert "knee" not in whole
        assert "Mentoring" not in whole
        assert "appointment" in letter.text


def test_words_are_text_wherever_they_stand(sold):
    letter = cancelled(sold, "attendee", "host", words=WORDS)
    assert WORDS in letter.text
    assert "<hurts>" not in letter.html
    assert "&lt;hurts&gt;" in letter.html


def test_the_parts_of_the_mail_say_cancel(sold):
    letter = cancelled(sold, "attendee", "attendee")
    wire = message.build(letter, clock.now())
    (calendar,) = (part for part in wire.walk() if part.get_content_type() == "text/calendar")
    assert calendar.get_param("method") == "CANCEL"
    (event,) = Calendar.from_ical(calendar.get_payload(decode=True)).walk("VEVENT")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (sold.uid, 1, "CANCELLED")


def test_neither_confirmation_nor_reminder_follows(sold):
    cancel(sold, by=Actor("host"), reason="other", now=clock.now())
    for template in ("confirmed", "reminder_day", "reminder_hour"):
        late = OutgoingMail(booking=sold, party="attendee", template=template, created_at=clock.now())
        assert letters.why_not(late, clock.now())


def test_both_get_it_by_mail_and_each_once(sold, mailbox: Mailbox):
    cancel(sold, by=Actor("host"), reason="other", now=clock.now())
    for _ in range(2):
        run_due(clock.now())
    for address in ("amara@people.example", "naoko@people.example"):
        told = [one for one in mailbox.to(address) if one["Subject"].startswith("Cancelled: ")]
        assert len(told) == 1
        assert told[0]["From"].addresses[0].addr_spec


# The host cannot come, or did not


def test_who_waits_is_told_what_happens_now(sold):
    report_cannot_come(sold, words="My train stands still.", now=sold.starts_at - HOUR)
    letter = read("host_cannot_come", "attendee", sold.starts_at - HOUR)
    assert letter.subject.startswith("Naoko Ishida cannot come: ")
    assert "send all €65.00 back" in letter.text
    assert "My train stands still." in letter.text
    told = read("operators_cannot_come", now=sold.starts_at - HOUR)
    assert told.to.email == "operator@people.example"
    assert "Naoko Ishida cannot come." in told.text
    assert "Cancel and refund" in told.text
    assert "My train stands still." in told.text


def test_no_refund_is_promised_to_whom_a_bank_decides(sold):
    Payment.objects.update(disputed_at=clock.now())
    report_cannot_come(sold, now=sold.starts_at - HOUR)
    assert "€" not in read("host_cannot_come", "attendee", sold.starts_at - HOUR).text


@pytest.mark.parametrize("template", ["host_cannot_come", "operators_cannot_come"])
def test_once_it_is_cancelled_nobody_has_to_hear_of_it(sold, template):
    now = sold.starts_at - HOUR
    report_cannot_come(sold, now=now)
    party = "attendee" if template == "host_cannot_come" else ""
    assert letters.why_not(mail_of(template, party), now) == ""
    cancel(sold, by=Actor("operator"), reason="host_cannot_come", now=now)
    assert letters.why_not(mail_of(template, party), now)


def test_an_absent_host_can_say_otherwise_until_an_hour_that_is_named(sold):
    at = sold.ends_at + 2 * HOUR
    say_absent(sold, Party.HOST, by=Actor("operator"), now=at)
    letter = read("host_marked_absent", "host", at)
    assert letter.subject.startswith("Were you there? Amara Obi, ")
    assert "gets the full €65.00 back on" in letter.text
    assert f"/sessions/{sold.pk}" in letter.text
    assert letters.why_not(mail_of("host_marked_absent", "host"), at) == ""
    object_to_absence(sold, words="I was there.", now=at)
    told = read("operators_objection", now=at)
    assert "Was Naoko Ishida there?" in told.text
    assert "I was there." in told.text
    assert letters.why_not(mail_of("operators_objection"), at) == ""
    say_took_place(sold, by=Actor("operator"), now=at)
    assert letters.why_not(mail_of("host_marked_absent", "host"), at)
    assert letters.why_not(mail_of("operators_objection"), at)


def test_a_free_session_is_about_no_money(free, attendee):
    booking = make_booking(free, attendee, status=Status.COMPLETED)
    say_absent(booking, Party.HOST, by=Actor("operator"), now=clock.now())
    letter = read("host_marked_absent", "host")
    assert "€" not in letter.text
    assert "Say so, and we look into it." in letter.text


@pytest.mark.parametrize("vocabulary", ["mentoring", "telehealth"])
def test_operators_read_no_words_about_health(sold, settings, vocabulary):
    settings.DUOLOGUE_VOCABULARY = vocabulary
    report_cannot_come(sold, words=WORDS, now=sold.starts_at - HOUR)
    for template, party in (("operators_cannot_come", ""), ("host_cannot_come", "attendee")):
        is_there = WORDS in read(template, party, sold.starts_at - HOUR).text
        assert is_there == (vocabulary == "mentoring")


# What the confirmation promises


@pytest.mark.parametrize(
    ("hours", "says"),
    [(48, "gets the full €65.00 back by itself"), (20, "say so on its page")],
)
def test_a_host_reads_what_to_do_if_plans_change(sold, hours, says):
    mail = mail_of("confirmed", "host")
    assert says in rendering.render(mail, sold.starts_at - timedelta(hours=hours)).text


def test_a_free_session_has_nothing_to_come_back(free, attendee):
    booking = make_booking(free, attendee)
    mail = OutgoingMail(id=booking.pk, booking=booking, party="host", template="confirmed")
    text = rendering.render(mail, booking.starts_at - timedelta(hours=48)).text
    assert "See or cancel the session" in text
    assert "back by itself" not in text
