"""Does every payment end right, whenever it comes? (BOOK-4, PAY-1, PAY-2, PAY-4)"""

from datetime import timedelta

import pytest

from duologue.bookings.models import Booking, JoinLink
from duologue.bookings.states import Status
from duologue.bookings.transitions import SYSTEM, Actor
from duologue.core import clock
from duologue.core.errors import Refused
from duologue.jobs.models import Job
from duologue.notifications.models import OutgoingMail
from duologue.payments import questions
from duologue.payments.contract import CheckoutStatus
from duologue.payments.models import CheckoutAttempt, Payment, Refund, SandboxCheckout
from duologue.payments.providers.sandbox import SandboxProvider
from duologue.usecases.answer_question import give_back_all
from duologue.usecases.begin_checkout import Step, begin_checkout
from duologue.usecases.book import Wish, book
from duologue.usecases.expire_hold import expire_hold
from duologue.usecases.find_slots import open_slots
from duologue.usecases.give_details import Details, give_details
from duologue.usecases.issue_refund import issue_refund
from duologue.usecases.release_hold import release_hold
from duologue.usecases.settle_payment import settle_payment
from duologue.video.models import MeetingLink
from tests.sold import open_start

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def held(paid, now):
    """Amara, without an account, holds Naoko's next free hour and has said who she is."""
    return hold(paid, now, "amara@obi.example", "a" * 64)


def hold(offer, now, email, browser, nth=0):
    at = open_start(offer, now, nth=nth)
    booking = book(Wish(event_type_id=offer.pk, starts_at=at, browser=browser), now=now)
    give_details(booking, Details(name="Amara Obi", email=email, time_zone="Africa/Lagos"), now=now)
    return booking


def checkout(booking, now):
    following = begin_checkout(booking, now=now)
    assert following.step is Step.PAY
    return CheckoutAttempt.objects.filter(payment__booking=booking).latest("created_at")


def pay(attempt):
    assert SandboxProvider().pay(attempt.external_id)


def test_paid_in_time_is_confirmed_with_all_it_owes(held, now):
    attempt = checkout(held, now)
    pay(attempt)
    assert settle_payment(attempt.pk, now=now) is CheckoutStatus.PAID
    held.refresh_from_db()
    assert held.status == Status.CONFIRMED
    assert held.confirmed_at == now
    assert Payment.objects.get().status == Payment.Status.SUCCEEDED
    assert JoinLink.objects.filter(booking=held).count() == 2
    assert MeetingLink.objects.get(booking=held).is_valid
    assert OutgoingMail.objects.filter(booking=held, template="confirmed").count() == 2
    names = set(Job.objects.values_list("key", flat=True))
    assert {
        f"{name}:{held.pk}" for name in ("start", "complete", "make_link", "remind_day", "remind_hour")
    } <= names
    assert f"expire_hold:{held.pk}" not in names


def test_settling_again_changes_nothing(held, now):
    attempt = checkout(held, now)
    pay(attempt)
    for _ in range(3):
        settle_payment(attempt.pk, now=now)
    assert OutgoingMail.objects.count() == 2
    assert held.transitions.filter(to_status=Status.CONFIRMED).count() == 1
    assert not Refund.objects.exists()


def test_not_paid_is_not_confirmed(held, now):
    attempt = checkout(held, now)
    assert settle_payment(attempt.pk, now=now) is CheckoutStatus.OPEN
    held.refresh_from_db()
    assert held.status == Status.PENDING_PAYMENT


def test_a_late_payment_takes_the_slot_if_it_is_free(held, now):
    attempt = checkout(held, now)
    pay(attempt)
    late = now + 50 * MINUTE
    Booking.objects.filter(pk=held.pk).update(status=Status.EXPIRED)
    settle_payment(attempt.pk, now=late)
    held.refresh_from_db()
    assert held.status == Status.CONFIRMED
    assert held.transitions.last().cause == "paid_late"
    assert not Refund.objects.exists()


