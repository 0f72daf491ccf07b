"""Whoever meets cancelling at the same instant: is there one outcome, and is the money counted once?

Real threads on connections of their own, on both databases: several rounds from one instant on, then one in
the midst of the other, before each of its statements in turn.
"""

import threading
from collections import Counter
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import connections

from duologue.accounts.models import Host
from duologue.bookings.models import Booking, Objection, Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import CheckoutAttempt, Payment, Refund, SandboxCheckout
from duologue.scheduling.models import EventType
from duologue.usecases import timers
from duologue.usecases.cancel import cancel
from duologue.usecases.correct_address import correct_address
from duologue.usecases.correct_outcome import say_absent
from duologue.usecases.expire_hold import expire_hold
from duologue.usecases.make_link import make_link
from duologue.usecases.object_to_absence import object_to_absence
from duologue.usecases.progress import complete, start
from duologue.usecases.refund_absent_host import refund_absent_host
from duologue.usecases.settle_payment import settle_payment
from duologue.video import registry
from duologue.video.models import MeetingLink
from tests.cast import make_event_type, make_host, make_user
from tests.side_by_side import DONE, Action, at_once, in_the_midst
from tests.slow_platform import LONG, SlowPlatform
from tests.sold import hold, pay_for, sell

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = range(6)
STRIDE = 3
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPERATOR = Actor("operator")
REASONS = {"attendee": "plans_changed", "host": "plans_changed", "operator": "other"}


@pytest.fixture
def offer(transactional_db: None):
    """Naoko's hour for EUR 65."""
    return make_event_type(make_host(make_user(name="Naoko Ishida")), price=6500)


@pytest.fixture
def attendee(transactional_db: None):
    return make_user("amara@people.example", name="Amara Obi")


def cancelling(booking: Booking, kind: str = "attendee", *, now=None) -> Action:
    """As one whose page was loaded before: with a copy of the booking of their own."""
    own = Booking.objects.select_related("host").get(pk=booking.pk)
    return partial(cancel, own, by=Actor(kind), reason=REASONS[kind], now=now or clock.now())


def check_cancelled_once(booking: Booking) -> None:
    booking.refresh_from_db()
    assert booking.status == Status.CANCELLED
    assert booking.ics_sequence == 1
    assert booking.transitions.filter(to_status="cancelled").count() == 1
    assert OutgoingMail.objects.filter(booking=booking, template="session_cancelled").count() == 2
    assert not Job.objects.filter(key__in=timers.keys(booking)).exists()
    assert not MeetingLink.objects.filter(booking=booking, status__in=["provisional", "ready"]).exists()


def check_money(booking: Booking) -> None:
    """What was taken is kept for a session that stands, or goes back; nothing twice."""
    booking.refresh_from_db()
    taken = SandboxCheckout.objects.filter(
        key__in=CheckoutAttempt.objects.filter(payment__booking=booking).values("pk"),
        state=SandboxCheckout.State.PAID,
    ).count()
    back = Refund.objects.filter(payment__booking=booking)
    kept = 1 if booking.status in {Status.CONFIRMED, Status.IN_PROGRESS, Status.COMPLETED} else 0
    assert taken == kept + back.count()
    assert len({refund.attempt_id for refund in back}) == back.count()


def test_cancel_against_cancel(offer, attendee):
    kinds = ["attendee", "host", "operator"] * 2
    for _ in ROUNDS:
        booking = sell(offer, attendee)
        ended = Counter(at_once(*(cancelling(booking, kind) for kind in kinds)))
        assert ended == {DONE: 1, "already_cancelled": 5}
        check_cancelled_once(booking)
        check_money(booking)


def test_cancel_against_settle(offer, attendee):
    """Paid a moment ago, and nobody has told us yet."""
    for _ in ROUNDS:
        booking = hold(offer, attendee)
        attempt = pay_for(booking, now=clock.now())
        ended = at_once(cancelling(booking), partial(settle_payment, attempt.pk, now=clock.now()))
        assert ended in ([DONE, DONE], ["not_cancellable", DONE])
        booking.refresh_from_db()
        assert booking.status == (Status.CANCELLED if ended[0] == DONE else Status.CONFIRMED)
        if ended[0] == DONE:
            check_cancelled_once(booking)
        check_money(booking)


