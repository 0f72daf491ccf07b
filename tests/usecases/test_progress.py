"""Does time move a confirmed booking on, and do timers recheck the world? (STATUS-2)"""

from datetime import timedelta

import pytest

from duologue.bookings.states import Status
from duologue.usecases.make_link import make_link
from duologue.usecases.progress import complete, start
from duologue.video.chain import chain
from duologue.video.models import MeetingLink
from tests.cast import make_booking

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def states(booking):
    return [step.to_status for step in booking.transitions.order_by("id")]


def test_start_and_completion_write_what_status_at_says(paid, attendee):
    booking = make_booking(paid, attendee)
    start(booking.starts_at - timedelta(seconds=1), str(booking.pk))
    assert states(booking) == ["confirmed"]
    start(booking.starts_at, str(booking.pk))
    start(booking.starts_at, str(booking.pk))
    complete(booking.ends_at, str(booking.pk))
    assert states(booking) == ["confirmed", "in_progress"]
    complete(booking.ends_at + HOUR, str(booking.pk))
    complete(booking.ends_at + 2 * HOUR, str(booking.pk))
    assert states(booking) == ["confirmed", "in_progress", "completed"]


def test_a_worker_that_slept_through_it_all_writes_both_rows(paid, attendee):
    booking = make_booking(paid, attendee)
    complete(booking.ends_at + HOUR, str(booking.pk))
    assert states(booking) == ["confirmed", "in_progress", "completed"]


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.EXPIRED, Status.COMPLETED])
def test_timers_leave_alone_what_moved_on(paid, attendee, status):
    booking = make_booking(paid, attendee, status=status)
    start(booking.starts_at, str(booking.pk))
    complete(booking.ends_at + HOUR, str(booking.pk))
    assert states(booking) == [status.value]


def test_the_built_in_room_becomes_final_and_stays_the_same(paid, attendee):
    booking = make_booking(paid, attendee)
    room = MeetingLink.objects.create(
        booking=booking, platform="builtin", room_id="r", status="provisional", created_at=booking.created_at
    )
    make_link(booking.created_at, str(booking.pk))
    make_link(booking.created_at, str(booking.pk))
    room.refresh_from_db()
    assert (room.status, room.room_id) == ("ready", "r")


def test_without_a_provisional_room_one_is_made(paid, attendee):
    booking = make_booking(paid, attendee)
    make_link(booking.created_at, str(booking.pk))
    assert MeetingLink.objects.get(booking=booking).status == "ready"


def test_no_room_for_a_cancelled_session(paid, attendee):
    booking = make_booking(paid, attendee, status=Status.CANCELLED)
    make_link(booking.created_at, str(booking.pk))
    assert not MeetingLink.objects.exists()


def test_in_production_the_built_in_room_needs_a_relay(paid, attendee, settings):
    booking = make_booking(paid, attendee)
    settings.ENV = "production"
    assert chain(booking.host) == []
    settings.DUOLOGUE_TURN_URLS = ["turn:relay.example"]
    assert chain(booking.host) == ["builtin"]