def test_a_late_payment_for_a_lost_slot_goes_back_at_once(held, paid, now):
    attempt = checkout(held, now)
    pay(attempt)
    late = now + 50 * MINUTE
    winner = book(Wish(event_type_id=paid.pk, starts_at=held.starts_at, browser="w" * 64), now=late)
    settle_payment(attempt.pk, now=late)
    held.refresh_from_db()
    assert held.status == Status.EXPIRED
    assert winner.status == Status.PENDING_PAYMENT
    refund = Refund.objects.get()
    assert (refund.cause, refund.amount, refund.currency) == ("paid_too_late", 6500, "EUR")
    assert Job.objects.filter(key=f"issue_refund:{refund.pk}").exists()
    mail = OutgoingMail.objects.get(booking=held)
    assert mail.template == "hold_expired_paid_late"
    assert len(mail.params["near_slots"]) == 3
    issue_refund(late, str(refund.pk))
    issue_refund(late, str(refund.pk))
    refund.refresh_from_db()
    assert refund.status == Refund.Status.SUCCEEDED
    assert SandboxCheckout.objects.get(key=attempt.pk).refund_key == refund.pk


def test_paying_twice_gives_the_second_back(held, now):
    first = checkout(held, now)
    later = now + 30 * MINUTE
    second = checkout(held, later)
    assert first.pk != second.pk
    pay(second)
    SandboxCheckout.objects.filter(key=first.pk).update(state=SandboxCheckout.State.PAID)
    settle_payment(second.pk, now=later)
    settle_payment(first.pk, now=later)
    assert Refund.objects.get().cause == Refund.Cause.PAID_TWICE
    assert Refund.objects.get().attempt_id == first.pk
    held.refresh_from_db()
    assert held.status == Status.CONFIRMED


@pytest.mark.parametrize("change", [{"amount": 1}, {"amount": 6501}, {"currency": "USD"}])
def test_another_sum_than_asked_is_never_confirmed_and_put_before_the_operators(held, now, change):
    attempt = checkout(held, now)
    pay(attempt)
    SandboxCheckout.objects.update(**change)
    for _ in range(2):
        assert settle_payment(attempt.pk, now=now) is CheckoutStatus.PROCESSING
    held.refresh_from_db()
    assert held.status == Status.PENDING_PAYMENT
    [payment] = questions.in_question()
    assert payment.status == Payment.Status.PENDING
    assert str(attempt.pk) in payment.problem
    assert payment.problem.count("\n") == 0
    attempt.refresh_from_db()
    assert attempt.status == CheckoutAttempt.Status.CLOSED


def test_giving_back_what_is_kept_leaves_the_question_of_another_sum_open(held, now):
    odd, right = checkout(held, now), checkout(held, now + 30 * MINUTE)
    assert odd.pk != right.pk
    pay(odd)
    SandboxCheckout.objects.filter(key=odd.pk).update(amount=6600)
    settle_payment(odd.pk, now=now + 30 * MINUTE)
    pay(right)
    assert settle_payment(right.pk, now=now + 30 * MINUTE) is CheckoutStatus.PAID
    give_back_all(Payment.objects.get().pk, by=Actor("operator"), now=now + 31 * MINUTE)
    [payment] = questions.in_question()
    assert str(odd.pk) in payment.problem


def test_coming_back_opens_the_same_page_and_a_stale_one_is_made_new(held, now):
    first = begin_checkout(held, now=now).url
    assert begin_checkout(held, now=now + 10 * MINUTE).url == first
    fresh = begin_checkout(held, now=now + 30 * MINUTE).url
    assert fresh != first
    held.refresh_from_db()
    assert held.hold_expires_at == now + 65 * MINUTE
    assert Job.objects.get(key=f"expire_hold:{held.pk}").run_at == held.hold_expires_at


def test_every_payment_page_ends_before_its_hold(held, now):
    for minutes in (0, 3, 29, 57):
        attempt = checkout(held, now + minutes * MINUTE)
        held.refresh_from_db()
        assert attempt.expires_at <= held.hold_expires_at


def test_a_hold_is_not_extended_for_ever(held, now):
    moment = now
    for _ in range(3):
        begin_checkout(held, now=moment)
        moment += 30 * MINUTE
    with pytest.raises(Refused) as refused:
        begin_checkout(held, now=moment + 5 * MINUTE)
    assert refused.value.code == "hold_over"