def test_cancel_against_a_second_payment(offer, attendee):
    """Two tabs were paid: both amounts go back, each once."""
    for _ in ROUNDS:
        booking = sell(offer, attendee)
        payment = Payment.objects.get(booking=booking)
        first = payment.attempts.get()
        second = CheckoutAttempt.objects.create(
            id=booking.pk,
            payment=payment,
            status=CheckoutAttempt.Status.OPEN,
            expires_at=first.expires_at,
            external_id=str(booking.pk),
            created_at=first.created_at,
        )
        checkout = SandboxCheckout.objects.get(key=first.pk)
        checkout.pk = second.pk
        checkout.save(force_insert=True)
        ended = at_once(cancelling(booking, "host"), partial(settle_payment, second.pk, now=clock.now()))
        assert ended == [DONE, DONE]
        check_cancelled_once(booking)
        assert Refund.objects.filter(payment=payment).count() == 2
        check_money(booking)


def test_cancel_against_the_end_of_the_hold(offer, attendee):
    """The timer closes the page, finds the money and confirms."""
    for _ in ROUNDS:
        booking = hold(offer, attendee)
        pay_for(booking, now=clock.now())
        over = Booking.objects.get(pk=booking.pk).hold_expires_at
        ended = at_once(cancelling(booking, now=over), partial(expire_hold, over, str(booking.pk)))
        assert ended in ([DONE, DONE], ["not_cancellable", DONE])
        booking.refresh_from_db()
        assert booking.status == (Status.CANCELLED if ended[0] == DONE else Status.CONFIRMED)
        check_money(booking)


def test_cancel_against_start(offer, attendee):
    for _ in ROUNDS:
        booking = sell(offer, attendee)
        at = booking.starts_at
        ended = at_once(cancelling(booking, "operator", now=at), partial(start, at, str(booking.pk)))
        assert ended == [DONE, DONE]
        check_cancelled_once(booking)
        steps = list(booking.transitions.order_by("id").values_list("from_status", "to_status"))
        assert steps[2:] in (
            [("confirmed", "cancelled")],
            [("confirmed", "in_progress"), ("in_progress", "cancelled")],
        )
        check_money(booking)


def test_cancel_against_completion(offer, attendee):
    for _ in ROUNDS:
        booking = sell(offer, attendee)
        over = booking.ends_at + HOUR
        last = cancelling(booking, "operator", now=over - SECOND)
        ended = at_once(last, partial(complete, over, str(booking.pk)))
        booking.refresh_from_db()
        outcomes = {DONE: Status.CANCELLED, "not_cancellable": Status.COMPLETED}
        assert booking.status == outcomes[ended[0]]
        assert booking.transitions.filter(to_status__in=["cancelled", "completed"]).count() == 1
        check_money(booking)


def test_cancel_against_another_address(offer):
    """Whichever address stands in the end gets the cancellation; no confirmation follows it."""
    for _ in ROUNDS:
        booking = sell(offer)
        own = Booking.objects.select_related("host__user").get(pk=booking.pk)
        ended = at_once(
            cancelling(booking), partial(correct_address, own, "other@obi.example", now=clock.now())
        )
        assert ended in ([DONE, DONE], [DONE, "address_fixed"])
        check_cancelled_once(booking)
        run_due(clock.now())
        confirmed = OutgoingMail.objects.filter(booking=booking, template="confirmed")
        assert set(confirmed.values_list("state", flat=True)) == {"dropped"}


def test_an_objection_against_the_refund_it_would_stop(offer, attendee):
    for _ in ROUNDS:
        booking = sell(offer, attendee)
        say_absent(booking, Party.HOST, by=OPERATOR, now=booking.ends_at + 2 * HOUR)
        due = booking.ends_at + 2 * HOUR + DAY
        own = Booking.objects.select_related("host").get(pk=booking.pk)
        ended = at_once(
            partial(object_to_absence, own, words="I was there.", now=due),
            partial(refund_absent_host, due, str(booking.pk)),
        )
        assert ended in ([DONE, DONE], ["already_refunded", DONE])
        objected = Objection.objects.filter(booking=booking).count()
        assert objected + Refund.objects.filter(payment__booking=booking).count() == 1
        assert objected == (ended[0] == DONE)


# The room


@pytest.fixture
def slow(offer: EventType, monkeypatch: pytest.MonkeyPatch) -> type[SlowPlatform]:
    """Naoko's sessions take place there."""
    monkeypatch.setitem(registry.PROVIDERS, "slow", "tests.slow_platform:SlowPlatform")
    Host.objects.update(video_order=["slow"])
    offer.host.refresh_from_db()
    SlowPlatform.forget()
    return SlowPlatform


