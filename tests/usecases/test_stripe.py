"""Does every way a payment can go at Stripe end right, whatever is heard and when? (PAY-1 to PAY-3)"""

import json
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import connections

from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.bookings.transitions import SYSTEM, Actor
from duologue.core import clock
from duologue.core.errors import Refused, Retryable
from duologue.core.money import Money
from duologue.inbox.models import WebhookEvent
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.payments import questions, refunds
from duologue.payments.contract import CheckoutStatus
from duologue.payments.models import CheckoutAttempt, Payment, Refund, RefundTransition
from duologue.usecases import reconcile
from duologue.usecases.begin_checkout import begin_checkout
from duologue.usecases.book import Wish, book
from duologue.usecases.expire_hold import end_hold, expire_hold
from duologue.usecases.give_details import Details, give_details
from duologue.usecases.handle_stripe_event import handle_stripe_event
from duologue.usecases.issue_refund import issue_refund, look_again
from duologue.usecases.settle_payment import settle_payment
from duologue_simulators.stripe.account import DISPUTED, REFUND_BOUNCES, REFUND_WAITS, TRANSFER
from tests.gateways import calls, fail_next, hand_over, pay, waiting
from tests.sold import open_start

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CREATE, REFUND = "POST /v1/checkout/sessions", "POST /v1/refunds"
OPERATOR = Actor("operator")


@pytest.fixture
def now(stripe):
    return clock.now()


@pytest.fixture
def held(paid, now):
    return hold(paid, now)


@pytest.fixture(autouse=True)
def _by_stripe(stripe, settings, mailbox_off):
    """Everything here is paid at Stripe, by transfer too, and no mail leaves."""
    settings.DUOLOGUE_STRIPE_DELAYED_METHODS = True


@pytest.fixture
def mailbox_off(settings):
    settings.DUOLOGUE_EMAIL_URL = ""


def hold(offer, now, *, browser="a" * 64, nth=0):
    at = open_start(offer, now, nth=nth)
    booking = book(Wish(event_type_id=offer.pk, starts_at=at, browser=browser), now=now)
    give_details(booking, Details(name="Amara Obi", email="amara@obi.example"), now=now)
    return booking


def checkout(booking, now):
    begin_checkout(booking, now=now)
    return CheckoutAttempt.objects.filter(payment__booking=booking).latest("created_at")


def work(now):
    """What a worker does at `now` with what it owes about money; timers of sessions are for others."""
    # Events came in by the machine's clock.
    now = max(now, clock.now())
    for _ in range(5):
        names = ["handle_stripe_event", "issue_refund", "ask_about_checkout", "expire_hold", "look_at_refund"]
        Job.objects.exclude(name__in=names).delete()
        if not run_due(now):
            return


def status_of(row):
    row.refresh_from_db()
    return row.status


def pass_time(stripe, span):
    stripe.account.move_clock(span.total_seconds())


