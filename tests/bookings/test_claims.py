"""Do the reads behind the slots see what the querysets see, to the second?"""

from datetime import UTC, datetime, timedelta

import pytest

from duologue.bookings.claims import claims_read, elsewhere_read, has_session, starts_read
from duologue.bookings.models import Booking
from duologue.bookings.queries import claiming
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.scheduling import terms
from duologue.scheduling.intervals import epoch
from duologue.scheduling.models import BlockedTime
from duologue.scheduling.schedules import blocked_by_hand, blocked_read
from duologue.scheduling.seconds import together
from duologue.usecases import find_slots
from tests.cast import make_booking, make_event_type, make_host, make_user
from tests.scheduling.oracle import covering

AGES = timedelta(days=100)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("hold_minutes", [-1, 0, 1])
def test_what_claims_time_is_the_same_in_both_tellings(paid, attendee, status, hold_minutes):
    now = clock.now()
    booking = make_booking(
        paid, attendee, status=status, hold_expires_at=now + timedelta(minutes=hold_minutes)
    )
    claims = Booking.objects.filter(claiming(now), pk=booking.pk).exists()
    around = (now - AGES, now + AGES)
    as_host, as_attendee, starts = together(
        claims_read([paid.host_id], *around, now=now),
        elsewhere_read([attendee.pk], *around, now=now),
        starts_read([paid.pk], *around, now=now),
    )
    if not claims:
        assert as_host == as_attendee == starts == []
        return
    claim = covering(booking.blocked_from, booking.blocked_until)
    assert as_host == [(0, paid.host_id, *claim, "")]
    assert as_attendee == [(1, attendee.pk, *covering(booking.starts_at, booking.ends_at), "")]
    assert starts == [(2, paid.pk, epoch(booking.starts_at), 0, "")]


def test_what_lies_elsewhere_in_time_is_not_read(paid, attendee):
    booking, now = make_booking(paid, attendee), clock.now()
    before = (booking.starts_at - AGES, booking.starts_at)
    after = (booking.ends_at, booking.ends_at + AGES)
    for around in (before, after):
        assert together(
            claims_read([paid.host_id], *around, now=now),
            elsewhere_read([attendee.pk], *around, now=now),
            starts_read([paid.pk], *around, now=now),
        ) == [[], [], []]


def test_a_host_who_attends_elsewhere_is_busy(paid, host):
    elsewhere = make_event_type(make_host(), buffer_before=30, buffer_after=30)
    booking = make_booking(elsewhere, host.user)
    now = clock.now()
    asked = find_slots.questions([paid], now, now + AGES, now=now)[paid.pk]
    assert asked.busy == [covering(booking.starts_at, booking.ends_at)]


@pytest.mark.parametrize("microsecond", [0, 1, 500_000, 999_499, 999_500, 999_999])
def test_a_fraction_of_a_busy_second_is_a_busy_second(host, microsecond):
    begin = datetime(2026, 10, 22, 9, 59, 59, microsecond, tzinfo=UTC)
    until = datetime(2026, 10, 22, 11, 0, 0, microsecond, tzinfo=UTC)
    BlockedTime.objects.create(host=host, starts_at=begin, ends_at=until)
    assert blocked_by_hand([host.pk], begin, until)[host.pk] == [covering(begin, until)]


def test_without_keys_nothing_is_asked(db, django_assert_num_queries):
    now = clock.now()
    with django_assert_num_queries(0):
        assert together(claims_read([], now, now, now=now), blocked_read([], now, now)) == [[], []]


def test_many_are_read_in_one_statement(db, django_assert_num_queries):
    offers = [make_event_type(make_host(), daily_limit=limit) for limit in (None, 1, 2)]
    now = clock.now()
    with django_assert_num_queries(1):
        assert len(find_slots.questions(offers, now, now + AGES, now=now)) == 3


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


@pytest.mark.parametrize("way", ["attendee", "host", "address", "address of the host"])
@pytest.mark.parametrize(("shift", "meets"), [(-60, False), (-59, True), (0, True), (59, True), (60, False)])
def test_somebody_has_a_session_in_each_way_of_being_there(paid, attendee, way, shift, meets):
    booking = make_booking(paid, None if way == "address" else attendee)
    person = paid.host.user if "host" in way else attendee
    is_user = not way.startswith("address")
    start = booking.starts_at + timedelta(minutes=shift)
    asked = {
        "user_id": person.pk if is_user else None,
        "email": "" if is_user else (booking.attendee_email if way == "address" else person.email).upper(),
        "start": start,
        "end": start + timedelta(hours=1),
        "now": clock.now(),
    }
    assert has_session(**asked) is meets
    assert has_session(**asked, besides=booking.pk) is False


def test_nobody_has_no_session(paid, attendee):
    booking = make_booking(paid, attendee)
    asked = {"start": booking.starts_at, "end": booking.ends_at, "now": clock.now()}
    assert not has_session(user_id=None, email="", **asked)
    assert not has_session(user_id=attendee.pk + 1000, email="other@people.example", **asked)


def test_a_dead_hold_is_no_session(paid, attendee):
    booking = make_booking(
        paid, attendee, status=Status.PENDING_PAYMENT, hold_expires_at=clock.now() - timedelta(seconds=1)
    )
    assert not has_session(
        user_id=attendee.pk, email="", start=booking.starts_at, end=booking.ends_at, now=clock.now()
    )
