"""Both press "try another room" at once: is there one room for both, and none left over?"""

import pytest

from duologue.bookings.models import Booking, Party
from duologue.core import clock
from duologue.jobs.models import Job
from duologue.usecases.try_another_room import try_another_room
from duologue.video.models import MeetingLink, RoomChange
from tests import scripted_platforms
from tests.cast import make_event_type, make_host, make_user
from tests.rooms import make_room
from tests.side_by_side import DONE, at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 3


@pytest.fixture
def room(transactional_db: None, settings, monkeypatch) -> Booking:
    """In our own room; a platform follows that makes a second room at a second request."""
    first = scripted_platforms.install(monkeypatch)["first"]
    first.script.extend([first.rooms.clear] * 2)
    settings.DUOLOGUE_VIDEO_DEFAULT, settings.DUOLOGUE_VIDEO_BACKUPS = "builtin", ["first"]
    offer = make_event_type(make_host(make_user(name="Naoko Ishida")), price=6500)
    return make_room(offer, make_user(name="Amara Obi"))


@pytest.mark.parametrize("number", range(ROUNDS))
def test_both_at_once_move_once_and_to_the_same_room(room, number):
    place = MeetingLink.objects.get(booking=room).pk
    led_to = []

    def press(party):
        asked = Booking.objects.select_related("host__user", "attendee").get(pk=room.pk)
        led_to.append(try_another_room(asked, party, place=place, now=clock.now()).pk)

    assert at_once(lambda: press(Party.HOST), lambda: press(Party.ATTENDEE)) == [DONE, DONE]
    current = MeetingLink.objects.get(booking=room, status="ready")
    assert set(led_to) == {current.pk}
    assert current.platform == "first"
    assert RoomChange.objects.filter(booking=room).count() == 1
    left_over = MeetingLink.objects.filter(booking=room, platform="first").exclude(pk=current.pk)
    assert {link.status for link in left_over} <= {"deleted"}
    assert all(Job.objects.filter(key=f"delete_room:{link.pk}").exists() for link in left_over)