class TestHearing:
    def test_paid_is_confirmed_when_stripe_says_so(self, stripe, held, now):
        pay(stripe, checkout(held, now).external_id)
        assert status_of(held) == Status.PENDING_PAYMENT
        assert set(hand_over(stripe)) == {200}
        work(now)
        assert status_of(held) == Status.CONFIRMED
        assert WebhookEvent.objects.filter(handled_at=None).count() == 0
        assert Payment.objects.get().external_id == CheckoutAttempt.objects.get().payment_external_id

    def test_told_again_late_and_after_the_return_page_it_is_one_confirmation(self, stripe, held, now):
        attempt = checkout(held, now)
        pay(stripe, attempt.external_id)
        settle_payment(attempt.pk, now=now)
        events = waiting(stripe, "checkout.session.completed") * 3
        assert hand_over(stripe, *events) == [200] * 3
        work(now + HOUR)
        assert WebhookEvent.objects.count() == 1
        assert held.transitions.filter(to_status=Status.CONFIRMED).count() == 1
        assert OutgoingMail.objects.filter(template="confirmed").count() == 2
        assert not Refund.objects.exists()

    def test_a_lie_in_an_event_is_not_believed(self, stripe, held, now):
        attempt = checkout(held, now)
        open_page = {**stripe.account.session(attempt.external_id), "payment_status": "paid"}
        event = {"id": "evt_lie", "object": "event", "livemode": False, "data": {"object": open_page}}
        stripe.account.events["evt_lie"] = {**event, "type": "checkout.session.completed"}
        assert hand_over(stripe, "evt_lie") == [200]
        work(now)
        assert status_of(held) == Status.PENDING_PAYMENT

    def test_events_of_other_programs_and_modes_are_left_alone(self, stripe, held, now):
        attempt = checkout(held, now)
        pay(stripe, attempt.external_id)
        [completed] = waiting(stripe, "checkout.session.completed")
        event = stripe.account.events[completed]
        stripe.account.events["evt_live"] = {**event, "id": "evt_live", "livemode": True}
        about = {"id": "cs_other", "metadata": {"attempt_id": "no uuid"}, "client_reference_id": "order 7"}
        stripe.account.events["evt_other"] = {**event, "id": "evt_other", "data": {"object": about}}
        stripe.account.events["evt_new"] = {**event, "id": "evt_new", "type": "something.new"}
        hand_over(stripe, "evt_live", "evt_other", "evt_new")
        work(now)
        assert status_of(held) == Status.PENDING_PAYMENT
        assert WebhookEvent.objects.exclude(handled_at=None).count() == 3

    def test_anothers_page_that_names_our_attempt_is_not_ours(self, stripe, paid, held, now):
        attempt = checkout(held, now)
        other = checkout(hold(paid, now, browser="b" * 64, nth=3), now)
        pay(stripe, other.external_id)
        CheckoutAttempt.objects.filter(pk=attempt.pk).update(external_id="")
        [completed] = waiting(stripe, "checkout.session.completed")
        about = {"id": other.external_id, "metadata": {"attempt_id": str(attempt.pk)}}
        CheckoutAttempt.objects.filter(pk=other.pk).update(external_id="cs_else")
        stripe.account.events[completed]["data"]["object"] = about
        hand_over(stripe, completed)
        work(now)
        assert status_of(held) == Status.PENDING_PAYMENT
        assert WebhookEvent.objects.get().handled_at

    def test_while_stripe_is_down_the_event_waits(self, stripe, held, now):
        pay(stripe, checkout(held, now).external_id)
        hand_over(stripe, *waiting(stripe, "checkout.session.completed"))
        fail_next(stripe, "429", "GET /v1/checkout")
        work(now)
        row = WebhookEvent.objects.get()
        assert (row.attempts, row.handled_at) == (1, None)
        assert row.last_error
        work(now + HOUR)
        row.refresh_from_db()
        assert (row.attempts, row.last_error, status_of(held)) == (2, "", Status.CONFIRMED)

    def test_a_done_event_is_not_done_again(self, stripe, held, now):
        pay(stripe, checkout(held, now).external_id)
        hand_over(stripe, *waiting(stripe, "checkout.session.completed"))
        row = WebhookEvent.objects.get()
        handle_stripe_event(now, row.pk)
        asked = len(stripe.api.calls)
        handle_stripe_event(now, row.pk)
        handle_stripe_event(now, 0)
        assert len(stripe.api.calls) == asked


