"""Who is told where a session takes place, and when? (JOIN-2)"""

from datetime import datetime, timedelta

import pytest

from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.calls.models import Join
from duologue.core import clock
from duologue.core.ids import random_token
from duologue.video.models import MeetingLink
from tests.cast import make_booking


@pytest.fixture
def session(paid, attendee):
    """Starts in ten minutes, in the built-in room."""
    booking = make_booking(paid, attendee, starts_at=clock.now() + timedelta(minutes=10))
    _give_room(booking)
    return booking


def _give_room(booking: Booking) -> MeetingLink:
    return MeetingLink.objects.create(
        booking=booking,
        platform="builtin",
        room_id=random_token(128),
        status=MeetingLink.Status.READY,
        created_at=clock.now(),
        ready_at=clock.now(),
    )


def _move(booking: Booking, start: datetime) -> None:
    shift = start - booking.starts_at
    for name in ("starts_at", "ends_at", "blocked_from", "blocked_until"):
        setattr(booking, name, getattr(booking, name) + shift)
    booking.save()


def _path(booking: Booking) -> str:
    return f"/bookings/{booking.pk}/video-link"


def test_each_of_the_cast_at_the_door(session, by_host, by_attendee, by_stranger, by_operator, nobody):
    for by, party in ((by_host, "host"), (by_attendee, "attendee")):
        response = by.get(_path(session))
        assert response.status_code == 200
        assert response.json()["url"].endswith(f"/video-call/{session.pk}")
        assert Join.objects.filter(booking=session, party=party, way="api").count() == 1
    assert by_stranger.get(_path(session)).status_code == 404
    refused = by_operator.get(_path(session))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert nobody.get(_path(session)).status_code == 401
    assert Join.objects.count() == 2


def test_an_operator_who_is_the_attendee_joins_like_one(session, operator, by_operator):
    session.attendee = operator
    session.save()
    assert by_operator.get(_path(session)).status_code == 200


@pytest.mark.parametrize(
    ("minutes_to_start", "code", "extra"),
    [(16, "too_early", "opens_at"), (-2 * 60 - 1, "expired", "closed_at")],
)
def test_outside_the_window(session, by_attendee, minutes_to_start, code, extra):
    _move(session, clock.now() + timedelta(minutes=minutes_to_start))
    response = by_attendee.get(_path(session))
    assert (response.status_code, response.json()["code"]) == (403, code)
    at = datetime.fromisoformat(response.json()[extra])
    edge = (
        session.starts_at - timedelta(minutes=15)
        if code == "too_early"
        else session.ends_at + timedelta(hours=1)
    )
    assert abs(at - edge) < timedelta(seconds=1)
    assert not Join.objects.exists()


@pytest.mark.parametrize("minutes_to_start", [14, 0, -30, -60, -2 * 60 + 1])
def test_inside_the_window(session, by_attendee, minutes_to_start):
    _move(session, clock.now() + timedelta(minutes=minutes_to_start))
    assert by_attendee.get(_path(session)).status_code == 200


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (Status.CANCELLED, (403, "cancelled")),
        (Status.PENDING_PAYMENT, (409, "not_confirmed")),
        (Status.EXPIRED, (409, "not_confirmed")),
    ],
)
def test_what_is_not_agreed_has_no_room(session, by_attendee, status, answer):
    session.status, session.hold_expires_at = status.value, clock.now() + timedelta(minutes=5)
    session.save()
    response = by_attendee.get(_path(session))
    assert (response.status_code, response.json()["code"]) == answer


def test_a_room_that_is_not_ready(session, by_attendee):
    MeetingLink.objects.all().delete()
    response = by_attendee.get(_path(session))
    assert (response.status_code, response.json()["code"]) == (409, "link_pending")


def test_the_booking_shows_its_room_while_the_door_is_open(session, by_host, by_attendee, by_operator):
    path = f"/bookings/{session.pk}"
    room = MeetingLink.objects.get().room_id
    for by in (by_host, by_attendee):
        for seen in (by.get(path).json(), by.get("/bookings").json()[0]):
            assert seen["video_call_url"].endswith(f"/video-call/{session.pk}")
            assert seen["video_call_room_id"] == room
    assert by_operator.get(path).json()["video_call_url"] is None
    assert by_operator.get(path).json()["video_call_room_id"] is None
    assert not Join.objects.exists()


@pytest.mark.parametrize("minutes_to_start", [16, -2 * 60 - 1])
def test_and_hides_it_otherwise(session, by_attendee, minutes_to_start):
    _move(session, clock.now() + timedelta(minutes=minutes_to_start))
    seen = by_attendee.get(f"/bookings/{session.pk}").json()
    assert (seen["video_call_url"], seen["video_call_room_id"]) == (None, None)
