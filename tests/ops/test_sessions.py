"""Do operators see which sessions need them, and is one click enough? (CANCEL-1, CANCEL-4, PAY-5)"""

from datetime import timedelta

import pytest

from duologue.bookings.models import CannotCome, Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.payments.models import Refund
from duologue.usecases.correct_outcome import say_absent
from duologue.usecases.object_to_absence import object_to_absence
from duologue.usecases.report_cannot_come import report_cannot_come
from tests.cast import make_booking
from tests.sold import sell

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOBODY_ELSE = ["as_host", "as_attendee", "as_stranger"]


@pytest.fixture
def reported(paid, attendee):
    """Paid for, within its last day, and Naoko has said that she cannot come."""
    booking = sell(paid, attendee)
    booking.__class__.objects.update(cancel_hours=24 * 80)
    booking.refresh_from_db()
    report_cannot_come(booking, words="My train stands still.", now=clock.now())
    return booking


@pytest.fixture
def objected(paid, attendee, operator):
    booking = sell(paid, attendee)
    booking.__class__.objects.update(status=Status.COMPLETED)
    booking.refresh_from_db()
    say_absent(booking, Party.HOST, by=Actor("operator", operator.pk), now=clock.now())
    object_to_absence(booking, words="I was there.", now=clock.now())
    return booking


def overview(client):
    return client.get("/ops").content.decode()


def test_one_click_cancels_and_refunds(reported, as_operator, operator):
    page = overview(as_operator)
    assert "Naoko Ishida cannot come" in page
    assert "My train stands still." in page
    assert "Cancel and refund" in page
    address = f"/ops/sessions/{reported.pk}/cancel"
    assert f'action="{address}"' in page
    answer = as_operator.post(address, follow=True).content.decode()
    assert "Cancelled: Amara Obi with Naoko Ishida." in answer
    assert "cannot come" not in answer
    reported.refresh_from_db()
    assert (reported.status, reported.cancelled_by) == (Status.CANCELLED, "operator")
    assert reported.cancellation_reason == "host_cannot_come"
    assert reported.transitions.last().actor_user == operator
    assert Refund.objects.get().money == reported.price
    assert "It is cancelled already." in as_operator.post(address, follow=True).content.decode()
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(("came", "refunds"), [("yes", 0), ("no", 1)])
def test_an_objection_is_decided_in_one_click(objected, as_operator, came, refunds):
    page = overview(as_operator)
    assert "Was Naoko Ishida there?" in page
    assert "I was there." in page
    address = f"/ops/sessions/{objected.pk}/decide"
    assert f'action="{address}"' in page
    as_operator.post(address, {"came": came})
    assert Refund.objects.count() == refunds
    assert "Was Naoko Ishida there?" not in overview(as_operator)
    again = as_operator.post(address, {"came": "no"}, follow=True).content.decode()
    assert "This was decided already." in again
    assert Refund.objects.count() == refunds


def test_what_is_over_needs_nobody_any_more(paid, attendee, as_operator):
    now = clock.now()
    booking = make_booking(paid, attendee, starts_at=now - 5 * HOUR)
    CannotCome.objects.create(booking=booking, at=now - 6 * HOUR)
    assert booking.status == Status.CONFIRMED, "nobody has written down yet that it is over"
    assert "cannot come" not in overview(as_operator)


def test_frequent_cancellers_are_flagged(paid, attendee, as_operator):
    for days in (3, 5, 7):
        at = clock.now() - timedelta(days=days)
        make_booking(
            paid, attendee, starts_at=at, status=Status.CANCELLED, cancelled_by="attendee", cancelled_at=at
        )
    page = overview(as_operator)
    assert "Amara Obi cancels often" in page
    assert "3 of the last 3 sessions, 3 of them within two days before." in page
    looked = as_operator.get("/ops/cancellers").content.decode()
    assert "amara@people.example" in looked
    assert looked.count("cancelled by them on") == 3


def test_where_nobody_cancels_nobody_is_listed(as_operator):
    assert "Nobody does." in as_operator.get("/ops/cancellers").content.decode()
    assert "cancels often" not in overview(as_operator)


@pytest.mark.parametrize("who", NOBODY_ELSE)
def test_for_everybody_else_there_is_nothing(request, reported, who):
    client = request.getfixturevalue(who)
    assert client.post(f"/ops/sessions/{reported.pk}/cancel").status_code == 404
    assert client.post(f"/ops/sessions/{reported.pk}/decide", {"came": "no"}).status_code == 404
    assert client.get("/ops/cancellers").status_code == 404
    reported.refresh_from_db()
    assert reported.status == Status.CONFIRMED


def test_nobody_is_asked_to_sign_in(reported, as_nobody):
    for address in (f"/ops/sessions/{reported.pk}/cancel", f"/ops/sessions/{reported.pk}/decide"):
        assert as_nobody.post(address)["Location"].startswith("/sign-in")
    reported.refresh_from_db()
    assert reported.status == Status.CONFIRMED


def test_an_unknown_session(as_operator):
    missing = "0f8fad5b-d9cb-469f-a165-70867728950e"
    assert as_operator.post(f"/ops/sessions/{missing}/cancel").status_code == 404
    assert as_operator.get(f"/ops/sessions/{missing}/cancel").status_code == 405
