"""Do the reads behind the slots see what the querysets see, to the second?"""

from datetime import UTC, datetime, timedelta

import pytest

from duologue.bookings.claims import booked_starts, busy_of_hosts
from duologue.bookings.models import Booking
from duologue.bookings.queries import claiming
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.scheduling import terms
from duologue.scheduling.intervals import covering, epoch
from duologue.scheduling.models import BlockedTime
from duologue.scheduling.schedules import blocked_by_hand
from duologue.usecases import find_slots
from tests.cast import make_booking, make_event_type, make_host, make_user

AGES = timedelta(days=100)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("hold_minutes", [-1, 0, 1])
def test_what_claims_time_is_the_same_in_both_tellings(paid, attendee, status, hold_minutes):
    now = clock.now()
    booking = make_booking(
        paid, attendee, status=status, hold_expires_at=now + timedelta(minutes=hold_minutes)
    )
    claims = Booking.objects.filter(claiming(now), pk=booking.pk).exists()
    users = {paid.host_id: paid.host.user_id}
    found = busy_of_hosts(users, now - AGES, now + AGES, now=now)[paid.host_id]
    assert found == ([covering(booking.blocked_from, booking.blocked_until)] if claims else [])
    starts = booked_starts([paid.pk], now - AGES, now + AGES, now=now)[paid.pk]
    assert starts == ([epoch(booking.starts_at)] if claims else [])


def test_a_host_who_attends_elsewhere_is_busy(paid, host):
    elsewhere = make_booking(make_event_type(make_host(), buffer_before=30, buffer_after=30), host.user)
    now = clock.now()
    found = busy_of_hosts({host.pk: host.user_id}, now - AGES, now + AGES, now=now)
    assert found == {host.pk: [covering(elsewhere.starts_at, elsewhere.ends_at)]}


@pytest.mark.parametrize("microsecond", [0, 1, 500_000, 999_499, 999_500, 999_999])
def test_a_fraction_of_a_busy_second_is_a_busy_second(host, microsecond):
    begin = datetime(2026, 10, 22, 9, 59, 59, microsecond, tzinfo=UTC)
    until = datetime(2026, 10, 22, 11, 0, 0, microsecond, tzinfo=UTC)
    BlockedTime.objects.create(host=host, starts_at=begin, ends_at=until)
    assert blocked_by_hand([host.pk], begin, until)[host.pk] == [covering(begin, until)]


def test_no_hosts_have_no_time(db):
    now = clock.now()
    assert busy_of_hosts({}, now, now, now=now) == {}


def test_terms_are_found_exactly_where_an_offer_is_open(host, paid):
    assert terms.find(host.slug, paid.slug) == terms.of(paid)
    assert terms.find("nobody", paid.slug) is None
    assert terms.find(host.slug, "nothing") is None
    other = make_event_type(make_host(make_user()), slug=paid.slug)
    assert terms.find(host.slug, paid.slug) != terms.of(other)


@pytest.mark.parametrize("closed", ["event_type", "host", "user"])
def test_a_closed_offer_has_no_terms(host, paid, closed):
    if closed == "event_type":
        paid.is_active = False
        paid.save()
    elif closed == "host":
        host.status = host.Status.SUSPENDED
        host.save()
    else:
        host.user.is_active = False
        host.user.save()
    paid = type(paid).objects.select_related("host__user").get(pk=paid.pk)
    assert not find_slots.is_open(paid)
    assert terms.find(host.slug, paid.slug) is None
