"""Does a hold go to one person, and only where every rule allows it? (BOOK-1 to BOOK-6)"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from duologue.accounts.models import Host
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.core.errors import Invalid, NotFound, Refused, SlotTaken
from duologue.jobs.models import Job
from duologue.usecases.book import Wish, book
from duologue.usecases.find_slots import open_slots
from tests.cast import make_booking, make_event_type, make_host, make_user
from tests.sold import open_start

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return clock.now()


def first_free(offer, now, nth=0):
    return open_start(offer, now, nth=nth)


def wish(offer, at, **who):
    return Wish(event_type_id=offer.pk, starts_at=at, **({"browser": "b" * 64} | who))


def code_of(refused):
    return refused.value.code


def test_a_hold_writes_what_it_owes(paid, now):
    at = first_free(paid, now)
    booking = book(wish(paid, at), now=now)
    assert booking.status == Status.PENDING_PAYMENT
    assert booking.hold_expires_at == now + timedelta(minutes=35)
    assert (booking.price_amount, booking.currency, booking.cancel_hours) == (6500, "EUR", 24)
    assert [step.to_status for step in booking.transitions.all()] == ["pending_payment"]
    job = Job.objects.get(key=f"expire_hold:{booking.pk}")
    assert job.run_at == booking.hold_expires_at


def test_the_second_reads_that_it_is_gone(paid, attendee, stranger, now):
    at = first_free(paid, now)
    book(wish(paid, at, user=attendee), now=now)
    with pytest.raises(SlotTaken, match="Sorry, this time slot is no longer available"):
        book(wish(paid, at, user=stranger, browser="c" * 64), now=now)
    assert Booking.objects.count() == 1


def test_the_same_person_resumes_the_same_hold(paid, attendee, now):
    at = first_free(paid, now)
    first = book(wish(paid, at), now=now)
    assert book(wish(paid, at), now=now + HOUR / 10).pk == first.pk
    other = first_free(paid, now, 4)
    mine = book(wish(paid, other, user=attendee), now=now)
    assert book(wish(paid, other, user=attendee, browser="z" * 64), now=now).pk == mine.pk


def test_an_overlapping_offer_of_the_same_host_is_taken_too(paid, free, now):
    at = first_free(paid, now)
    book(wish(paid, at), now=now)
    with pytest.raises(Refused) as refused:
        book(wish(free, at, browser="c" * 64), now=now)
    assert code_of(refused) == "slot_taken"


def test_a_dead_hold_gives_way(paid, now):
    at = first_free(paid, now)
    dead = book(wish(paid, at), now=now)
    later = now + timedelta(minutes=36)
    fresh = book(wish(paid, at, browser="c" * 64), now=later)
    dead.refresh_from_db()
    assert dead.status == Status.EXPIRED
    assert fresh.status == Status.PENDING_PAYMENT
    assert dead.transitions.last().cause == "hold_ended"


@pytest.mark.parametrize(
    ("shift", "code"),
    [
        (timedelta(minutes=7), "off_grid"),
        (timedelta(seconds=1), "off_grid"),
        (timedelta(microseconds=1), "off_grid"),
        (timedelta(days=90), "too_far"),
        (-timedelta(days=30), "too_soon"),
        (timedelta(days=36500), "too_far"),
    ],
)
def test_a_start_off_the_rules_is_refused_by_name(paid, now, shift, code):
    with pytest.raises(Refused) as refused:
        book(wish(paid, first_free(paid, now) + shift), now=now)
    assert code_of(refused) == code
    assert not Booking.objects.exists()


def test_outside_the_hours(paid, now):
    at = first_free(paid, now).replace(hour=2)
    with pytest.raises(Refused) as refused:
        book(wish(paid, at + timedelta(days=1)), now=now)
    assert code_of(refused) == "outside_hours"


def test_a_naive_time_is_refused(paid, now):
    with pytest.raises(Invalid) as refused:
        book(wish(paid, first_free(paid, now).replace(tzinfo=None)), now=now)
    assert code_of(refused) == "naive_time"


def test_an_unknown_offer(now, db):
    with pytest.raises(NotFound):
        book(Wish(event_type_id=2**40, starts_at=now, browser="b"), now=now)


@pytest.mark.parametrize("status", [Host.Status.WAITING, Host.Status.SUSPENDED])
def test_only_an_approved_host(paid, now, status):
    at = first_free(paid, now)
    Host.objects.update(status=status)
    with pytest.raises(Refused) as refused:
        book(wish(paid, at), now=now)
    assert code_of(refused) == "not_bookable"


def test_nobody_books_themself(paid, host, now):
    at = first_free(paid, now)
    with pytest.raises(Refused) as by_account:
        book(wish(paid, at, user=host.user), now=now)
    with pytest.raises(Refused) as by_address:
        book(wish(paid, at, name="N", email=host.user.email.upper()), now=now)
    assert code_of(by_account) == code_of(by_address) == "own_session"


def test_nobody_sits_in_two_sessions_at_once(paid, attendee, now):
    other = make_event_type(make_host(zone="Europe/Berlin"), price=1000)
    at = first_free(paid, now)
    book(wish(paid, at, user=attendee), now=now)
    with pytest.raises(Refused) as refused:
        book(wish(other, at, user=attendee), now=now)
    assert code_of(refused) == "overlap"


def test_a_host_in_somebody_elses_session_has_no_time(paid, host, now):
    other = make_event_type(make_host(zone="Europe/Berlin"), price=1000)
    at = first_free(paid, now)
    make_booking(other, host.user, starts_at=at)
    with pytest.raises(Refused) as refused:
        book(wish(paid, at), now=now)
    assert code_of(refused) == "slot_taken"


def test_two_living_holds_a_browser(paid, now):
    starts = [first_free(paid, now, 4 * number) for number in range(3)]
    book(wish(paid, starts[0]), now=now)
    book(wish(paid, starts[1]), now=now)
    with pytest.raises(Refused) as refused:
        book(wish(paid, starts[2]), now=now)
    assert code_of(refused) == "too_many_holds"
    later = now + timedelta(minutes=36)
    assert book(wish(paid, starts[2]), now=later)


def test_five_living_holds_an_address(paid, now):
    for number in range(5):
        at = first_free(paid, now, 0)
        book(wish(paid, at, browser=f"{number}", name="A", email="a@obi.example"), now=now)
    with pytest.raises(Refused) as refused:
        book(wish(paid, first_free(paid, now), browser="9", name="A", email="A@obi.example "), now=now)
    assert code_of(refused) == "too_many_holds"


def test_the_daily_limit(host, now):
    offer = make_event_type(host, daily_limit=1, duration=30, slot_step=30)
    at = first_free(offer, now)
    book(wish(offer, at), now=now)
    same_day = at + timedelta(minutes=30)
    with pytest.raises(Refused) as refused:
        book(wish(offer, same_day, browser="c"), now=now)
    assert code_of(refused) == "day_full"


def test_a_paid_start_leaves_time_for_the_hold(host, now):
    offer = make_event_type(host, price=100, minimum_notice=0, slot_step=5, duration=5)
    for start in open_slots(offer, now, now + timedelta(days=7), now=now):
        assert datetime.fromtimestamp(start, UTC) >= now + timedelta(minutes=35)


def test_buffers_may_stick_out_of_the_window_but_not_into_claims(host, now):
    offer = make_event_type(host, buffer_before=30, buffer_after=30)
    at = first_free(offer, now)
    book(wish(offer, at), now=now)
    taken = {datetime.fromtimestamp(s, UTC) for s in open_slots(offer, at - HOUR, at + 3 * HOUR, now=now)}
    assert not any(abs(other - at) < 2 * HOUR for other in taken)


def test_the_database_itself_refuses_two_claims(paid, attendee, stranger):
    """Whatever the code above forgets: the last word is the database's."""
    first = make_booking(paid, attendee)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_booking(paid, stranger, starts_at=first.starts_at + timedelta(minutes=59))
    make_booking(paid, stranger, starts_at=first.ends_at)
    cancelled = make_booking(paid, stranger, starts_at=first.starts_at, status=Status.CANCELLED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=cancelled.pk).update(status=Status.CONFIRMED.value)


def test_odd_names_are_kept_as_they_are(paid, now):
    name = "נעמי 🦉 <b>x</b>"
    booking = book(wish(paid, first_free(paid, now), name=name, email="n@x.example"), now=now)
    booking.refresh_from_db()
    assert booking.attendee_name == name


def test_a_slot_in_a_user_zone_far_away_is_the_same_instant(paid, now):
    user = make_user(time_zone="Pacific/Kiritimati")
    at = first_free(paid, now)
    from_there = at.astimezone(tz=__import__("zoneinfo").ZoneInfo("Pacific/Kiritimati"))
    assert book(wish(paid, from_there, user=user), now=now).starts_at == at