class TestSilence:
    def test_a_lost_word_is_asked_for(self, stripe, held, now):
        attempt = checkout(held, now)
        pay(stripe, attempt.external_id)
        Job.objects.all().delete()
        reconcile.ask_about_checkouts(now + 20 * MINUTE)
        assert not Job.objects.exists()
        reconcile.ask_about_checkouts(now + 40 * MINUTE)
        work(now + 40 * MINUTE)
        assert status_of(held) == Status.CONFIRMED

    def test_what_nobody_paid_is_closed_and_not_asked_about_again(self, stripe, held, now):
        attempt = checkout(held, now)
        pass_time(stripe, 40 * MINUTE)
        for hours in (1, 2):
            reconcile.ask_about_checkouts(now + hours * HOUR)
            work(now + hours * HOUR)
        assert status_of(attempt) == CheckoutAttempt.Status.CLOSED
        assert calls(stripe, f"GET /v1/checkout/sessions/{attempt.external_id}") == 1

    def test_a_page_whose_answer_was_lost_is_found_by_its_key(self, stripe, held, now):
        """Killed between the call and the row: somebody may even have paid."""
        attempt = checkout(held, now)
        session_id = attempt.external_id
        CheckoutAttempt.objects.update(external_id="", url="", status=CheckoutAttempt.Status.CREATED)
        pay(stripe, session_id)
        reconcile.ask_about_checkouts(now + HOUR)
        work(now + HOUR)
        assert status_of(attempt) == CheckoutAttempt.Status.PAID
        assert attempt.external_id == session_id
        assert len(stripe.account.sessions) == 1

    def test_or_by_its_own_word(self, stripe, held, now):
        attempt = checkout(held, now)
        session_id = attempt.external_id
        CheckoutAttempt.objects.update(external_id="", url="", status=CheckoutAttempt.Status.CREATED)
        pay(stripe, session_id)
        hand_over(stripe)
        work(now)
        assert status_of(held) == Status.CONFIRMED
        assert CheckoutAttempt.objects.get().external_id == session_id

    def test_a_page_that_stripe_never_heard_of_is_closed(self, stripe, held, now):
        fail_next(stripe, "cut", CREATE, times=3)
        with pytest.raises(Refused):
            begin_checkout(held, now=now)
        attempt = CheckoutAttempt.objects.get()
        assert attempt.status == CheckoutAttempt.Status.CREATED
        pass_time(stripe, HOUR)
        reconcile.ask_about_checkouts(now + HOUR)
        work(now + HOUR)
        assert status_of(attempt) == CheckoutAttempt.Status.CLOSED
        assert not questions.in_question()

    def test_a_page_that_stripe_knows_no_more_is_put_before_the_operators(self, stripe, held, now):
        attempt = checkout(held, now)
        stripe.account.sessions.clear()
        reconcile.ask_about_checkouts(now + HOUR)
        work(now + HOUR)
        assert status_of(attempt) == CheckoutAttempt.Status.CLOSED
        assert attempt.external_id in questions.in_question().get().problem

    def test_a_hold_that_nobody_ended_is_ended(self, stripe, held, now):
        checkout(held, now)
        Job.objects.all().delete()
        pass_time(stripe, 3 * HOUR)
        reconcile.ask_about_slow_money(now + 3 * HOUR)
        work(now + 3 * HOUR)
        assert status_of(held) == Status.EXPIRED


