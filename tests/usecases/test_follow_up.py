"""Does a host's booking for somebody hold, get paid, end, and cost nobody what is not owed? (BOOK-2)"""

from datetime import UTC, datetime, timedelta

import pytest

from duologue.bookings import pay_links
from duologue.bookings.models import Booking, Party
from duologue.bookings.policy import FOLLOW_UP_WAITS, remind_to_pay_at
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.errors import Forbidden, NotFound, Refused
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications import rendering
from duologue.notifications.letters import TABLE
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import CheckoutAttempt, Payment, Refund
from duologue.usecases.begin_checkout import begin_checkout
from duologue.usecases.book import Wish, book
from duologue.usecases.book_follow_up import NextTime, book_follow_up, booker, withdraw_follow_up
from duologue.usecases.find_slots import open_slots
from duologue.usecases.release_hold import release_hold
from duologue.usecases.remind_to_pay import remind_to_pay
from duologue.usecases.settle_payment import settle_payment
from tests.cast import make_booking, make_event_type, make_host, make_user
from tests.sold import pay_for

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
BY_HOST = Actor("host")


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def after(paid, attendee, now):
    return make_booking(paid, attendee, status=Status.COMPLETED, starts_at=now - 5 * HOUR)


def start_of(offer, now, *, later=6 * DAY):
    return datetime.fromtimestamp(open_slots(offer, now + later, now + later + 9 * DAY, now=now)[0], UTC)


def follow(after, offer, now, **more):
    wish = NextTime(offer.pk, more.pop("starts_at", None) or start_of(offer, now), **more)
    booking = book_follow_up(after, wish, by=BY_HOST, now=now)
    return Booking.objects.select_related("host__user", "attendee", "event_type").get(pk=booking.pk)


def told(template):
    return sorted(OutgoingMail.objects.filter(template=template).values_list("party", flat=True))


def refusal_of(act, *given, **named):
    with pytest.raises(Refused) as refusal:
        act(*given, **named)
    return refusal.value.code


@pytest.mark.parametrize("is_free", [True, False], ids=["waived", "of_a_free_offer"])
def test_a_free_one_is_confirmed_at_once(after, paid, free, now, is_free):
    booking = follow(after, paid if is_free else free, now, is_free=is_free)
    assert (booking.status, booking.price_amount) == (Status.CONFIRMED, 0)
    assert (booking.follows, booking.attendee_id) == (after, after.attendee_id)
    assert told("confirmed") == ["attendee", "host"]
    assert told("follow_up") == []
    assert not Payment.objects.exists()
    assert Job.objects.get(key=f"start:{booking.pk}").run_at == booking.starts_at
    mail = OutgoingMail.objects.get(template="confirmed", party="attendee")
    assert "Naoko booked this next session for you." in rendering.render(mail, now).text


def test_a_paid_one_is_held_for_days_and_asked_for_by_mail(after, paid, now):
    booking = follow(after, paid, now)
    assert booking.status_at(now + FOLLOW_UP_WAITS - SECOND) is Status.PENDING_PAYMENT
    assert booking.hold_expires_at == booking.pay_until == now + FOLLOW_UP_WAITS
    assert told("follow_up") == ["attendee"]
    text = rendering.render(OutgoingMail.objects.get(template="follow_up"), now).text
    assert pay_links.address(booking) in text
    assert "Naoko booked your next session." in text
    assert "Pay €65.00 until" in text
    assert "and you get all of it back" in text
    assert pay_links.find(pay_links.token(booking.pk)) == booking


def test_it_is_freed_a_day_before_at_the_latest_and_held_long_enough_to_pay(after, paid, now):
    paid.minimum_notice = 0
    paid.save()
    starts_at = start_of(paid, now, later=2 * DAY)
    assert follow(after, paid, now, starts_at=starts_at).pay_until == min(now + 3 * DAY, starts_at - DAY)
    early = start_of(paid, now, later=HOUR)
    late = early - 40 * MINUTE
    assert follow(after, paid, late, starts_at=early).pay_until == late + 35 * MINUTE


def test_who_has_not_paid_a_day_before_the_end_is_reminded_once(after, paid, now):
    booking = follow(after, paid, now)
    run_due(booking.pay_until - DAY - SECOND)
    assert told("follow_up_reminder") == []
    for at in (booking.pay_until - DAY, booking.pay_until - HOUR):
        run_due(at)
        assert told("follow_up_reminder") == ["attendee"]
    mail = OutgoingMail.objects.get(template="follow_up_reminder")
    said = rendering.render(mail, booking.pay_until - DAY)
    assert said.subject.startswith("Still to be paid: Naoko Ishida, ")
    assert "Your next session with Naoko waits to be paid." in said.text
    assert "Pay €65.00 until" in said.text
    assert pay_links.address(booking) in said.text


