"""Is a session found by a name, by days and by state, whoever has however many?"""

import sqlite3
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duologue.bookings.listing import ALL, STATUSES, Only, Tab, count, page
from duologue.bookings.models import Booking
from duologue.bookings.names import renamed, words_of
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.core.cursors import Cursor
from duologue.core.ids import uuid7
from duologue.usecases.claim_bookings import claim_bookings
from duologue.usecases.save_profile import Profile, save_profile
from tests.cast import make_booking, make_event_type, make_host, make_user, next_hour
from tests.sold import hold

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def found(user, tab, *, only, host=None, now=None):
    """All of them, two a page."""
    ids, after = [], None
    host_id = host.pk if host else None
    while True:
        part = page(
            user_id=user.pk, host_id=host_id, tab=tab, now=now or clock.now(), limit=2, after=after, only=only
        )
        ids += [one.pk for one in part.bookings]
        if part.following is None:
            return ids
        after = Cursor.parse(str(part.following))


def named(text):
    return Only(words=words_of(text))


@pytest.mark.parametrize("text", ["Müller", "muller", "TOMÁS", "tom mul", "ás mül", "  müller   tomas "])
def test_a_name_is_found_however_it_is_typed(paid, host, text):
    tomas = make_user(name="Tomás Müller")
    theirs = [make_booking(paid, tomas) for _ in range(3)]
    make_booking(paid, make_user(name="Ruth Okafor"))
    assert found(host.user, Tab.UPCOMING, only=named(text), host=host) == [one.pk for one in theirs]
    assert found(tomas, Tab.UPCOMING, only=named("naok")) == [one.pk for one in theirs]
    assert found(tomas, Tab.UPCOMING, only=named(text)) == []


@pytest.mark.parametrize("text", ["%", "_", "a%a", "\\", "'", "naoko\0", "naoko ' OR 1=1 --"])
def test_signs_that_mean_something_elsewhere_mean_nothing_here(paid, attendee, text):
    make_booking(paid, attendee)
    assert len(found(attendee, Tab.UPCOMING, only=named(text))) == (1 if "\0" in text else 0)


def test_of_somebody_on_both_sides_both_are_searched(paid, host):
    elsewhere = make_event_type(make_host(make_user(name="Amara Other")))
    given = make_booking(paid, make_user(name="Amara Obi"))
    taken = make_booking(elsewhere, host.user, starts_at=given.starts_at + 5 * HOUR)
    assert found(host.user, Tab.UPCOMING, only=named("amara"), host=host) == [given.pk, taken.pk]
    assert found(host.user, Tab.UPCOMING, only=named("naoko"), host=host) == []


def test_each_state_is_what_it_is_now_whatever_is_written_down(paid, attendee):
    start = next_hour(clock.now())
    bookings = [
        make_booking(paid, attendee, status=status, starts_at=start + 3 * HOUR * number)
        for number, status in enumerate(Status)
    ]
    for hours in range(-1, 25):
        now = start + timedelta(hours=hours, minutes=1)
        for tab, statuses in STATUSES.items():
            for status in statuses:
                wanted = sorted(
                    (one for one in bookings if one.status_at(now) is status),
                    key=lambda one: one.starts_at,
                    reverse=tab is Tab.PAST,
                )
                only = Only(status=status)
                assert found(attendee, tab, only=only, now=now) == [one.pk for one in wanted]
                both = Only(status=status, words=("naoko",))
                assert found(attendee, tab, only=both, now=now) == [one.pk for one in wanted]


def test_a_name_alone_finds_what_the_whole_list_has(paid, attendee):
    start = next_hour(clock.now())
    kept = (Status.CONFIRMED, Status.CANCELLED, Status.PENDING_PAYMENT, Status.EXPIRED, Status.CONFIRMED)
    for number, status in enumerate(kept):
        make_booking(paid, attendee, status=status, starts_at=start + 3 * HOUR * number)
    for hours in range(-1, 20):
        now = start + timedelta(hours=hours, minutes=1)
        for tab in Tab:
            whole = found(attendee, tab, only=ALL, now=now)
            assert found(attendee, tab, only=named("ishida"), now=now) == whole
            many = {"user_id": attendee.pk, "host_id": None, "tab": tab, "now": now, "most": 100}
            assert count(**many, only=named("ishida")) == count(**many) == len(whole)