class TestEnding:
    def test_the_end_of_a_hold_closes_its_page(self, stripe, held, now):
        attempt = checkout(held, now)
        expire_hold(held.hold_expires_at, str(held.pk))
        assert stripe.account.session(attempt.external_id)["status"] == "expired"
        assert status_of(attempt) == CheckoutAttempt.Status.CLOSED

    def test_paid_just_before_it_is_closed_is_paid(self, stripe, held, now):
        attempt = checkout(held, now)
        fail_next(stripe, "paid_meanwhile", f"POST /v1/checkout/sessions/{attempt.external_id}/expire")
        expire_hold(held.hold_expires_at, str(held.pk))
        assert status_of(held) == Status.CONFIRMED

    def test_while_stripe_is_down_the_hold_waits_for_it(self, stripe, held, now):
        checkout(held, now)
        fail_next(stripe, "429", "POST /v1/checkout")
        with pytest.raises(Retryable):
            expire_hold(held.hold_expires_at, str(held.pk))
        assert status_of(held) == Status.PENDING_PAYMENT

    def test_a_key_that_is_no_more_does_not_keep_a_hold_alive(self, stripe, held, now):
        checkout(held, now)
        fail_next(stripe, "401", "POST /v1/checkout")
        expire_hold(held.hold_expires_at, str(held.pk))
        assert status_of(held) == Status.EXPIRED

    def test_all_orders_of_paid_and_expired_end_the_same(self, stripe, paid, now):
        """Two pages of one hold: the first ended unpaid, the second was paid."""
        for number, order in enumerate(permutations(range(3))):
            stripe.hooks.held.clear()
            booking = hold(paid, now, browser=str(number) * 64, nth=3 * number)
            first = checkout(booking, now)
            second = checkout(booking, now + 30 * MINUTE)
            stripe.account.expire(first.external_id)
            pay(stripe, second.external_id)
            kinds = ("checkout.session.expired", "checkout.session.completed", "charge.succeeded")
            events = [waiting(stripe, kind)[0] for kind in kinds]
            hand_over(stripe, *(events[index] for index in order))
            work(now + 30 * MINUTE)
            assert status_of(booking) == Status.CONFIRMED
            assert [status_of(first), status_of(second)] == ["closed", "paid"]
        assert not Refund.objects.exists()


class TestOpening:
    def test_an_error_that_stripe_would_repeat_gets_a_new_attempt_at_once(self, stripe, held, now):
        fail_next(stripe, "500_after", CREATE)
        url = begin_checkout(held, now=now).url
        assert set(CheckoutAttempt.objects.values_list("status", "url")) == {("closed", ""), ("open", url)}

    def test_silence_keeps_the_attempt_for_the_next_click(self, stripe, held, now):
        fail_next(stripe, "cut", CREATE, times=3)
        with pytest.raises(Refused) as refused:
            begin_checkout(held, now=now)
        assert refused.value.code == "gateway_down"
        assert begin_checkout(held, now=now + MINUTE / 10).url
        assert CheckoutAttempt.objects.count() == 1

    def test_an_attempt_that_waited_too_long_for_stripe_gets_a_new_one(self, stripe, held, now):
        fail_next(stripe, "429", CREATE)
        with pytest.raises(Refused):
            begin_checkout(held, now=now)
        pass_time(stripe, 3 * MINUTE)
        assert begin_checkout(held, now=now + 3 * MINUTE).url
        assert [one.status for one in CheckoutAttempt.objects.order_by("created_at")] == ["closed", "open"]

    def test_another_address_after_a_lost_answer_gets_a_new_attempt(self, stripe, held, now):
        checkout(held, now)
        CheckoutAttempt.objects.update(external_id="", url="", status=CheckoutAttempt.Status.CREATED)
        Booking.objects.update(attendee_email="amara@other.example")
        held.refresh_from_db()
        assert begin_checkout(held, now=now).url
        assert CheckoutAttempt.objects.filter(status="open").count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_a_page_that_opens_after_its_hold_was_given_back_is_closed(self, stripe, held, now):
        pattern, create = stripe.api._routes[0]

        def slowly(params):
            session = create(params)
            end_hold(Booking.objects.get(pk=held.pk), now=now, actor=SYSTEM, cause="given_back")
            connections.close_all()
            return session

        stripe.api._routes[0] = (pattern, slowly)
        with pytest.raises(Refused) as refused:
            begin_checkout(held, now=now)
        assert refused.value.code == "hold_over"
        [session] = stripe.account.sessions.values()
        assert session["status"] == "expired"
        assert CheckoutAttempt.objects.get().external_id == session["id"]


