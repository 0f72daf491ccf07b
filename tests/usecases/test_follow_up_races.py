"""Whoever meets a host's booking, or its end, at the same instant: is there one outcome?"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.test import Client

from duologue.api import tokens
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.errors import Refused
from duologue.jobs.models import Job
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import CheckoutAttempt, Refund, SandboxCheckout
from duologue.payments.providers.sandbox import SandboxProvider
from duologue.usecases.begin_checkout import begin_checkout
from duologue.usecases.book import Wish, book
from duologue.usecases.book_follow_up import NextTime, book_follow_up, withdraw_follow_up
from duologue.usecases.expire_hold import expire_hold
from duologue.usecases.find_slots import open_slots
from duologue.usecases.settle_payment import settle_payment
from tests.cast import make_booking, make_event_type, make_host, make_user
from tests.side_by_side import DONE, at_once
from tests.sold import pay_for

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = range(3)
DAY = timedelta(days=1)


@pytest.fixture
def offer(transactional_db: None):
    return make_event_type(make_host(make_user(name="Naoko Ishida")), price=6500)


def met(offer, number):
    """A session that took place with somebody."""
    begun = clock.now() - timedelta(hours=5 * number + 5)
    return make_booking(offer, make_user(), status=Status.COMPLETED, starts_at=begun)


def free_start(offer):
    now = clock.now()
    return datetime.fromtimestamp(open_slots(offer, now + 5 * DAY, now + 20 * DAY, now=now)[0], UTC)


def following(after, at, **more):
    own = Booking.objects.select_related("host__user", "attendee").get(pk=after.pk)
    wish = NextTime(after.event_type_id, at, **more)
    return partial(book_follow_up, own, wish, by=Actor("host"), now=clock.now())


def test_one_time_goes_to_one(offer):
    sessions = [met(offer, number) for number in range(3)]
    for number in ROUNDS:
        at = free_start(offer)
        actions = [following(after, at, is_free=number == 1) for after in sessions]
        actions += [partial(book, Wish(offer.pk, at, browser=f"x{number}" * 32), now=clock.now())]
        assert Counter(at_once(*actions)) == {DONE: 1, "slot_taken": 3}
        assert Booking.objects.filter(starts_at=at).count() == 1


def test_pressed_twice_it_is_booked_once(offer):
    after, at = met(offer, 0), free_start(offer)
    assert at_once(*[following(after, at)] * 3) == [DONE] * 3
    assert Booking.objects.filter(follows=after).count() == 1
    assert OutgoingMail.objects.filter(template="follow_up").count() == 1


def by_program(token, booking):
    """What the API answers; a refusal's code is the outcome."""
    answer = Client().post(
        f"/api/bookings/{booking.pk}/withdraw", headers={"Authorization": f"Bearer {token}"}
    )
    if answer.status_code != 200:
        raise Refused("", code=answer.json()["code"])


def pays(attempt):
    """Presses Pay at the gateway, as long as its page is open, and comes back."""
    if SandboxProvider().pay(attempt.external_id):
        settle_payment(attempt.pk, now=clock.now())


def test_a_program_takes_it_back_against_paying(offer):
    """Whoever is told yes is right: what was taken back is not kept, and no money stays for it."""
    token = tokens.issue(offer.host.user, now=clock.now())
    for number in range(6):
        made = following(met(offer, number), free_start(offer))()
        booking = Booking.objects.select_related("host__user").get(pk=made.pk)
        begin_checkout(booking, now=clock.now())
        attempt = CheckoutAttempt.objects.get(payment__booking=booking)
        taking_back = partial(by_program, token, booking)
        first, _paid, second = at_once(taking_back, partial(pays, attempt), taking_back)
        kept = Booking.objects.get(pk=booking.pk).status == Status.CONFIRMED
        assert (DONE in {first, second}) is not kept
        was_paid = SandboxCheckout.objects.get(key=attempt.pk).state == SandboxCheckout.State.PAID
        assert was_paid is kept or Refund.objects.filter(payment__booking=booking).exists()
        told = OutgoingMail.objects.filter(booking=booking, template="follow_up_over").count()
        assert told == (0 if kept else 1)
        assert not Job.objects.filter(key=f"remind_to_pay:{booking.pk}").exists()


def test_paying_against_its_end(offer):
    """Paid and kept, or ended and given back: never both, never neither."""
    for number in ROUNDS:
        made = following(met(offer, number), free_start(offer))()
        booking = Booking.objects.select_related("host__user").get(pk=made.pk)
        attempt = pay_for(booking, now=clock.now())
        end = booking.pay_until + DAY
        withdraw = partial(withdraw_follow_up, booking, by=Actor("host"), now=clock.now())
        expire = partial(expire_hold, end, str(booking.pk))
        at_once(partial(settle_payment, attempt.pk, now=clock.now()), expire if number % 2 else withdraw)
        kept = Booking.objects.get(pk=booking.pk).status == Status.CONFIRMED
        assert Refund.objects.filter(payment__booking=booking).exists() is not kept
