"""Can a host's program book what comes next? (API-1)"""

from datetime import timedelta

import pytest

from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from tests.api.conftest import wednesday
from tests.cast import make_booking
from tests.sold import pay_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def after(paid, attendee):
    return make_booking(paid, attendee, status=Status.COMPLETED, starts_at=clock.now() - timedelta(hours=5))


def wish(offer, **more):
    return {"event_type_id": offer.pk, "starts_at": wednesday(10).isoformat(), **more}


@pytest.mark.parametrize(("is_free", "status"), [(True, "confirmed"), (False, "pending_payment")])
def test_free_or_to_be_paid(after, paid, by_host, by_attendee, is_free, status):
    answer = by_host.post(f"/bookings/{after.pk}/follow-ups", wish(paid, is_free=is_free))
    made = answer.json()
    assert (answer.status_code, made["status"], made["follows"]) == (201, status, str(after.pk))
    assert made["price"]["amount"] == (0 if is_free else 6500)
    assert (made["hold_expires_at"] is None) is is_free
    if not is_free:
        page = by_attendee.post(f"/bookings/{made['id']}/checkout").json()
        assert (page["step"], "/sandbox/checkout/" in page["url"]) == ("pay", True)


def test_what_is_not_paid_yet_is_taken_back_and_told(after, paid, by_host, by_attendee):
    made = by_host.post(f"/bookings/{after.pk}/follow-ups", wish(paid)).json()
    page = f"/bookings/{made['id']}/withdraw"
    for _twice in range(2):
        answer = by_host.post(page)
        assert (answer.status_code, answer.json()["status"]) == (200, "expired")
    [mail] = OutgoingMail.objects.filter(template="follow_up_over")
    assert mail.party == "attendee"
    text = rendering.render(mail, clock.now()).text
    assert "takes the session back that was booked for you." in text
    assert by_attendee.post(f"/bookings/{made['id']}/checkout").json()["code"] == "hold_over"
    assert by_host.post(f"/bookings/{after.pk}/follow-ups", wish(paid)).status_code == 201


def test_only_its_host_takes_it_back_and_only_while_it_waits(
    after, paid, by_host, by_attendee, by_stranger, by_operator, nobody
):
    made = by_host.post(f"/bookings/{after.pk}/follow-ups", wish(paid)).json()
    page = f"/bookings/{made['id']}/withdraw"
    callers = ((by_attendee, 403), (by_operator, 404), (by_stranger, 404), (nobody, 401))
    for caller, status in callers:
        assert caller.post(page).status_code == status
    assert by_host.post(f"/bookings/{after.pk}/withdraw").json()["code"] == "not_held"
    booking = Booking.objects.select_related("host__user").get(pk=made["id"])
    attempt = pay_for(booking, now=clock.now())
    assert by_host.post(page).json()["code"] == "already_paid"
    assert by_host.post(page).json()["code"] == "not_held"
    assert attempt.payment.refunds.count() == 0
    assert Booking.objects.get(pk=made["id"]).status == Status.CONFIRMED


def test_who_may_not_and_when_not(after, paid, attendee, by_host, by_attendee, by_stranger, nobody):
    for caller, status in ((by_attendee, 403), (by_stranger, 404), (nobody, 401)):
        assert caller.post(f"/bookings/{after.pk}/follow-ups", wish(paid)).status_code == status
    early = make_booking(paid, attendee)
    assert by_host.post(f"/bookings/{early.pk}/follow-ups", wish(paid)).json()["code"] == "not_begun"
    made, again = (by_host.post(f"/bookings/{after.pk}/follow-ups", wish(paid)).json() for _ in range(2))
    assert made["id"] == again["id"]
    other = make_booking(paid, status=Status.COMPLETED, starts_at=clock.now() - timedelta(hours=9))
    assert by_host.post(f"/bookings/{other.pk}/follow-ups", wish(paid)).json()["code"] == "slot_taken"