@pytest.mark.parametrize(("days", "reminded"), [(3, -1.0), (2, -1.0), (1.5, -0.75), (1, -0.5), (0.9, None)])
def test_who_was_asked_a_short_while_ago_is_not_reminded(now, days, reminded):
    until = now + days * DAY
    assert remind_to_pay_at(now, until) == (None if reminded is None else until + reminded * DAY)


@pytest.mark.parametrize("how", ["paid", "given_back", "withdrawn", "on_its_way"])
def test_nobody_is_reminded_of_what_is_paid_or_given_back(after, paid, now, how):
    booking = follow(after, paid, now)
    if how == "given_back":
        release_hold(booking, now=now, actor=Actor("attendee"))
    elif how == "withdrawn":
        withdraw_follow_up(booking, by=BY_HOST, now=now)
    else:
        attempt = pay_for(booking, now=now)
    if how == "paid":
        settle_payment(attempt.pk, now=now)
    assert Job.objects.filter(name="remind_to_pay").exists() is (how == "on_its_way")
    if how == "on_its_way":
        CheckoutAttempt.objects.update(status=CheckoutAttempt.Status.PROCESSING)
    remind_to_pay(booking.pay_until - DAY, str(booking.pk))
    assert told("follow_up_reminder") == []


def test_a_reminder_that_was_overtaken_is_not_sent(after, paid, now):
    booking = follow(after, paid, now)
    remind_to_pay(booking.pay_until - DAY, str(booking.pk))
    reminder, kind = OutgoingMail.objects.get(template="follow_up_reminder"), TABLE["follow_up_reminder"]
    assert kind.why_not(reminder, booking.pay_until - HOUR) == ""
    late = booking.pay_until - MINUTE
    attempt = pay_for(booking, now=late)
    reminder = OutgoingMail.objects.get(template="follow_up_reminder")
    assert "too late" in kind.why_not(reminder, booking.pay_until)
    settle_payment(attempt.pk, now=late)
    reminder = OutgoingMail.objects.get(template="follow_up_reminder")
    assert "it was paid" in kind.why_not(reminder, booking.pay_until - HOUR)


def test_paying_confirms_it(after, paid, now):
    booking = follow(after, paid, now)
    later = now + 2 * DAY
    settle_payment(pay_for(booking, now=later).pk, now=later)
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED
    assert Payment.objects.get().status == Payment.Status.SUCCEEDED
    assert told("confirmed") == ["attendee", "host"]
    run_due(later + 2 * DAY)
    assert told("follow_up_over") == []


def test_who_begins_in_the_last_minute_may_finish(after, paid, now):
    booking = follow(after, paid, now)
    late = booking.pay_until - MINUTE
    begin_checkout(booking, now=late)
    booking.refresh_from_db()
    attempt = CheckoutAttempt.objects.get()
    assert booking.hold_expires_at >= attempt.expires_at
    assert booking.hold_expires_at <= booking.pay_until + 35 * MINUTE
    assert refusal_of(begin_checkout, booking, now=booking.hold_expires_at) == "hold_over"


def test_not_paid_in_time_the_slot_opens_and_both_are_told(after, paid, stranger, now):
    booking = follow(after, paid, now)
    run_due(booking.pay_until - SECOND)
    assert told("follow_up_over") == []
    run_due(booking.pay_until)
    booking.refresh_from_db()
    assert booking.status == Status.EXPIRED
    assert told("follow_up_over") == ["attendee", "host"]
    texts = {
        one.party: rendering.render(one, now).text
        for one in OutgoingMail.objects.filter(template="follow_up_over")
    }
    assert "Amara has not paid for the session that you booked." in texts["host"]
    assert "was not paid in time." in texts["attendee"]
    after_that = booking.pay_until
    assert book(Wish(paid.pk, booking.starts_at, user=stranger), now=after_that)


def test_both_are_told_though_somebody_took_the_time_first(after, paid, stranger, now):
    booking = follow(after, paid, now)
    book(Wish(paid.pk, booking.starts_at, user=stranger), now=booking.pay_until + SECOND)
    booking.refresh_from_db()
    assert booking.status == Status.EXPIRED
    run_due(booking.pay_until + 2 * SECOND)
    assert told("follow_up_over") == ["attendee", "host"]


