"""The host lets the attendee in from two windows while their page asks: does it come to one thing?"""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from duologue.accounts.models import User
from duologue.bookings.models import Booking
from duologue.calls.models import Admission, Presence
from duologue.core import clock
from duologue.scheduling.models import EventType
from duologue.usecases.admit_attendee import admit_attendee
from tests.cast import signed_in
from tests.rooms import make_room

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
WINDOWS = 4
ROUNDS = 5
STAY = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def room(paid: EventType, attendee: User) -> Booking:
    paid.admits_by_hand = True
    paid.save()
    return make_room(paid, attendee)


def test_letting_in_meets_asking(room: Booking, attendee: User) -> None:
    client = signed_in(attendee)

    def let_in(_number: int) -> int:
        try:
            admit_attendee(Booking.objects.get(pk=room.pk), now=clock.now())
            return 204
        finally:
            connection.close()

    def ask(number: int) -> int:
        page = Client()
        page.cookies = client.cookies
        sent = json.dumps({"epoch": STAY, "entered": True})
        try:
            url = f"/video-call/{room.pk}/exchange"
            return page.post(url, sent, content_type="application/json").status_code
        finally:
            connection.close()

    for _round in range(ROUNDS):
        Admission.objects.all().delete()
        Presence.objects.all().delete()
        with ThreadPoolExecutor(2 * WINDOWS) as crowd:
            said = [crowd.submit(action, n) for n in range(WINDOWS) for action in (ask, let_in)]
            assert {one.result() for one in said} == {200, 204}
        assert Admission.objects.count() == 1
        assert ask(0) == 200
        # Whatever came first: who was let in is in with the next question at the latest.
        assert Presence.objects.get().entered_at is not None
