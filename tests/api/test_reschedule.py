"""Can a program move what its person can, by the same rules, with the same refusals? (API-1, CANCEL-5)"""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from duologue.bookings.models import Booking, Reschedule
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.payments.models import Payment
from duologue.usecases.find_slots import open_slots
from duologue.usecases.reschedule import reschedule
from tests.cast import make_booking
from tests.sold import sell

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def address(booking):
    return f"/bookings/{booking.pk}/reschedule"


def later(offer, *, after=5 * DAY):
    now = clock.now()
    return datetime.fromtimestamp(open_slots(offer, now + after, now + after + 7 * DAY, now=now)[0], UTC)


def body(to, **more):
    return {"starts_at": to.isoformat(), **more}


def instant(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("who", ["by_host", "by_attendee"])
def test_either_party_moves_it_and_all_else_stays(request, paid, attendee, who):
    booking, to = sell(paid, attendee), later(paid)
    by = request.getfixturevalue(who)
    before = by.get(f"/bookings/{booking.pk}").json()
    answer = by.post(address(booking), body(to))
    assert answer.status_code == 200
    told = answer.json()
    assert (instant(told["starts_at"]), instant(told["ends_at"])) == (to, to + HOUR)
    assert instant(told["join_opens_at"]) == to - HOUR / 4
    same = {name for name in told if told[name] == before[name]}
    assert set(told) - same <= {"starts_at", "ends_at", "join_opens_at", "join_closes_at"}
    assert Payment.objects.get().status == Payment.Status.SUCCEEDED
    assert Reschedule.objects.get().actor == who.removeprefix("by_")


def test_the_deadline_of_the_refund_is_told_and_does_not_move(paid, attendee, by_attendee):
    booking = sell(paid, attendee)
    told = by_attendee.post(address(booking), body(later(paid, after=9 * DAY))).json()
    assert instant(told["refund_until"]) == booking.starts_at - DAY


@pytest.mark.parametrize("who", ["by_stranger", "by_operator"])
def test_for_others_there_is_nothing_to_move(request, paid, attendee, who):
    booking = make_booking(paid, attendee)
    answer = request.getfixturevalue(who).post(address(booking), body(later(paid)))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert Booking.objects.get().starts_at == booking.starts_at


def test_without_a_token_nothing(paid, attendee, nobody):
    booking = make_booking(paid, attendee)
    assert nobody.post(address(booking), body(later(paid))).status_code == 401


def test_asked_twice_it_moves_once(paid, attendee, by_attendee):
    booking, to = sell(paid, attendee), later(paid)
    for _ in range(2):
        assert by_attendee.post(address(booking), body(to)).status_code == 200
    assert Reschedule.objects.count() == 1


@pytest.mark.parametrize(
    ("begins_in", "code"),
    [(23 * HOUR, "too_late"), (-HOUR / 2, "too_late"), (-3 * HOUR, "not_cancellable")],
)
def test_when_it_is_too_late(paid, attendee, by_attendee, begins_in, code):
    booking = make_booking(paid, attendee, starts_at=clock.now() + begins_in)
    answer = by_attendee.post(address(booking), body(later(paid)))
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert ("until" in answer.json()) == (code == "too_late")


def test_a_cancelled_one_stays_cancelled(paid, attendee, by_attendee):
    booking = make_booking(paid, attendee, status=Status.CANCELLED)
    assert by_attendee.post(address(booking), body(later(paid))).json()["code"] == "already_cancelled"


def test_a_taken_time_comes_with_fresh_ones(paid, attendee, stranger, by_attendee):
    booking, to = make_booking(paid, attendee), later(paid)
    make_booking(paid, stranger, starts_at=to)
    answer = by_attendee.post(address(booking), body(to))
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
    fresh = answer.json()["slots"]
    assert fresh
    assert by_attendee.post(address(booking), {"starts_at": fresh[0]}).status_code == 200


@pytest.mark.parametrize(
    ("shift", "code"),
    [(HOUR / 10, "off_grid"), (12 * HOUR, "outside_hours"), (300 * DAY, "too_far"), (-9 * DAY, "too_soon")],
)
def test_the_rules_of_booking_hold(paid, attendee, by_attendee, shift, code):
    booking = make_booking(paid, attendee)
    answer = by_attendee.post(address(booking), body(later(paid) + shift))
    assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_who_expects_another_time_moves_nothing(paid, attendee, by_attendee):
    booking, to = sell(paid, attendee), later(paid)
    known = booking.starts_at.isoformat()
    reschedule(booking, to, by=Actor("host"), now=clock.now())
    wish = body(later(paid, after=9 * DAY), expected_starts_at=known)
    answer = by_attendee.post(address(booking), wish)
    assert (answer.status_code, answer.json()["code"]) == (409, "moved")
    assert instant(answer.json()["starts_at"]) == to
    assert by_attendee.post(address(booking), body(to, expected_starts_at=known)).status_code == 200


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "invalid"),
        ({"starts_at": "soon"}, "invalid"),
        ({"starts_at": "2026-12-01T09:00:00"}, "naive_time"),
        ({"starts_at": "2026-12-01T09:00:00Z", "expected_starts_at": "then"}, "invalid"),
        ({"starts_at": 5}, "invalid"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused(paid, attendee, by_attendee, sent, code):
    answer = by_attendee.post(address(make_booking(paid, attendee)), sent)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_body_that_is_no_json(paid, attendee, by_attendee):
    headers = {"Authorization": f"Bearer {by_attendee.token}"}
    booking = make_booking(paid, attendee)
    answer = Client().post(f"/api{address(booking)}", "{", content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
