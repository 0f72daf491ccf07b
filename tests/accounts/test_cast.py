"""Are the people of the tests what the tests take them for?"""

from itertools import pairwise

import pytest

from duologue.bookings.states import Status
from tests.cast import make_booking, make_event_type, make_host


@pytest.mark.django_db
@pytest.mark.parametrize("status", Status)
def test_a_booking_can_be_made_in_any_status(status, paid, attendee):
    booking = make_booking(paid, attendee, status=status)
    booking.refresh_from_db()
    assert Status(booking.status) is status
    assert booking.transitions.get().to_status == status


@pytest.mark.django_db
def test_bookings_follow_one_another():
    event_type = make_event_type(make_host(), buffer_after=15)
    bookings = [make_booking(event_type) for _ in range(3)]
    assert all(one.blocked_until <= two.blocked_from for one, two in pairwise(bookings))


def test_the_standing_cast(host, attendee, stranger, operator, as_nobody):
    assert host.is_bookable
    assert host.availability_rules.count() == 5
    assert [offer.is_free for offer in host.event_types.all()] == [False, True]
    assert len({host.user.pk, attendee.pk, stranger.pk, operator.pk}) == 4
    assert operator.is_operator
