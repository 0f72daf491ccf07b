"""Can programs propose and answer as their people can? (API-1, CANCEL-5)"""

from datetime import UTC, datetime, timedelta

import pytest

from duologue.core import clock
from duologue.usecases.find_slots import open_slots
from tests.cast import make_booking
from tests.sold import sell

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def booking(paid, attendee):
    return sell(paid, attendee)


@pytest.fixture
def times(paid, booking):
    now = clock.now()
    found = open_slots(paid, now + 5 * DAY, now + 20 * DAY, now=now)[:16:4]
    return [datetime.fromtimestamp(one, UTC) for one in found]


def address(booking, *more):
    return "/".join([f"/bookings/{booking.pk}/proposals", *more])


def body(times):
    return {"starts_at": [one.isoformat() for one in times]}


def told(text):
    return datetime.fromisoformat(text)


def test_a_host_proposes_and_an_attendee_accepts(booking, times, by_host, by_attendee, by_operator):
    answer = by_host.post(address(booking), body(times[:2]))
    assert answer.status_code == 201
    assert [told(one) for one in answer.json()["starts_at"]] == times[:2]
    about = f"/bookings/{booking.pk}"
    for caller in (by_host, by_attendee):
        assert caller.get(about).json()["proposal"] == answer.json()
    assert by_operator.get(about).json()["proposal"] is None
    for _ in range(2):
        accepted = by_attendee.post(
            address(booking, answer.json()["id"], "accept"), {"starts_at": times[1].isoformat()}
        )
        assert (accepted.status_code, told(accepted.json()["starts_at"])) == (200, times[1])
        assert accepted.json()["proposal"] is None


@pytest.mark.parametrize(("who", "verb"), [("by_attendee", "decline"), ("by_host", "withdraw")])
def test_it_ends_without_a_move(request, booking, times, by_host, by_attendee, who, verb):
    name = by_host.post(address(booking), body(times[:1])).json()["id"]
    told_ = request.getfixturevalue(who).post(address(booking, name, verb))
    assert told_.json()["proposal"] is None
    refused = by_attendee.post(address(booking, name, "accept"), {"starts_at": times[0].isoformat()})
    assert (refused.status_code, refused.json()["code"]) == (409, "proposal_over")


def test_who_may_not_is_told_as_little_as_possible(booking, times, by_host, by_attendee, by_stranger, nobody):
    name = by_host.post(address(booking), body(times[:1])).json()["id"]
    for caller, status in ((by_attendee, 403), (by_stranger, 404), (nobody, 401)):
        assert caller.post(address(booking), body(times[:1])).status_code == status
        assert caller.post(address(booking, name, "withdraw")).status_code == status
    for caller, status in ((by_host, 403), (by_stranger, 404), (nobody, 401)):
        assert caller.post(address(booking, name, "decline")).status_code == status


def test_the_refused_time_is_named(paid, booking, times, stranger, by_host):
    make_booking(paid, stranger, starts_at=times[1])
    answer = by_host.post(address(booking), body(times[:2]))
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
    assert told(answer.json()["starts_at"]) == times[1]
    assert by_host.post(address(booking), body([times[0]])).status_code == 201
    assert by_host.post(address(booking), body([times[2]])).json()["code"] == "already_proposed"


@pytest.mark.parametrize("count", [0, 4])
def test_one_to_three(booking, times, by_host, count):
    answer = by_host.post(address(booking), body((times * 2)[:count]))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