def test_money_that_comes_too_late_goes_back(after, paid, stranger, now):
    booking = follow(after, paid, now)
    attempt = pay_for(booking, now=now)
    at = booking.pay_until + SECOND
    book(Wish(paid.pk, booking.starts_at, user=stranger), now=at)
    settle_payment(attempt.pk, now=at)
    assert Refund.objects.get().cause == Refund.Cause.PAID_TOO_LATE


def test_who_does_not_want_it_gives_it_back_and_the_host_is_told(after, paid, now):
    booking = follow(after, paid, now)
    release_hold(booking, now=now, actor=Actor("attendee"))
    run_due(now + 4 * DAY)
    assert told("follow_up_over") == ["host"]
    assert refusal_of(begin_checkout, booking, now=now) == "hold_over"


def test_the_host_takes_it_back_unless_it_is_paid(after, paid, now):
    booking = follow(after, paid, now)
    withdraw_follow_up(booking, by=BY_HOST, now=now)
    assert told("follow_up_over") == ["attendee"]
    assert refusal_of(begin_checkout, booking, now=now) == "hold_over"
    other = follow(after, paid, now)
    pay_for(other, now=now)
    assert refusal_of(withdraw_follow_up, other, by=BY_HOST, now=now) == "already_paid"
    other.refresh_from_db()
    assert other.status == Status.CONFIRMED
    assert refusal_of(withdraw_follow_up, after, by=BY_HOST, now=now) == "not_held"


def test_without_an_account_name_and_address_are_enough(paid, now):
    after = make_booking(paid, status=Status.COMPLETED, starts_at=now - 5 * HOUR)
    booking = follow(after, paid, now)
    assert (booking.attendee_id, booking.attendee_email) == (None, after.attendee_email)
    assert booking.attendee_name == after.attendee_name


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.CANCELLED, Status.NO_SHOW, Status.EXPIRED])
def test_only_from_a_session_that_began(paid, attendee, now, status):
    after = make_booking(paid, attendee, status=status)
    assert refusal_of(follow, after, paid, now) == "not_begun"


def test_rules_and_people_stand_as_in_every_booking(after, paid, attendee, stranger, now):
    starts_at = start_of(paid, now)
    make_booking(paid, stranger, starts_at=starts_at)
    assert refusal_of(follow, after, paid, now, starts_at=starts_at) == "slot_taken"
    assert refusal_of(follow, after, paid, now, starts_at=starts_at + 12 * HOUR) == "outside_hours"
    other = make_event_type(make_host(make_user(), hours=[(day, 0, 1440) for day in range(7)]))
    make_booking(other, attendee, starts_at=starts_at + DAY)
    assert refusal_of(follow, after, paid, now, starts_at=starts_at + DAY) in {"overlap", "outside_hours"}
    with pytest.raises(NotFound):
        follow(after, other, now)
    with pytest.raises(Forbidden):
        booker(Party.ATTENDEE, 1)
    with pytest.raises(NotFound):
        booker(None, 1)
    assert Booking.objects.filter(follows=after).count() == 0


def test_without_payments_only_free_ones(after, paid, now, settings):
    settings.DUOLOGUE_PAYMENT_PROVIDER = ""
    assert refusal_of(follow, after, paid, now) == "payments_off"
    assert follow(after, paid, now, is_free=True).status == Status.CONFIRMED


def test_no_other_token_pays(after, paid, now):
    booking = follow(after, paid, now)
    right = pay_links.token(booking.pk)
    for wrong in ("", "x" * 60, right[:-1], right + "a", right.replace(right[:8], "00000000")):
        assert pay_links.find(wrong) is None
    assert pay_links.find(pay_links.token(after.pk)) is None


def test_what_a_host_holds_for_somebody_keeps_them_from_nothing(after, paid, attendee, now):
    free = [
        datetime.fromtimestamp(one, UTC) for one in open_slots(paid, now + 6 * DAY, now + 20 * DAY, now=now)
    ]
    starts = free[::2]
    for start in starts[:3]:
        follow(after, paid, now, starts_at=start)
    assert refusal_of(follow, after, paid, now, starts_at=starts[3]) == "too_many_holds"
    for number, start in enumerate(starts[4:9]):
        assert book(Wish(paid.pk, start, user=attendee, browser=f"{number}" * 64), now=now)