def test_days_are_a_half_open_span_of_starts(paid, attendee):
    start = next_hour(clock.now() + timedelta(days=3))
    bookings = [make_booking(paid, attendee, starts_at=start + number * 5 * HOUR) for number in range(4)]
    only = Only(since=bookings[1].starts_at, before=bookings[3].starts_at)
    assert found(attendee, Tab.UPCOMING, only=only) == [bookings[1].pk, bookings[2].pk]


def test_a_new_name_is_the_one_that_finds(paid, host, attendee):
    booking = make_booking(paid, attendee)
    save_profile(attendee, Profile("Amára Önyeka", "Africa/Lagos"), now=clock.now())
    assert found(host.user, Tab.UPCOMING, only=named("onyeka"), host=host) == [booking.pk]
    assert found(host.user, Tab.UPCOMING, only=named("obi"), host=host) == []
    save_profile(host.user, Profile("Naoko Sato", "Europe/Berlin"), now=clock.now())
    assert found(attendee, Tab.UPCOMING, only=named("sato")) == [booking.pk]


def test_a_guest_is_found_by_what_they_wrote_and_then_by_their_account(paid, host):
    booking = hold(paid)
    assert found(host.user, Tab.UPCOMING, only=named("obi"), host=host) == [booking.pk]
    user = make_user(booking.attendee_email, name="Amara Nwosu")
    assert claim_bookings(user, now=clock.now()) == 1
    assert found(host.user, Tab.UPCOMING, only=named("nwosu"), host=host) == [booking.pk]
    assert found(host.user, Tab.UPCOMING, only=named("obi"), host=host) == []


def test_a_signed_in_hold_has_its_names_at_once(paid, host, attendee):
    booking = hold(paid, attendee)
    kept = Booking.objects.get(pk=booking.pk)
    assert (kept.host_search, kept.attendee_search) == ("naoko ishida", "amara obi")


def test_who_has_no_name_yet_keeps_what_was_written(paid):
    user = make_user("x@people.example", name="y")
    user.name = ""
    booking = make_booking(paid, attendee_name="Ruth Okafor")
    renamed(user)
    booking.refresh_from_db()
    assert booking.attendee_search == "ruth okafor"


@pytest.mark.parametrize(
    "only", [ALL, named("zora"), Only(status=Status.NO_SHOW), Only(status=Status.EXPIRED)]
)
@pytest.mark.parametrize("tab", Tab)
def test_as_many_questions_for_ten_as_for_many_and_none_that_reads_all(paid, host, attendee, tab, only):
    make_booking(paid, attendee)
    few = questions(host, tab, only)
    fill(paid, attendee, 300)
    many = questions(host, tab, only)
    assert len(few) == len(many) <= 13
    for sql in many:
        assert "SCAN bookings_booking" not in plan(sql)


@pytest.mark.parametrize("tab", Tab)
def test_a_page_is_read_in_its_order_and_nothing_is_sorted(paid, host, attendee, tab):
    fill(paid, attendee, 300)
    for sql in questions(host, tab, ALL):
        assert not {"Sort", "USE TEMP B-TREE"} & steps(sql)


def questions(host, tab, only):
    now = clock.now()
    with CaptureQueriesContext(connection) as asked:
        page(user_id=host.user_id, host_id=host.pk, tab=tab, now=now, limit=20, only=only)
    return [each["sql"] for each in asked.captured_queries]


def plan(sql):
    """SQLite tells how it goes about it; PostgreSQL's plans depend on how much there is."""
    if connection.vendor != "sqlite":
        return ""
    assert isinstance(connection.connection, sqlite3.Connection)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return " ".join(row[3] for row in cursor.fetchall())


def steps(sql):
    """What a database does one after the other, where it goes by the indexes."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return {step for step in ("USE TEMP B-TREE",) if step in plan(sql)}
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        return {row[0].strip(" ->").partition("  ")[0] for row in cursor.fetchall()}


def fill(offer, attendee, number):
    start = next_hour(clock.now()) - 400 * HOUR
    Booking.objects.bulk_create(
        Booking(
            id=uuid7(clock.now()),
            host=offer.host,
            event_type=offer,
            attendee=attendee,
            attendee_name=attendee.name,
            host_search="naoko ishida",
            attendee_search="amara obi",
            status=Status.CONFIRMED if at % 2 else Status.CANCELLED,
            starts_at=start + at * 2 * HOUR,
            ends_at=start + at * 2 * HOUR + HOUR,
            blocked_from=start + at * 2 * HOUR,
            blocked_until=start + at * 2 * HOUR + HOUR,
            title="x",
            currency="EUR",
            cancel_hours=24,
            created_at=start,
        )
        for at in range(number)
    )
