"""Can who paid read and print their receipt, and nobody else? (PAY-1, PAY-2)"""

import re

import pytest
from django.test import Client

from duologue.bookings.transitions import Actor
from duologue.core import clock, crypto
from duologue.jobs.worker import run_due
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import Payment, Receipt
from duologue.usecases.cancel import cancel
from tests.sold import sell

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def sold(paid, attendee, now):
    return sell(paid, attendee, now=now)


@pytest.fixture
def returned(sold, operator, now):
    """The same session, cancelled and paid back."""
    cancel(sold, by=Actor("operator", operator.pk), reason="other", now=now)
    run_due(now)
    return sold


def address(kind="receipt"):
    return f"/receipts/{Receipt.objects.get(kind=kind).number}"


def text(client, page):
    shown = re.sub(r"<[^>]+>", " ", client.get(page).content.decode())
    return " ".join(shown.split())


def test_who_paid_reads_what_for_and_how_much(sold, as_attendee):
    shown = text(as_attendee, address())
    assert "Receipt No. 20" in shown
    assert "Amara Obi amara@" in shown
    assert "With Naoko Ishida" in shown
    assert "Total €65.00" in shown


def test_only_who_paid_and_operators_open_it(sold, as_host, as_stranger, as_nobody, as_attendee, as_operator):
    page = address()
    assert [one.get(page).status_code for one in (as_host, as_stranger, as_nobody)] == [404, 404, 404]
    assert [one.get(page).status_code for one in (as_attendee, as_operator)] == [200, 200]
    assert as_attendee.get("/receipts/2026-9999").status_code == 404
    assert as_attendee.post(page).status_code == 405


def test_what_a_bystander_reads_is_as_if_there_were_none(sold, as_stranger):
    number = Receipt.objects.get().number
    shown, none = (as_stranger.get(f"/receipts/{one}").content for one in (number, "2026-9999"))
    assert re.sub(rb"csrf[^>]*|X-CSRFToken[^}]*|data-now=\S+|/receipts/[\d-]+", b"", shown) == re.sub(
        rb"csrf[^>]*|X-CSRFToken[^}]*|data-now=\S+|/receipts/[\d-]+", b"", none
    )


def test_money_that_went_back_has_a_paper_that_names_the_first(returned, as_attendee):
    note = text(as_attendee, address("credit_note"))
    assert "Credit note No. C-20" in note
    assert "Given back €65.00" in note
    assert f"No. {Receipt.objects.get(kind='receipt').number}" in note
    first = text(as_attendee, address())
    assert "€65.00 of it went back" in first
    assert f"credit note {Receipt.objects.get(kind='credit_note').number}" in first


def test_mails_and_the_sessions_page_lead_there(returned, as_attendee, now):
    pages = [address(), address("credit_note")]
    session = as_attendee.get(f"/sessions/{returned.pk}").content.decode()
    assert all(f'href="{page}"' in session for page in pages)
    mail = OutgoingMail.objects.get(template="refunded")
    assert pages[1] in rendering.render(mail, now).html


def test_hosts_see_no_paper_on_the_sessions_page(returned, as_host):
    assert "/receipts/" not in as_host.get(f"/sessions/{returned.pk}").content.decode()


def test_the_issuer_and_a_tax_note_are_the_operators(sold, as_attendee, settings):
    settings.DUOLOGUE_RECEIPT_ISSUER = "Praxis <Ishida>\nGasse 1\nWien"
    settings.DUOLOGUE_RECEIPT_TAX_NOTE = "No VAT: section 6."
    shown = as_attendee.get(address()).content.decode()
    assert "<b>Praxis &lt;Ishida&gt;</b><br>Gasse 1<br>Wien" in shown
    assert "No VAT: section 6." in shown


def test_yen_have_no_decimals(sold, as_attendee):
    Payment.objects.update(amount=6500, currency="JPY")
    assert "¥6,500 Print" in text(as_attendee, address())


def test_who_booked_without_an_account_reads_it_in_that_browser(paid, now):
    guest = Client()
    secret = "b" * 22
    guest.cookies["browser"] = secret
    sell(paid, now=now, browser=crypto.fingerprint(secret))
    assert "Total €65.00" in text(guest, address())
