"""Do rows written without the ORM read like those written with it?"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from duologue.bookings.models import Booking, BookingTransition, JoinLink, Party
from duologue.core import clock, statements
from duologue.core.ids import uuid7
from duologue.jobs.models import Job
from tests.cast import make_booking


def test_every_column_arrives(paid, attendee):
    original = make_booking(paid, attendee, note="a note", holder="b" * 64)
    facts = {field.attname: getattr(original, field.attname) for field in Booking._meta.concrete_fields}
    week = timedelta(days=7)
    times = {name: facts[name] + week for name in ("starts_at", "ends_at", "blocked_from", "blocked_until")}
    copy = Booking(**facts | times | {"id": uuid7(clock.now())})
    statements.insert(copy)
    found = Booking.objects.get(pk=copy.pk)
    for field in Booking._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(copy, field.attname), field.attname


def test_what_is_empty_stays_empty(paid):
    booking = make_booking(paid, cancelled_at=None)
    statements.insert(
        BookingTransition(
            booking=booking, to_status="confirmed", at=clock.now(), actor="system", cause="test"
        )
    )
    row = BookingTransition.objects.get(cause="test")
    assert (row.actor_user_id, row.from_status) == (None, "")


def test_values_of_other_kinds(db):
    job = Job(key="k", name="start", args={"an": ["object"]}, run_at=clock.now(), created_at=clock.now())
    statements.insert(job)
    found = Job.objects.get(key="k")
    assert (found.args, found.asked_again, found.lease_until) == ({"an": ["object"]}, False, None)


def test_a_written_row_can_be_changed(paid):
    booking = make_booking(paid)
    row = BookingTransition(pk=10**6, booking=booking, to_status="x", at=clock.now(), actor="system")
    statements.insert(row)
    row.cause = "changed"
    row.save()
    assert BookingTransition.objects.get(pk=10**6).cause == "changed"


@pytest.mark.postgres
@pytest.mark.parametrize("is_pooled", [True, False])
def test_through_a_pooler_nothing_is_prepared(db, monkeypatch, is_pooled):
    if is_pooled:
        monkeypatch.delitem(connection.settings_dict["OPTIONS"], "prepare_threshold")
    for number in range(20):
        with statements.cursor() as cursor:
            cursor.execute("SELECT %s + 1 AS tried", [number])
            assert cursor.fetchone() == (number + 1,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_prepared_statements WHERE statement LIKE '%AS tried'")
        assert cursor.fetchone() == ((0,) if is_pooled else (1,))


def test_such_statements_are_counted_too(db, django_assert_num_queries):
    with django_assert_num_queries(1), statements.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_several_rows_at_once_and_those_that_are_there_stay(paid):
    booking = make_booking(paid)
    JoinLink.objects.filter(party=Party.HOST).delete()
    links = [JoinLink(booking=booking, party=party, fingerprint=f"new {party}") for party in Party]
    statements.insert(*links, or_keep=True)
    found = dict(JoinLink.objects.values_list("party", "fingerprint"))
    assert found[Party.HOST] == "new host"
    assert found[Party.ATTENDEE] not in {"", "new attendee"}
    with pytest.raises(IntegrityError), transaction.atomic():
        statements.insert(*links)


def test_a_change_where_all_is_as_asked_for(paid, attendee):
    booking, other = make_booking(paid, attendee), make_booking(paid, attendee)
    given = {"note": "50 % 🎈", "cancelled_at": clock.now(), "no_show_party": ""}
    assert statements.update(Booking, given, id=booking.pk, status=("confirmed", "expired")) == 1
    booking.refresh_from_db()
    assert {name: getattr(booking, name) for name in given} == given
    assert statements.update(Booking, {"note": "x"}, id=booking.pk, status=("cancelled", "expired")) == 0
    assert statements.update(Booking, {"cancelled_at": None}, id=(booking.pk, other.pk)) == 2
    other.refresh_from_db()
    assert (other.note, other.cancelled_at) == ("", None)


def test_a_change_where_something_is_empty(paid):
    booking = make_booking(paid)
    assert statements.update(Booking, {"cancelled_at": clock.now()}, id=booking.pk, cancelled_at=None) == 1
    assert statements.update(Booking, {"note": "x"}, id=booking.pk, cancelled_at=None) == 0
