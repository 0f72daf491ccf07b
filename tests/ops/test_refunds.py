"""Can an operator see what waits, why it is stuck, and bring it to its end? (PAY-3, OPS-1)"""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.errors import Retryable
from duologue.core.ids import uuid7
from duologue.jobs.worker import run_due
from duologue.payments.contract import RefundState
from duologue.payments.models import Payment, Refund
from duologue.payments.providers import sandbox
from duologue.payments.providers.sandbox import SandboxProvider
from duologue.usecases.cancel import cancel
from tests.sold import sell

pytestmark = pytest.mark.django_db
PAGE = "/ops/refunds"
NOTE = "Bank transfer on 3 May, reference 4711"
Status = Refund.Status
NO = RefundState("re_1", succeeded=False, failure="The card was closed.")


class Moody(SandboxProvider):
    """The sandbox, which answers what it is told to."""

    answer: RefundState | Exception | None = None

    def refund(self, request):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or super().refund(request)

    def find_refund(self, request):
        if isinstance(self.answer, Exception):
            raise self.answer
        return None

    def fetch_refund(self, external_id):
        return self.answer if isinstance(self.answer, RefundState) else super().fetch_refund(external_id)


@pytest.fixture
def gateway(monkeypatch):
    monkeypatch.setattr(sandbox, "SandboxProvider", Moody)
    monkeypatch.setattr(Moody, "answer", None)
    return Moody


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def owed(paid, attendee, operator, now):
    booking = sell(paid, attendee, now=now)
    cancel(booking, by=Actor("operator", operator.pk), reason="other", now=now)
    return Refund.objects.get()


@pytest.fixture
def stuck(owed, gateway, now):
    gateway.answer = NO
    run_due(now)
    owed.refresh_from_db()
    assert owed.status == Status.FAILED
    return owed


def text(client, page=PAGE):
    return text_of(client.get(page))


