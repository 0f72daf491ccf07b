"""Do mails reach people, once in effect, through a real mail server that also fails?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection, transaction

from duologue.bookings.models import Party
from duologue.bookings.states import Status
from duologue.core.errors import NotConfigured, Permanent, Retryable
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications import outbox, sending
from duologue.notifications.models import OutgoingMail
from duologue.notifications.outbox import Mail
from tests.cast import make_booking

NOW = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
START = datetime(2026, 10, 22, 7, 30, tzinfo=UTC)


@pytest.fixture
def booking(paid, attendee):
    return make_booking(paid, attendee, starts_at=START)


def owe(booking, template="confirmed", *parties, now=NOW):
    with transaction.atomic():
        outbox.owe(
            *(
                Mail(template=template, key=f"{template}:{party}", booking_id=booking.pk, party=party.value)
                for party in parties or Party
            ),
            now=now,
        )


def only_mail():
    return OutgoingMail.objects.get()


def send(mail=None, now=NOW):
    sending.send_mail(now, str((mail or only_mail()).pk))


class Crashed(BaseException):
    """As if the process had been killed: nothing in the product catches it."""


class CrashesAfterwards(EmailBackend):
    def send_messages(self, email_messages):
        super().send_messages(email_messages)
        raise Crashed


class SaysWhetherATransactionIsOpen(EmailBackend):
    seen: list[bool] = []

    def send_messages(self, email_messages):
        self.seen.append(connection.in_atomic_block)
        return super().send_messages(email_messages)


def test_a_confirmation_reaches_both(booking, mailbox, host, attendee):
    owe(booking)
    assert run_due(NOW) == 2
    assert {mail.state for mail in OutgoingMail.objects.all()} == {"sent"}
    assert not Job.objects.exists()
    (to_host,) = mailbox.to(host.user.email)
    (to_attendee,) = mailbox.to(attendee.email)
    assert to_host["Subject"] == "Confirmed: Amara Obi, Thu 22 Oct, 09:30"
    assert to_attendee["Subject"] == "Confirmed: Naoko Ishida, Thu 22 Oct, 08:30"
    assert str(to_attendee["To"]) == "Amara Obi <amara@people.example>"
    assert str(to_attendee["From"]) == "Duologue <sessions@localhost>"
    for mail in OutgoingMail.objects.all():
        assert (mail.sent_at, mail.attempts) == (NOW, 1)


def test_a_crash_after_the_server_took_it_repeats_the_same_mail(booking, mailbox, settings):
    owe(booking, "confirmed", Party.ATTENDEE)
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.CrashesAfterwards"
    with pytest.raises(Crashed):
        send()
    assert only_mail().state == "sending"
    settings.EMAIL_BACKEND = usual
    send()
    assert only_mail().state == "sent"
    first, second = mailbox.messages
    assert first["Message-ID"] == second["Message-ID"] == f"<{only_mail().pk}@localhost>"
    assert first["Subject"] == second["Subject"]
    send()
    assert len(mailbox.messages) == 2


def test_a_run_that_was_given_up_on_changes_nothing_any_more(booking, mailbox):
    owe(booking, "confirmed", Party.ATTENDEE)
    slow = sending._claim(only_mail().pk)
    quick = sending._claim(only_mail().pk)
    assert slow is not None
    assert quick is not None
    sending._finish(slow, OutgoingMail.State.FAILED)
    assert only_mail().state == "sending"
    sending._finish(quick, OutgoingMail.State.SENT)
    assert only_mail().state == "sent"


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_server_talks(booking, mailbox, settings):
    settings.EMAIL_BACKEND = f"{__name__}.SaysWhetherATransactionIsOpen"
    SaysWhetherATransactionIsOpen.seen.clear()
    owe(booking, "confirmed", Party.HOST)
    send()
    assert SaysWhetherATransactionIsOpen.seen == [False]


def test_a_server_that_is_down_is_tried_again(booking, mailbox, settings, unused_port):
    owe(booking, "confirmed", Party.ATTENDEE)
    settings.EMAIL_PORT = unused_port
    run_due(NOW)
    mail = only_mail()
    assert (mail.state, mail.attempts) == ("retrying", 1)
    assert "cannot be reached" in mail.last_error
    job = Job.objects.get()
    assert (job.state, job.run_at) == ("waiting", NOW + sending.PAUSES[0])
    settings.EMAIL_PORT = mailbox.port
    run_due(NOW + timedelta(minutes=1))
    assert only_mail().state == "sent"
    assert only_mail().last_error == ""
    assert len(mailbox.messages) == 1
    assert not Job.objects.exists()


@pytest.mark.parametrize(("stage", "answer"), [("RCPT", "451 Try later"), ("DATA", "452 No space")])
def test_not_now_means_later(booking, mailbox, stage, answer):
    owe(booking, "confirmed", Party.ATTENDEE)
    mailbox.answers[stage] = answer
    with pytest.raises(Retryable):
        send()
    assert only_mail().state == "retrying"
    assert answer in only_mail().last_error
    mailbox.answers.clear()
    send()
    assert only_mail().state == "sent"


@pytest.mark.parametrize(
    ("stage", "answer"), [("RCPT", "550 No such user"), ("DATA", "554 We do not like it")]
)
def test_no_means_no_and_is_seen(booking, mailbox, stage, answer):
    owe(booking, "confirmed", Party.ATTENDEE)
    mailbox.answers[stage] = answer
    run_due(NOW)
    mail = only_mail()
    assert mail.state == "failed"
    assert answer in mail.last_error
    job = Job.objects.get()
    assert job.state == "failed"
    assert answer in job.last_error


def test_it_gives_up_after_half_a_day(booking, mailbox, settings, unused_port):
    owe(booking, "confirmed", Party.ATTENDEE)
    settings.EMAIL_PORT = unused_port
    for pause in sending.PAUSES:
        with pytest.raises(Retryable) as refusal:
            send()
        assert refusal.value.retry_after == pause
    with pytest.raises(Permanent):
        send()
    assert only_mail().state == "failed"


def test_what_failed_can_be_sent_again(booking, mailbox):
    owe(booking, "confirmed", Party.ATTENDEE)
    mailbox.answers["RCPT"] = "550 No such user"
    run_due(NOW)
    mailbox.answers.clear()
    with transaction.atomic():
        assert outbox.send_again(only_mail(), now=NOW)
    run_due(NOW)
    assert only_mail().state == "sent"
    assert not Job.objects.exists()


def test_without_a_server_development_keeps_mails(booking, settings):
    settings.DUOLOGUE_EMAIL_URL = ""
    owe(booking)
    run_due(NOW)
    assert [mail.state for mail in OutgoingMail.objects.all()] == ["kept", "kept"]
    assert OutgoingMail.objects.get(party="host").subject == "Confirmed: Amara Obi, Thu 22 Oct, 09:30"


def test_without_a_server_production_says_what_is_missing(booking, settings):
    settings.DUOLOGUE_EMAIL_URL = ""
    settings.ENV = "production"
    owe(booking, "confirmed", Party.HOST)
    with pytest.raises(NotConfigured):
        send()
    assert only_mail().state == "failed"
    assert "DUOLOGUE_EMAIL_URL" in only_mail().last_error


@pytest.mark.parametrize(
    ("allowed", "state"),
    [
        ([], "kept"),
        (["amara@people.example"], "sent"),
        (["Amara@People.example"], "sent"),
        (["@people.example"], "sent"),
        (["@example", "people.example", "mara@people.example", "@other.example"], "kept"),
    ],
)
def test_staging_writes_to_listed_addresses_only(booking, mailbox, settings, allowed, state):
    settings.ENV = "staging"
    settings.DUOLOGUE_EMAIL_ALLOWED = allowed
    owe(booking, "confirmed", Party.ATTENDEE)
    send()
    assert only_mail().state == state
    assert len(mailbox.messages) == (state == "sent")


def test_a_mail_that_became_wrong_is_not_sent(booking, mailbox):
    owe(booking)
    booking.status = Status.CANCELLED.value
    booking.save()
    run_due(NOW)
    assert {mail.state for mail in OutgoingMail.objects.all()} == {"dropped"}
    assert mailbox.messages == []


def test_a_mended_address_gets_the_newer_confirmation_only(booking, mailbox):
    owe(booking, "confirmed", Party.ATTENDEE)
    older = only_mail()
    with transaction.atomic():
        outbox.owe(
            Mail(template="confirmed", key="newer", booking_id=booking.pk, party="attendee"),
            now=NOW + timedelta(minutes=1),
        )
    run_due(NOW + timedelta(minutes=2))
    assert OutgoingMail.objects.get(pk=older.pk).state == "dropped"
    assert OutgoingMail.objects.get(key="newer").state == "sent"


def test_a_letter_that_does_not_exist_fails_and_says_so(booking):
    owe(booking, "no_such_letter", Party.HOST)
    run_due(NOW)
    assert only_mail().state == "failed"
    assert "no_such_letter" in only_mail().last_error


def test_a_mail_nobody_knows_is_no_error(db):
    sending.send_mail(NOW, "00000000-0000-0000-0000-000000000000")