class TestTransfers:
    @pytest.fixture
    def coming(self, stripe, held, now):
        attempt = checkout(held, now)
        pay(stripe, attempt.external_id, TRANSFER)
        hand_over(stripe)
        work(now)
        assert status_of(attempt) == CheckoutAttempt.Status.PROCESSING
        assert status_of(held) == Status.PENDING_PAYMENT
        return attempt

    def test_money_on_its_way_is_not_asked_for_twice(self, coming, held, now):
        assert f"attempt={coming.pk}" in begin_checkout(held, now=now + MINUTE).url
        assert CheckoutAttempt.objects.count() == 1

    @pytest.mark.parametrize("is_heard", [True, False])
    def test_it_arrives_days_later_and_takes_the_time_that_is_still_free(
        self, stripe, coming, held, now, is_heard
    ):
        expire_hold(held.hold_expires_at, str(held.pk))
        assert status_of(held) == Status.EXPIRED
        later = now + DAY
        stripe.account.end_transfer(coming.external_id, arrives=True)
        if is_heard:
            hand_over(stripe)
        else:
            reconcile.ask_about_slow_money(later)
        work(later)
        assert status_of(held) == Status.CONFIRMED
        assert held.transitions.last().cause == "paid_late"

    def test_it_arrives_when_the_time_is_gone_and_goes_back(self, stripe, coming, paid, held, now):
        expire_hold(held.hold_expires_at, str(held.pk))
        later = held.hold_expires_at + MINUTE
        book(Wish(event_type_id=paid.pk, starts_at=held.starts_at, browser="w" * 64), now=later)
        stripe.account.end_transfer(coming.external_id, arrives=True)
        hand_over(stripe)
        work(later)
        assert status_of(held) == Status.EXPIRED
        refund = Refund.objects.get()
        assert (refund.cause, refund.status) == (Refund.Cause.PAID_TOO_LATE, Refund.Status.SUCCEEDED)

    @pytest.mark.parametrize("is_heard", [True, False])
    def test_the_bank_says_no(self, stripe, coming, held, now, is_heard):
        stripe.account.end_transfer(coming.external_id, arrives=False)
        if is_heard:
            hand_over(stripe)
        else:
            reconcile.ask_about_slow_money(now + HOUR)
        work(now + HOUR)
        assert status_of(coming) == CheckoutAttempt.Status.CLOSED
        assert not Refund.objects.exists()


class TestStrangeMoney:
    @pytest.mark.parametrize("changes", [{"amount_total": 1}, {"currency": "usd"}, {"amount_total": 650000}])
    def test_another_sum_is_never_confirmed(self, stripe, held, now, changes):
        attempt = checkout(held, now)
        pay(stripe, attempt.external_id)
        stripe.account.session(attempt.external_id).update(changes)
        hand_over(stripe)
        work(now)
        assert status_of(held) == Status.PENDING_PAYMENT
        [payment] = questions.in_question()
        assert payment.booking_id == held.pk
        assert attempt.external_id in payment.problem
        assert settle_payment(attempt.pk, now=now) is CheckoutStatus.PROCESSING

    def test_paid_twice_in_two_tabs_sends_back_the_money_of_the_second(self, stripe, held, now):
        first, second = checkout(held, now), checkout(held, now + 30 * MINUTE)
        for attempt in (first, second):
            pay(stripe, attempt.external_id)
        hand_over(stripe)
        work(now + 30 * MINUTE)
        assert status_of(held) == Status.CONFIRMED
        refund = Refund.objects.get()
        assert refund.cause == Refund.Cause.PAID_TWICE
        [sent] = stripe.account.refunds.values()
        assert sent["payment_intent"] == refund.attempt.payment_external_id
        assert sent["payment_intent"] != refund.payment.external_id
        assert status_of(refund) == Refund.Status.SUCCEEDED

    def test_a_yen_is_a_yen(self, stripe, paid, now):
        paid.currency, paid.price_amount = "JPY", 6500
        paid.save()
        booking = hold(paid, now)
        pay(stripe, checkout(booking, now).external_id)
        hand_over(stripe)
        work(now)
        assert status_of(booking) == Status.CONFIRMED
        [charge] = stripe.account.charges.values()
        assert (charge["amount"], charge["currency"]) == (6500, "jpy")
        assert booking.price == Money(6500, "JPY")