def text_of(response):
    shown = re.sub(r"<(script|style).*?</\1>", "", response.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def post(client, refund, what, **said):
    return client.post(f"{PAGE}/{refund.pk}/{what}", said, follow=True)


def test_nobody_else_learns_that_there_is_a_page(stuck, as_host, as_attendee, as_stranger, as_nobody):
    for client in (as_host, as_attendee, as_stranger):
        assert client.get(PAGE).status_code == 404
        assert client.post(f"{PAGE}/{stuck.pk}/retry").status_code == 404
        assert client.post(f"{PAGE}/{stuck.pk}/settle", {"note": NOTE}).status_code == 404
        assert client.post(f"/ops/payments/{stuck.payment_id}/give-back").status_code == 404
    assert as_nobody.get(PAGE).headers["Location"].startswith("/sign-in")
    stuck.refresh_from_db()
    assert stuck.status == Status.FAILED


def test_the_mail_to_operators_and_the_overview_lead_here(stuck, as_operator):
    assert "1 refund is stuck" in text(as_operator, "/ops")
    assert 'href="/ops/refunds"' in as_operator.get("/ops").content.decode()


def test_what_is_stuck_is_shown_with_its_reason_and_history(stuck, as_operator):
    shown = text(as_operator)
    assert "€65.00, Amara Obi" in shown
    assert "Sandbox says no: The card was closed." in shown
    assert re.search(r"Owed .* Stuck The card was closed\.", shown)
    assert "Stuck 1 On its way 0 Done 0" in shown


def test_tried_again_it_goes_out(stuck, gateway, as_operator, now):
    gateway.answer = None
    assert "It is tried again now." in text_of(post(as_operator, stuck, "retry"))
    run_due(clock.now())
    stuck.refresh_from_db()
    assert stuck.status == Status.SUCCEEDED
    assert "Refunded on" in text(as_operator, f"{PAGE}?show=done")


def test_settled_by_hand_needs_a_note_and_says_who(stuck, as_operator, operator):
    refused = post(as_operator, stuck, "settle", note="  ")
    assert refused.status_code == 422
    assert "Say how and when it was paid" in text_of(refused)
    assert 'aria-invalid="true"' in refused.content.decode()
    assert "Settled by hand. The payer is told." in text_of(post(as_operator, stuck, "settle", note=NOTE))
    stuck.refresh_from_db()
    assert stuck.status == Status.SETTLED_BY_HAND
    shown = text(as_operator, f"{PAGE}?show=done")
    assert f"Settled by hand {operator.name} {NOTE}" in shown
    again = text_of(post(as_operator, stuck, "settle", note=NOTE))
    assert "This refund is done. Nothing was changed." in again


def test_a_note_too_long_comes_back_to_be_shortened(stuck, as_operator):
    refused = post(as_operator, stuck, "settle", note="<b>x</b>" * 200)
    assert refused.status_code == 422
    assert "&lt;b&gt;x&lt;/b&gt;" in refused.content.decode()


def test_what_nobody_answered_is_unknown_and_says_so(owed, gateway, as_operator, now):
    gateway.answer = Retryable("Stripe does not answer.")
    run_due(now)
    shown = text(as_operator)
    assert "Asked for, and nobody heard what became of it. Stripe does not answer." in shown
    assert "Next try:" in shown
    said = text_of(post(as_operator, owed, "settle", note=NOTE))
    assert "The gateway does not answer, so nobody knows whether it sent the money." in said
    owed.refresh_from_db()
    assert owed.status == Status.PENDING


def test_what_is_under_way_stands_under_its_own_word(owed, as_operator):
    assert "No refund is stuck." in text(as_operator)
    assert "We ask the gateway by ourselves." in text(as_operator, f"{PAGE}?show=waiting")
    assert "No refund is stuck." in text(as_operator, f"{PAGE}?show=nonsense&page=-3")


class TestQuestions:
    @pytest.fixture
    def payment(self, paid, attendee, now):
        sell(paid, attendee, now=now)
        Payment.objects.update(problem="The gateway took €60.00.")
        return Payment.objects.get()

    def test_a_payment_to_look_into_is_shown_and_can_be_closed(self, payment, as_operator):
        assert "1 payment to look into" in text(as_operator, "/ops")
        assert "The gateway took €60.00." in text(as_operator)
        said = as_operator.post(f"/ops/payments/{payment.pk}/close", follow=True)
        assert "Closed. Nothing was sent." in text_of(said)
        assert "Payments to look into" not in text(as_operator)
        assert not Refund.objects.exists()

    def test_or_all_of_it_goes_back(self, payment, as_operator):
        said = as_operator.post(f"/ops/payments/{payment.pk}/give-back", follow=True)
        assert "The money goes back now." in text_of(said)
        assert Refund.objects.get().cause == Refund.Cause.OPERATOR

    def test_a_dispute_freezes_it(self, payment, as_operator, now):
        Payment.objects.update(disputed_at=now)
        shown = text(as_operator)
        assert "The payer disputes it at their bank" in shown
        assert "Give all back" not in shown
        said = as_operator.post(f"/ops/payments/{payment.pk}/give-back", follow=True)
        assert "The payer’s bank decides about this payment." in text_of(said)
        assert not Refund.objects.exists()

    def test_unknown_ones_are_said_to_be(self, as_operator, now):
        gone = uuid7(now)
        assert "There is no such" in text_of(as_operator.post(f"/ops/payments/{gone}/give-back", follow=True))
        assert "There is no such refund." in text_of(as_operator.post(f"{PAGE}/{gone}/retry", follow=True))


def test_many_cost_no_more_queries_than_one(paid, attendee, operator, as_operator, now, gateway):
    def one_more(days):
        booking = sell(paid, attendee, now=now + timedelta(days=days))
        cancel(booking, by=Actor("operator", operator.pk), reason="other", now=now + timedelta(days=days))

    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert as_operator.get(f"{PAGE}?show=waiting").status_code == 200
        return len(asked)

    one_more(0)
    as_operator.get(PAGE)
    alone = cost()
    for days in (1, 2, 3):
        one_more(days)
    assert cost() == alone
