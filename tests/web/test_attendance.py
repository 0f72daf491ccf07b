"""Who reads who came, and who gets the record for a bank? (STATUS-1, PAY-5)"""

from datetime import timedelta

import pytest

from duologue.bookings.models import Party
from duologue.calls.models import Presence, Sighting
from duologue.core import clock
from duologue.usecases.progress import complete
from tests.rooms import make_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def waited_for_naoko(paid, attendee):
    """Over since two hours: Amara waited for 20 minutes, Naoko was not seen."""
    booking = make_room(paid, attendee, begins_in=-timedelta(hours=3))
    since, until = booking.starts_at, booking.starts_at + timedelta(minutes=20)
    Presence.objects.create(
        booking=booking,
        party=Party.ATTENDEE,
        epoch="amara-epoch",
        arrived_at=since,
        entered_at=since,
        seen_at=until,
        left_at=until,
    )
    complete(clock.now(), str(booking.pk))
    return booking


@pytest.mark.parametrize("who", ["host", "attendee", "operator"])
def test_the_two_and_operators_read_who_was_there(request, waited_for_naoko, who):
    page = request.getfixturevalue(f"as_{who}").get(f"/sessions/{waited_for_naoko.pk}").content.decode()
    assert "Naoko was not seen, and the other one waited." in page
    assert "20 minutes in all" in page
    assert ("Evidence as a text file" in page) is (who == "operator")


def test_before_the_session_there_is_nothing_to_read(as_host, paid, attendee):
    booking = make_room(paid, attendee)
    assert "Who was there" not in as_host.get(f"/sessions/{booking.pk}").content.decode()


def test_an_end_that_nobody_told_is_said_to_be_unknown(as_attendee, waited_for_naoko):
    at = waited_for_naoko.starts_at
    Sighting.objects.create(
        booking=waited_for_naoko, party="host", platform="zoom", at=at, external_id="1", visitor="v"
    )
    page = as_attendee.get(f"/sessions/{waited_for_naoko.pk}").content.decode()
    assert "nobody told us when they left" in page


def test_the_record_for_a_bank_has_all_of_it_and_only_operators_get_it(
    waited_for_naoko, as_operator, as_host, as_attendee, as_stranger, as_nobody
):
    path = f"/ops/sessions/{waited_for_naoko.pk}/evidence"
    answer = as_operator.get(path)
    assert answer["Content-Disposition"].startswith("attachment")
    words = answer.content.decode()
    for line in ("State: no_show (the mentor)", "own room, their page, weight 2", "one_absent (host)"):
        assert line in words
    assert "http" not in words
    assert "/video-call/" not in words
    assert [who.get(path).status_code for who in (as_host, as_attendee, as_stranger)] == [404] * 3
    assert as_nobody.get(path).status_code == 302