class TestRefunds:
    @pytest.fixture
    def late(self, stripe, paid, held, now):
        """A way to pay too late for a time that is gone: returns the refund that is owed."""

        def too_late(*way):
            attempt = checkout(held, now)
            pay(stripe, attempt.external_id, *way)
            later = now + 50 * MINUTE
            book(Wish(event_type_id=paid.pk, starts_at=held.starts_at, browser="w" * 64), now=later)
            settle_payment(attempt.pk, now=later)
            stripe.hooks.held.clear()
            return Refund.objects.get()

        return too_late

    def test_heard_again_after_its_own_answer_it_is_one_refund(self, stripe, late, now):
        refund = late()
        work(now + HOUR)
        hand_over(stripe)
        work(now + HOUR)
        assert status_of(refund) == Refund.Status.SUCCEEDED
        assert not questions.in_question()
        steps = RefundTransition.objects.values_list("from_status", "to_status")
        assert list(steps) == [("", "pending"), ("pending", "succeeded")]

    def test_heard_before_its_own_answer_it_is_known_by_our_id(self, stripe, late, now):
        refund = late()
        fail_next(stripe, "lost", REFUND, times=1)
        fail_next(stripe, "cut", REFUND, times=2)
        with pytest.raises(Retryable):
            issue_refund(now, str(refund.pk))
        assert status_of(refund) == Refund.Status.PENDING
        assert refund.failure
        Job.objects.all().delete()
        hand_over(stripe)
        work(now)
        assert status_of(refund) == Refund.Status.SUCCEEDED
        assert not refund.failure
        assert len(stripe.account.refunds) == 1

    @pytest.mark.parametrize("is_heard", [True, False])
    @pytest.mark.parametrize("succeeds", [True, False])
    def test_one_that_waits_at_the_bank(self, stripe, late, now, is_heard, succeeds):
        refund = late(REFUND_WAITS)
        work(now + HOUR)
        assert status_of(refund) == Refund.Status.PENDING
        stripe.account.end_refund(refund.external_id, succeeds=succeeds)
        later = now + 3 * HOUR
        if is_heard:
            hand_over(stripe)
        else:
            reconcile.ask_about_slow_money(later)
        work(later)
        assert status_of(refund) == ("succeeded" if succeeds else "failed")
        assert calls(stripe, REFUND) == 1

    @pytest.mark.parametrize("is_heard", [True, False])
    def test_one_that_bounces_later_is_stuck_and_can_go_out_again(self, stripe, late, now, is_heard):
        refund = late(REFUND_BOUNCES)
        work(now + HOUR)
        assert status_of(refund) == Refund.Status.SUCCEEDED
        stripe.account.end_refund(refund.external_id, succeeds=False)
        later = now + 3 * DAY
        if is_heard:
            hand_over(stripe)
        work(later)
        assert status_of(refund) == Refund.Status.FAILED
        assert refund.failure == "expired_or_canceled_card"
        old = refund.external_id
        assert refunds.try_again(refund, now=later, actor=OPERATOR)
        work(later)
        assert status_of(refund) == Refund.Status.SUCCEEDED
        assert refund.external_id != old
        assert len(stripe.account.refunds) == 2
        assert list(RefundTransition.objects.values_list("to_status", "actor")) == [
            ("pending", "system"),
            ("succeeded", "system"),
            ("failed", "system"),
            ("pending", "operator"),
            ("succeeded", "system"),
        ]

    def test_the_old_no_does_not_undo_the_new_yes(self, stripe, late, now):
        refund = late(REFUND_BOUNCES)
        work(now + HOUR)
        refund.refresh_from_db()
        stripe.account.end_refund(refund.external_id, succeeds=False)
        no = waiting(stripe, "refund.failed", "refund.updated")
        hand_over(stripe, no[0])
        work(now + HOUR)
        refund.refresh_from_db()
        refunds.try_again(refund, now=now, actor=OPERATOR)
        work(now + HOUR)
        hand_over(stripe, *no[1:])
        work(now + HOUR)
        assert status_of(refund) == Refund.Status.SUCCEEDED

    def test_a_success_is_looked_at_again_and_at_last_left_alone(self, stripe, late, now):
        refund = late()
        work(now + HOUR)
        for days in (3, 14, 50, 90):
            work(now + days * DAY)
        assert calls(stripe, f"GET /v1/refunds/{status_of(refund) and refund.external_id}") == 3
        assert not Job.objects.filter(name="look_at_refund").exists()
        look_again(now, str(refund.pk), 99)
        assert not Job.objects.filter(name="look_at_refund").exists()

    def test_a_key_that_lacks_the_right_makes_it_stuck_with_words(self, stripe, late, now):
        refund = late()
        fail_next(stripe, "403", REFUND)
        work(now + HOUR)
        assert status_of(refund) == Refund.Status.FAILED
        assert "permission" in refund.failure
        assert not Job.objects.filter(state=Job.State.FAILED).exists()

    def test_a_refund_made_elsewhere_is_put_before_the_operators(self, stripe, held, now):
        pay(stripe, checkout(held, now).external_id)
        hand_over(stripe)
        work(now)
        [charge] = stripe.account.charges.values()
        made = stripe.account.refund(charge, amount=None, metadata={}, reason=None)
        for _ in range(2):
            hand_over(stripe)
            work(now)
        assert made["id"] in questions.in_question().get().problem
        assert not Refund.objects.exists()

    def test_settled_by_hand_and_sent_all_the_same_is_put_before_the_operators(self, stripe, late, now):
        refund = late(REFUND_WAITS)
        work(now + HOUR)
        refund.refresh_from_db()
        refunds.move(refund, Refund.Status.SETTLED_BY_HAND, now=now, actor=OPERATOR, words="by transfer")
        stripe.account.end_refund(refund.external_id, succeeds=True)
        hand_over(stripe)
        work(now + HOUR)
        assert status_of(refund) == Refund.Status.SETTLED_BY_HAND
        assert str(refund.pk) in questions.in_question().get().problem


