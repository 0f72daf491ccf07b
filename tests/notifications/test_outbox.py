"""Is a mail owed exactly once, and only if the transaction that owes it commits?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from duologue.bookings.models import Party
from duologue.jobs.models import Job
from duologue.notifications import outbox
from duologue.notifications.models import OutgoingMail
from duologue.notifications.outbox import Mail
from tests.cast import make_booking

NOW = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


def confirmation(booking, party):
    return Mail(
        template="confirmed", key=f"confirmed:{booking.pk}:{party}", booking_id=booking.pk, party=party.value
    )


def test_a_mail_is_a_row_and_a_job(paid, attendee):
    booking = make_booking(paid, attendee)
    with transaction.atomic():
        outbox.owe(*(confirmation(booking, party) for party in Party), now=NOW)
    mails = {mail.party: mail for mail in OutgoingMail.objects.all()}
    assert set(mails) == {"host", "attendee"}
    for mail in mails.values():
        assert (mail.booking, mail.state, mail.created_at) == (booking, "queued", NOW)
        job = Job.objects.get(key=f"send_mail:{mail.pk}")
        assert (job.name, job.args, job.run_at) == ("send_mail", {"mail_id": str(mail.pk)}, NOW)


def test_a_repeat_is_no_error_and_writes_nothing(paid, attendee, django_assert_num_queries):
    booking = make_booking(paid, attendee)
    with transaction.atomic():
        outbox.owe(confirmation(booking, Party.HOST), now=NOW)
    Job.objects.all().delete()
    with transaction.atomic():
        outbox.owe(confirmation(booking, Party.HOST), confirmation(booking, Party.ATTENDEE), now=NOW)
        outbox.owe(confirmation(booking, Party.HOST), confirmation(booking, Party.HOST), now=NOW)
    assert OutgoingMail.objects.count() == 2
    assert [job.args["mail_id"] for job in Job.objects.all()] == [
        str(OutgoingMail.objects.get(party=Party.ATTENDEE).pk)
    ]


def test_any_number_of_mails_takes_two_statements(paid, attendee, django_assert_num_queries):
    booking = make_booking(paid, attendee)
    mails = [
        Mail(template="code", key=f"many:{number}", booking_id=booking.pk, party="host")
        for number in range(20)
    ]
    with transaction.atomic(), django_assert_num_queries(2):
        outbox.owe(*mails, now=NOW)
    assert OutgoingMail.objects.count() == Job.objects.count() == 20


def test_a_mail_can_wait_for_its_time(operator):
    with transaction.atomic():
        outbox.owe(
            Mail(template="host_approved", key="later", user_id=operator.pk, at=NOW + timedelta(hours=1)),
            now=NOW,
        )
    assert Job.objects.get().run_at == NOW + timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_owed_outside_a_transaction():
    with pytest.raises(RuntimeError, match="transaction"):
        outbox.owe(Mail(template="code", key="alone"), now=NOW)
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_owes_nothing():
    def fail():
        with transaction.atomic():
            outbox.owe(Mail(template="code", key="never"), now=NOW)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert not OutgoingMail.objects.exists()
    assert not Job.objects.exists()


def test_operators_are_written_to_one_by_one(operator, stranger):
    mails = outbox.to_operators("host_application", "application:7", params={"host_id": 7})
    assert [(mail.user_id, mail.key) for mail in mails] == [(operator.pk, f"application:7:{operator.pk}")]


@pytest.mark.parametrize("state", ["queued", "sending", "sent", "kept", "dropped"])
def test_only_what_failed_or_waits_is_sent_again(operator, state):
    with transaction.atomic():
        outbox.owe(Mail(template="host_approved", key="x", user_id=operator.pk), now=NOW)
        OutgoingMail.objects.update(state=state)
        assert not outbox.send_again(OutgoingMail.objects.get(), now=NOW)
        OutgoingMail.objects.update(state="failed", attempts=8)
        assert outbox.send_again(OutgoingMail.objects.get(), now=NOW)
    mail = OutgoingMail.objects.get()
    assert (mail.state, mail.attempts) == ("queued", 0)