def test_the_timer_ends_the_hold_and_closes_the_page(held, paid, now):
    attempt = checkout(held, now)
    later = held.hold_expires_at
    expire_hold(later - MINUTE, str(held.pk))
    held.refresh_from_db()
    assert held.status == Status.PENDING_PAYMENT
    expire_hold(later, str(held.pk))
    held.refresh_from_db()
    assert held.status == Status.EXPIRED
    assert SandboxCheckout.objects.get(key=attempt.pk).state == SandboxCheckout.State.EXPIRED
    assert not SandboxProvider().pay(attempt.external_id)
    assert int(held.starts_at.timestamp()) in open_slots(paid, later, later + timedelta(days=14), now=later)


def test_the_timer_finds_the_money_that_nobody_told_of(held, now):
    """Paid, the browser closed, the webhook lost: closing the page says so."""
    pay(checkout(held, now))
    expire_hold(held.hold_expires_at, str(held.pk))
    held.refresh_from_db()
    assert held.status == Status.CONFIRMED


def test_the_timer_ends_the_payment_of_a_hold_that_somebody_else_expired(held, paid, now):
    """Whoever books the time of a dead hold expires it; the page could be paid, and the payment waits."""
    attempt = checkout(held, now)
    later = held.hold_expires_at
    book(Wish(event_type_id=paid.pk, starts_at=held.starts_at, browser="w" * 64), now=later)
    expire_hold(later, str(held.pk))
    assert Payment.objects.get().status == Payment.Status.CANCELLED
    assert not SandboxProvider().pay(attempt.external_id)


def test_giving_back_frees_the_slot(held, paid, now):
    attempt = checkout(held, now)
    release_hold(held, now=now, actor=SYSTEM)
    held.refresh_from_db()
    assert held.status == Status.EXPIRED
    assert Payment.objects.get().status == Payment.Status.CANCELLED
    assert not SandboxProvider().pay(attempt.external_id)
    assert not Job.objects.filter(key=f"expire_hold:{held.pk}").exists()


def test_giving_back_what_was_paid_a_moment_ago_keeps_it(held, now):
    pay(checkout(held, now))
    with pytest.raises(Refused) as refused:
        release_hold(held, now=now, actor=SYSTEM)
    assert refused.value.code == "already_paid"
    held.refresh_from_db()
    assert held.status == Status.CONFIRMED


def test_details_first(paid, now):
    at = open_start(paid, now)
    booking = book(Wish(event_type_id=paid.pk, starts_at=at, browser="a"), now=now)
    with pytest.raises(Refused) as refused:
        begin_checkout(booking, now=now)
    assert refused.value.code == "details_missing"


def test_without_a_gateway_only_free_sessions(held, now, settings):
    settings.DUOLOGUE_PAYMENT_PROVIDER = ""
    with pytest.raises(Refused) as refused:
        begin_checkout(held, now=now)
    assert refused.value.code == "payments_off"


def test_a_free_session_of_an_unproved_address_waits_for_the_proof(free, now):
    booking = hold(free, now, "guest@obi.example", "g" * 64)
    assert begin_checkout(booking, now=now).step is Step.PROVE_ADDRESS
    booking.refresh_from_db()
    assert booking.status == Status.PENDING_PAYMENT


def test_a_free_session_of_a_proved_person_is_confirmed_at_once(free, attendee, now):
    at = open_start(free, now)
    booking = book(Wish(event_type_id=free.pk, starts_at=at, user=attendee), now=now)
    assert begin_checkout(booking, now=now).step is Step.CONFIRMED
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED
    assert not Payment.objects.exists()


def test_after_the_hold_nothing_can_be_paid(held, now):
    later = held.hold_expires_at
    with pytest.raises(Refused) as refused:
        begin_checkout(held, now=later)
    assert refused.value.code == "hold_over"


def test_late_money_after_the_hour_itself_goes_back(held, now):
    attempt = checkout(held, now)
    pay(attempt)
    settle_payment(attempt.pk, now=held.starts_at + MINUTE)
    assert Refund.objects.get().cause == Refund.Cause.PAID_TOO_LATE