class TestDisputes:
    def test_a_dispute_freezes_refunds(self, stripe, held, now):
        attempt = checkout(held, now)
        pay(stripe, attempt.external_id, DISPUTED)
        hand_over(stripe)
        work(now)
        assert status_of(held) == Status.CONFIRMED
        payment = questions.in_question().get()
        assert payment.disputed_at >= now
        asked = calls(stripe, REFUND)
        refund = refunds.give_back(payment, Refund.Cause.CANCELLED, now=now)
        work(now + MINUTE)
        assert status_of(refund) == Refund.Status.FAILED
        assert "bank" in refund.failure
        assert calls(stripe, REFUND) == asked

    def test_a_lie_about_a_dispute_freezes_nothing(self, stripe, held, now):
        pay(stripe, checkout(held, now).external_id)
        hand_over(stripe)
        work(now)
        [charge] = stripe.account.charges.values()
        stripe.account.dispute(charge["id"])
        charge["disputed"] = False
        hand_over(stripe)
        work(now)
        assert Payment.objects.get().disputed_at is None


def test_nothing_that_stripe_hears_names_a_person_or_a_topic(stripe, paid, now):
    paid.name = "Anxiety and sleep"
    paid.save()
    booking = hold(paid, now)
    Booking.objects.filter(pk=booking.pk).update(note="I cannot sleep", title="Anxiety and sleep")
    booking.refresh_from_db()
    attempt = checkout(booking, now)
    pay(stripe, attempt.external_id)
    settle_payment(attempt.pk, now=now)
    refunds.give_back(Payment.objects.get(), Refund.Cause.CANCELLED, now=now)
    work(now)
    said = json.dumps([call.text for call in stripe.api.calls]).lower()
    for word in ("anxiety", "sleep", "amara+obi", "amara%20obi", "naoko", "mentoring"):
        assert word not in said
