"""Many browsers open one fresh link at once: is exactly one of them the first?"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from duologue.bookings.models import Booking, Party
from duologue.calls.models import Join, JoinDevice
from duologue.core import clock, crypto
from duologue.scheduling.models import EventType
from duologue.usecases.open_join_link import find_link, open_join_link
from tests.rooms import link_of, make_room

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
BROWSERS = 8
ROUNDS = 3


def at_once(count: int, action: Callable[[int], object]) -> list[object]:
    def done(number: int) -> object:
        try:
            return action(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as crowd:
        return list(crowd.map(done, range(count)))


@pytest.fixture
def room(paid: EventType) -> Booking:
    return make_room(paid)


def test_one_first_device(room: Booking):
    token = link_of(room, Party.ATTENDEE).rpartition("/")[2]

    def arrive(number: int) -> bool:
        fingerprint = crypto.fingerprint(f"browser {number}")
        opened = open_join_link(find_link(token), user=None, browser=fingerprint, now=clock.now())
        return opened.target is not None

    for _ in range(ROUNDS):
        JoinDevice.objects.all().delete()
        Join.objects.all().delete()
        entered = at_once(BROWSERS, arrive)
        assert entered.count(True) == 1
        assert JoinDevice.objects.filter(state=JoinDevice.State.ADMITTED).count() == 1
        assert JoinDevice.objects.count() == BROWSERS
        assert Join.objects.count() == 1


def test_one_browser_that_clicks_many_times(room: Booking):
    token = link_of(room, Party.ATTENDEE).rpartition("/")[2]
    browser = crypto.fingerprint("one browser")

    def arrive(_number: int) -> bool:
        return (
            open_join_link(find_link(token), user=None, browser=browser, now=clock.now()).target is not None
        )

    assert all(at_once(BROWSERS, arrive))
    assert JoinDevice.objects.count() == 1
