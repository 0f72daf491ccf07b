"""Has every payment one receipt and every refund one credit note, numbered without a gap?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connections, transaction

from duologue.bookings.transitions import SYSTEM, Actor
from duologue.core import clock
from duologue.jobs.worker import run_due
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from duologue.payments import receipts, refunds
from duologue.payments.models import CheckoutAttempt, NumberSeries, Payment, Receipt, Refund, SandboxCheckout
from duologue.usecases.cancel import cancel
from duologue.usecases.settle_payment import settle_payment
from tests.cast import make_booking
from tests.sold import hold, pay_for, sell

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)


def bought(offer, attendee, at=NOON):
    """A payment as a row."""
    booking = make_booking(offer, attendee)
    return Payment.objects.create(
        id=booking.pk,
        booking=booking,
        provider="sandbox",
        amount=6500,
        currency="EUR",
        status="succeeded",
        created_at=at,
        paid_at=at,
    )


def give(payment, at=NOON):
    with transaction.atomic():
        return receipts.give_receipt(payment, now=at)


@pytest.mark.django_db
class TestNumbers:
    def test_go_up_by_one_within_a_year(self, paid, attendee):
        numbers = [give(bought(paid, attendee)).number for _ in range(3)]
        assert numbers == ["2026-0001", "2026-0002", "2026-0003"]

    def test_a_new_year_begins_anew(self, paid, attendee):
        give(bought(paid, attendee))
        assert give(bought(paid, attendee), datetime(2027, 1, 1, tzinfo=UTC)).number == "2027-0001"

    def test_the_year_is_the_operators(self, paid, attendee, settings):
        settings.DUOLOGUE_RECEIPT_ZONE = ZoneInfo("Pacific/Auckland")
        eve = datetime(2026, 12, 31, 12, tzinfo=UTC)
        assert give(bought(paid, attendee), eve).number == "2027-0001"

    def test_a_payment_has_one_however_often_it_is_asked_for(self, paid, attendee):
        payment = bought(paid, attendee)
        assert give(payment) == give(payment, NOON + timedelta(days=400))
        assert Receipt.objects.count() == 1

    def test_what_is_rolled_back_leaves_no_gap(self, paid, attendee):
        payment = bought(paid, attendee)
        with transaction.atomic():
            receipts.give_receipt(payment, now=NOON)
            transaction.set_rollback(True)
        assert give(payment).number == "2026-0001"

    def test_past_9999_they_grow_longer(self, paid, attendee):
        payments = [bought(paid, attendee), bought(paid, attendee)]
        give(payments[0])
        NumberSeries.objects.update(last=9999)
        assert give(payments[1]).number == "2026-10000"


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_a_crowd_gets_numbers_without_gap_or_twin(paid, attendee):
    payments = [bought(paid, attendee) for _ in range(24)]

    def one(payment):
        try:
            with transaction.atomic():
                return receipts.give_receipt(payment, now=NOON).number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(pool.map(one, payments))
    assert numbers == [f"2026-{number:04}" for number in range(1, 25)]


@pytest.mark.django_db
class TestPapers:
    def test_a_paid_session_has_a_receipt_from_its_settling_on(self, paid, attendee):
        now = clock.now()
        booking = sell(paid, attendee, now=now)
        receipt = Receipt.objects.get()
        assert (receipt.kind, receipt.payment, receipt.issued_at) == ("receipt", booking.payment, now)

    def test_its_mail_carries_number_sum_and_link_for_the_payer_alone(self, paid, attendee):
        sell(paid, attendee)
        number = Receipt.objects.get().number
        for mail in OutgoingMail.objects.filter(template="confirmed"):
            text = rendering.render(mail, clock.now()).text
            is_payers = mail.party == "attendee"
            assert (f"No. {number}, €65.00." in text) is is_payers
            assert (f"/receipts/{number}" in text) is is_payers

    def test_a_refund_has_a_credit_note_when_it_is_back(self, paid, attendee):
        now = clock.now()
        booking = sell(paid, attendee, now=now)
        cancel(booking, by=Actor("attendee", attendee.pk), reason="other", now=now)
        assert Receipt.objects.count() == 1
        run_due(now)
        note = Receipt.objects.get(kind="credit_note")
        assert note.number == f"C-{now.year}-0001"
        assert note.refund == Refund.objects.get()
        mail = OutgoingMail.objects.get(template="refunded")
        text = rendering.render(mail, now).text
        assert f"No. {note.number}, €65.00." in text
        assert "We sent you €65.00 back" in mail.subject
        assert receipts.of_booking(booking) == [Receipt.objects.get(kind="receipt"), note]

    def test_it_stays_one_when_the_bank_sent_the_money_back_and_it_went_out_again(self, paid, attendee):
        now = clock.now()
        booking = sell(paid, attendee, now=now)
        cancel(booking, by=Actor("attendee", attendee.pk), reason="other", now=now)
        run_due(now)
        refund = Refund.objects.get()
        with transaction.atomic():
            refunds.move(refund, Refund.Status.FAILED, now=now, words="account closed")
            refunds.try_again(refund, now=now, actor=SYSTEM)
        run_due(now)
        refund.refresh_from_db()
        assert refund.status == Refund.Status.SUCCEEDED
        assert Receipt.objects.filter(kind="credit_note").count() == 1
        assert OutgoingMail.objects.filter(template="refunded").count() == 2

    def test_what_was_paid_twice_has_neither(self, paid, attendee):
        """One session, one receipt: the second payment never was a sale."""
        now = clock.now()
        booking = hold(paid, attendee, now=now)
        first = pay_for(booking, now=now)
        CheckoutAttempt.objects.filter(pk=first.pk).update(status="closed")
        second = pay_for(booking, now=now + timedelta(minutes=1))
        settle_payment(second.pk, now=now)
        settle_payment(first.pk, now=now)
        run_due(now)
        assert Refund.objects.get().cause == Refund.Cause.PAID_TWICE
        assert Refund.objects.get().status == Refund.Status.SUCCEEDED
        assert SandboxCheckout.objects.filter(state="paid").count() == 2
        assert [paper.kind for paper in Receipt.objects.all()] == ["receipt"]
        text = rendering.render(OutgoingMail.objects.get(template="refunded"), now).text
        assert "You had paid twice" in text
        assert "credit note" not in text
