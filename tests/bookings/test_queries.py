"""Do SQL and Python agree on a booking's state, and do lists hold what they should?"""

from datetime import timedelta

import pytest

from duologue.bookings import queries
from duologue.bookings.listing import Tab, count, page
from duologue.bookings.models import Booking
from duologue.bookings.states import COMPLETES_AFTER, Status
from duologue.core import clock
from duologue.core.cursors import Cursor
from tests.cast import make_booking, next_hour

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_the_sql_twin_agrees_at_every_edge(paid, attendee):
    """Every state, looked at just before, at and after each instant that could matter."""
    start = next_hour(clock.now())
    bookings = [
        make_booking(
            paid,
            attendee,
            status=status,
            starts_at=start + 3 * HOUR * number,
            hold_expires_at=start + 3 * HOUR * number - 10 * HOUR + timedelta(minutes=7),
        )
        for number, status in enumerate(Status)
    ]
    edges = {
        edge
        for one in bookings
        for edge in (one.hold_expires_at, one.starts_at, one.ends_at, one.ends_at + COMPLETES_AFTER)
    }
    for edge in edges:
        for now in (edge - timedelta(microseconds=1), edge, edge + timedelta(microseconds=1)):
            told = dict(Booking.objects.annotate(seen=queries.status_at(now)).values_list("pk", "seen"))
            assert told == {one.pk: one.status_at(now).value for one in bookings}


def test_upcoming_and_past_part_everything_but_expired_holds(paid, attendee):
    start = next_hour(clock.now())
    bookings = [
        make_booking(paid, attendee, status=status, starts_at=start + 3 * HOUR * number)
        for number, status in enumerate(Status)
    ]
    for hours in range(0, 24):
        now = start + timedelta(hours=hours)
        above = set(Booking.objects.filter(queries.upcoming(now)).values_list("pk", flat=True))
        below = set(Booking.objects.filter(queries.past(now)).values_list("pk", flat=True))
        expired = {one.pk for one in bookings if one.status_at(now) is Status.EXPIRED}
        assert not above & below
        assert above | below == {one.pk for one in bookings} - expired


def test_paging_gives_each_session_once_and_in_order(paid, attendee):
    now = clock.now()
    first = next_hour(now)
    coming = [make_booking(paid, attendee, starts_at=first + number * 2 * HOUR) for number in range(7)]
    gone = [
        make_booking(paid, attendee, status=Status.COMPLETED, starts_at=first - (number + 3) * 2 * HOUR)
        for number in range(5)
    ]
    called_off = make_booking(paid, attendee, status=Status.CANCELLED, starts_at=first + HOUR)
    assert walk(attendee, Tab.UPCOMING, now) == [one.pk for one in coming]
    assert walk(attendee, Tab.PAST, now) == [called_off.pk, *(one.pk for one in gone)]
    assert count(user_id=attendee.pk, host_id=None, tab=Tab.PAST, now=now, most=100) == 6
    assert count(user_id=attendee.pk, host_id=None, tab=Tab.UPCOMING, now=now, most=3) == 3


def walk(user, tab, now):
    found, after = [], None
    while True:
        part = page(user_id=user.pk, host_id=None, tab=tab, now=now, limit=2, after=after)
        found += [one.pk for one in part.bookings]
        if part.following is None:
            return found
        after = Cursor.parse(str(part.following))


def test_a_host_who_is_also_an_attendee_sees_both_sides(paid, attendee, host):
    other = make_booking(paid, attendee)
    own = make_booking(paid, host.user, starts_at=other.starts_at + 5 * HOUR)
    now = clock.now()
    seen = page(user_id=host.user_id, host_id=host.pk, tab=Tab.UPCOMING, now=now, limit=10).bookings
    assert [one.pk for one in seen] == [other.pk, own.pk]


@pytest.mark.parametrize("text", ["", "nonsense", "2026-10-22_x", "2026-10-22T10:00:00_" + "0" * 32, "_"])
def test_a_cursor_that_is_none_of_ours_is_none(text):
    assert Cursor.parse(text) is None


def test_the_gate(paid, attendee, host, stranger, operator):
    booking = make_booking(paid, attendee)
    unproved = make_booking(paid, holder="f" * 64)
    both = {booking.pk, unproved.pk}
    assert set(queries.visible_to(attendee).values_list("pk", flat=True)) == {booking.pk}
    assert set(queries.visible_to(host.user).values_list("pk", flat=True)) == both
    assert set(queries.visible_to(operator).values_list("pk", flat=True)) == both
    assert not queries.visible_to(stranger).exists()
    assert not queries.visible_to(None).exists()
    assert set(queries.visible_to(None, browser="f" * 64).values_list("pk", flat=True)) == {unproved.pk}