def making(booking: Booking) -> threading.Thread:
    def make() -> None:
        try:
            make_link(clock.now(), str(booking.pk))
        finally:
            connections.close_all()

    thread = threading.Thread(target=make)
    thread.start()
    return thread


def test_a_room_that_is_made_while_its_session_is_cancelled_goes_again(offer, attendee, slow):
    booking = sell(offer, attendee)
    maker = making(booking)
    assert slow.is_asked.wait(LONG)
    cancel(booking, by=Actor("host"), reason="other", now=clock.now())
    slow.may_answer.set()
    maker.join(LONG)
    assert slow.rooms == [f"room-{booking.pk}"]
    late = MeetingLink.objects.get(booking=booking, platform="slow")
    assert (late.status, late.deleted_at) == (MeetingLink.Status.DELETED, None)
    run_due(clock.now())
    assert slow.rooms == []
    assert not MeetingLink.objects.filter(deleted_at=None).exists()
    check_cancelled_once(booking)


def test_a_room_that_was_made_in_time_goes_too(offer, attendee, slow):
    slow.may_answer.set()
    booking = sell(offer, attendee)
    make_link(clock.now(), str(booking.pk))
    assert MeetingLink.objects.get(booking=booking, status="ready").platform == "slow"
    cancel(booking, by=Actor("attendee"), reason="other", now=clock.now())
    run_due(clock.now())
    assert slow.rooms == []
    check_cancelled_once(booking)


def test_cancel_against_make_link(offer, attendee, slow):
    slow.may_answer.set()
    for _ in ROUNDS:
        booking = sell(offer, attendee)
        ended = at_once(cancelling(booking), partial(make_link, clock.now(), str(booking.pk)))
        assert ended == [DONE, DONE]
        check_cancelled_once(booking)
        check_money(booking)
        run_due(clock.now())
        assert slow.rooms == []


# One in the midst of the other


def before_settling(offer, attendee):
    booking = hold(offer, attendee)
    attempt = pay_for(booking, now=clock.now())
    return booking, clock.now(), partial(settle_payment, attempt.pk, now=clock.now())


def before_the_holds_end(offer, attendee):
    booking = hold(offer, attendee)
    pay_for(booking, now=clock.now())
    over = Booking.objects.get(pk=booking.pk).hold_expires_at
    return booking, over, partial(expire_hold, over, str(booking.pk))


def before_the_start(offer, attendee):
    booking = sell(offer, attendee)
    return booking, booking.starts_at, partial(start, booking.starts_at, str(booking.pk))


def before_a_room(offer, attendee):
    booking = sell(offer, attendee)
    return booking, clock.now(), partial(make_link, clock.now(), str(booking.pk))


def before_another(offer, attendee):
    booking = sell(offer, attendee)
    return booking, clock.now(), cancelling(booking, "host")


@pytest.mark.parametrize("is_outer", [True, False], ids=["during_cancel", "cancel_during"])
@pytest.mark.parametrize(
    "stage", [before_settling, before_the_holds_end, before_the_start, before_a_room, before_another]
)
def test_before_any_statement_of_the_one_the_other_may_come(offer, attendee, stage, is_outer):
    statement, is_on = 0, True
    while is_on:
        booking, now, other = stage(offer, attendee)
        pair = [cancelling(booking, "operator", now=now), other]
        ended = dict.fromkeys(pair)
        outer, inner = pair if is_outer else reversed(pair)
        ended[outer], ended[inner], is_on = in_the_midst(outer, inner, statement)
        check_one_outcome(booking, *(ended[one] for one in pair), now=now)
        statement += STRIDE
    assert statement > STRIDE


def check_one_outcome(booking: Booking, cancelled: str, other: str, *, now: datetime) -> None:
    """Cancelled by one of the two, or not at all because nobody had confirmed it yet."""
    if cancelled == "not_cancellable":
        booking.refresh_from_db()
        assert (booking.status, other) == (Status.CONFIRMED, DONE)
    else:
        assert sorted([cancelled, other]) in ([DONE, DONE], ["already_cancelled", DONE])
        check_cancelled_once(booking)
        run_due(now + MINUTE)
        assert not MeetingLink.objects.filter(booking=booking, deleted_at=None).exists()
    check_money(booking)
