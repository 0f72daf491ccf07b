"""Can a program cancel what its person can, and is what it reads about the money true? (API-1, PAY-2)"""

from datetime import timedelta

import pytest
from django.test import Client

from duologue.api.problems import KINDS
from duologue.bookings.models import Booking
from duologue.bookings.reasons import Reason
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.jobs.worker import run_due
from duologue.payments.models import Refund
from tests.api.conftest import caller
from tests.cast import make_booking
from tests.sold import sell

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
EUROS_65 = {"amount": 6500, "currency": "EUR"}


def address(booking):
    return f"/bookings/{booking.pk}/cancel"


def refused(by, booking, body=None):
    answer = by.post(address(booking), body)
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(("who", "role"), [("by_host", "host"), ("by_attendee", "attendee")])
def test_either_party_cancels(request, paid, attendee, who, role):
    booking = sell(paid, attendee)
    by = request.getfixturevalue(who)
    before = by.get(f"/bookings/{booking.pk}").json()
    assert (before["refund_issued"], before["refund_amount"], before["refund_status"]) == (False, None, None)
    answer = by.post(address(booking), {"reason": "video_trouble", "words": "No picture, no sound."})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["status"], told["cancelled_by"]) == ("cancelled", role)
    assert told["cancellation_reason"] == "video_trouble"
    assert told["cancellation_words"] == "No picture, no sound."
    assert told["cancelled_at"] is not None
    assert (told["refund_issued"], told["refund_amount"]) == (False, EUROS_65)
    assert told["refund_status"] == "on_its_way"


def test_what_it_says_of_the_money_stays_true(paid, attendee, by_attendee):
    booking = sell(paid, attendee)
    by_attendee.post(address(booking))

    def money():
        told = by_attendee.get(f"/bookings/{booking.pk}").json()
        assert told["refund_amount"] == EUROS_65
        (listed,) = by_attendee.get("/bookings", status="past").json()
        assert listed["refund_issued"] == told["refund_issued"]
        return told["refund_issued"], told["refund_status"]

    run_due(clock.now())
    assert money() == (True, "refunded")
    for status, said in (
        (Refund.Status.FAILED, (False, "stuck")),
        (Refund.Status.PENDING, (False, "on_its_way")),
        (Refund.Status.SETTLED_BY_HAND, (True, "refunded")),
    ):
        Refund.objects.update(status=status)
        assert money() == said


def test_a_free_session_gives_nothing_back(free, attendee, by_attendee):
    told = by_attendee.post(address(make_booking(free, attendee))).json()
    assert (told["status"], told["refund_issued"], told["refund_amount"]) == ("cancelled", False, None)


def test_without_a_body_there_is_no_reason_to_refuse(paid, attendee, by_attendee):
    booking = make_booking(paid, attendee)
    headers = {"Authorization": f"Bearer {by_attendee.token}"}
    answer = Client().post(f"/api{address(booking)}", content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["cancellation_reason"]) == (200, "other")


@pytest.mark.parametrize(
    ("ahead", "code"),
    [(25 * HOUR, None), (23 * HOUR, "too_late"), (-HOUR / 2, "too_late"), (-3 * HOUR, "not_cancellable")],
    ids=str,
)
def test_up_to_a_day_before(paid, attendee, by_attendee, ahead, code):
    booking = make_booking(paid, attendee, starts_at=clock.now() + ahead)
    if code is None:
        assert by_attendee.post(address(booking)).status_code == 200
        return
    answer = by_attendee.post(address(booking))
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert ("until" in answer.json()) == (code == "too_late")
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


def test_the_second_is_told(paid, attendee, by_attendee, by_host):
    booking = make_booking(paid, attendee)
    by_attendee.post(address(booking))
    assert refused(by_host, booking) == (409, "already_cancelled")
    held = make_booking(paid, attendee, status=Status.PENDING_PAYMENT)
    assert refused(by_attendee, held) == (409, "not_cancellable")


def test_operators_cancel_by_their_own_reasons(paid, attendee, operator):
    by_operator = caller(operator)
    booking = make_booking(paid, attendee, starts_at=clock.now() + HOUR)
    assert refused(by_operator, booking, {"reason": "plans_changed"}) == (422, "invalid")
    told = by_operator.post(address(booking), {"reason": "host_cannot_come", "words": "Sorry."}).json()
    assert (told["cancelled_by"], told["role"]) == ("operator", "operator")
    assert told["cancellation_words"] is None, "words are for the two people"


def test_for_everybody_else_there_is_nothing(paid, attendee, stranger, nobody):
    booking = make_booking(paid, attendee)
    assert refused(caller(stranger), booking) == (404, "not_found")
    assert refused(nobody, booking) == (401, "unauthorized")
    assert Booking.objects.get().status == Status.CONFIRMED


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "because"}, "reason"),
        ({"reason": None}, "reason"),
        ({"reason": "host_cannot_come"}, "reason"),
        ({"words": "x" * 1001}, "words"),
        ({"words": ["a", "list"]}, "words"),
    ],
)
def test_a_value_that_cannot_be_right_is_named(paid, attendee, by_attendee, body, field):
    answer = by_attendee.post(address(make_booking(paid, attendee)), body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["fields"][0]["field"] == field


def test_every_refusal_and_reason_is_documented(nobody):
    assert {"too_late", "already_cancelled", "not_cancellable"} <= set(KINDS)
    document = nobody.client.get("/api/openapi.json").json()
    operation = document["paths"]["/api/bookings/{booking_id}/cancel"]["post"]
    (codes,) = (
        part["properties"]["code"]["enum"]
        for part in operation["responses"]["409"]["content"]["application/problem+json"]["schema"]["allOf"]
        if "properties" in part
    )
    assert codes == ["too_late", "already_cancelled", "not_cancellable", "moved"]
    assert document["components"]["schemas"]["Reason"]["enum"] == [reason.value for reason in Reason]
