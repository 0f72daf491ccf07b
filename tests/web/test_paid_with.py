"""Is it told with which card was paid, to the payer and operators alone, in their language? (PAY-1)"""

import re

import pytest
from django.urls import reverse

from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.jobs.worker import run_due
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from duologue.ops.evidence import evidence_of
from duologue.payments.models import CheckoutAttempt, Payment, Receipt
from duologue.usecases.begin_checkout import begin_checkout
from duologue.usecases.cancel import cancel
from duologue_simulators.stripe.account import GOOD, REFUND_WAITS, TRANSFER
from tests.gateways import hand_over, pay
from tests.sold import hold

pytestmark = pytest.mark.django_db
CARD = "Visa card ending in 4242"


@pytest.fixture
def now(stripe):
    return clock.now()


@pytest.fixture
def buy(paid, attendee, stripe, now):
    """Amara pays at Stripe, which tells us by a webhook."""

    def buy(way=GOOD):
        booking = hold(paid, attendee, now=now)
        begin_checkout(booking, now=now)
        attempt = CheckoutAttempt.objects.get(payment__booking=booking)
        pay(stripe, attempt.external_id, way)
        if way == TRANSFER:
            stripe.account.end_transfer(attempt.external_id, arrives=True)
        hand_over(stripe)
        run_due(clock.now())
        booking.refresh_from_db()
        assert booking.status == "confirmed"
        return booking

    return buy


def text(client, page):
    shown = re.sub(r"<[^>]+>", " ", client.get(page).content.decode())
    return " ".join(shown.split())


def mail_to(party, template="confirmed"):
    return rendering.render(OutgoingMail.objects.get(party=party, template=template), clock.now())


def receipt(kind="receipt"):
    return reverse("receipt", args=[Receipt.objects.get(kind=kind).number])


def test_the_payer_reads_which_card_it_was(buy, as_attendee):
    page = f"/sessions/{buy().pk}"
    assert f"€65.00 paid by {CARD}." in text(as_attendee, page)
    assert f"Paid {CARD}, through Stripe" in text(as_attendee, receipt())
    assert f"Paid: €65.00, by {CARD}." in mail_to("attendee").text
    assert f"All of it, to the {CARD}." in text(as_attendee, f"{page}/cancel")


def test_the_host_reads_that_it_was_paid_and_no_digits(buy, as_host):
    shown = text(as_host, f"/sessions/{buy().pk}")
    assert "€65.00 paid by card." in shown
    mail = mail_to("host")
    assert "Paid: €65.00." in mail.text
    assert not any("4242" in one for one in (shown, mail.text, mail.html))


def test_nothing_else_of_a_card_is_kept(buy):
    buy()
    payment = Payment.objects.get()
    assert (payment.method, payment.last4) == ("visa", "4242")
    kept = " ".join(str(getattr(payment, field.attname)) for field in Payment._meta.concrete_fields)
    assert not any(one in kept for one in (GOOD, "2034", "credit", "simulated"))


def test_money_goes_back_to_the_card(buy, stripe, operator, as_attendee, as_operator, now):
    booking = buy(REFUND_WAITS)
    card = "Visa card ending in 7726"
    cancel(booking, by=Actor("attendee", booking.attendee_id), reason="other", now=now)
    run_due(now)
    assert card in text(as_operator, "/ops/refunds?show=waiting")
    [refund] = stripe.account.refunds
    stripe.account.end_refund(refund, succeeds=True)
    hand_over(stripe)
    run_due(clock.now())
    assert f"Back to the {card}" in text(as_attendee, receipt("credit_note"))
    assert f"on its way to the {card}." in mail_to("attendee", "refunded").text
    assert f"- paid by {card}" in evidence_of(booking, now=now)


def test_what_is_no_card_has_a_name(buy, settings, as_attendee, as_host):
    settings.DUOLOGUE_STRIPE_DELAYED_METHODS = True
    page = f"/sessions/{buy(TRANSFER).pk}"
    assert "€65.00 paid by SEPA direct debit." in text(as_attendee, page)
    assert "€65.00 paid." in text(as_host, page)
    assert "SEPA direct debit, through Stripe" in text(as_attendee, receipt())
    assert "All of it, the way you paid." in text(as_attendee, f"{page}/cancel")


def test_it_is_told_in_spanish(buy, attendee, as_attendee):
    booking = buy()
    attendee.language = "es"
    attendee.save()
    as_attendee.cookies["django_language"] = "es"
    shown = text(as_attendee, f"/sessions/{booking.pk}")
    assert "pagados con tarjeta Visa terminada en 4242." in shown
    assert "con tarjeta Visa terminada en 4242." in mail_to("attendee").text


def test_of_a_payment_from_before_nothing_is_made_up(buy, as_attendee):
    page = f"/sessions/{buy().pk}"
    Payment.objects.update(method="", last4="")
    assert "€65.00 paid by card." in text(as_attendee, page)
    assert "Online, through Stripe" in text(as_attendee, receipt())
