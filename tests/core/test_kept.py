"""Do rows asked for by a kept query read like those the ORM fetches?"""

from datetime import timedelta

from django.db import models
from django.db.models import Exists, Max, OuterRef

from duologue.bookings.models import Booking, BookingTransition
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.core.ids import uuid7
from duologue.core.kept import Kept, given
from tests.cast import make_booking

_WITH_PEOPLE = Kept(
    lambda: Booking.objects.select_related("host__user", "attendee").filter(
        pk=given("id"), status__in=[Status.CONFIRMED.value, Status.COMPLETED.value]
    )
)
_AFTER = Kept(
    lambda: Booking.objects.only("starts_at").filter(starts_at__gt=given("at")).order_by("-starts_at")
)
_WITH_COUNTS = Kept(
    lambda: (
        Booking.objects.select_related("attendee")
        .annotate(
            begun=Max("transitions__at"),
            mine=Exists(Booking.objects.filter(pk=OuterRef("pk"), note=given("note"))),
        )
        .filter(pk=given("id"))
    )
)


def _facts(row: models.Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_every_column_arrives_and_so_do_the_people(paid, attendee, django_assert_num_queries):
    booking = make_booking(paid, attendee, note="a note")
    for _ in range(2):
        with django_assert_num_queries(1):
            found = _WITH_PEOPLE.first(id=booking.pk)
            assert (found.host.user.pk, found.attendee) == (paid.host.user_id, attendee)
        assert _facts(found) == _facts(Booking.objects.get(pk=booking.pk))
        assert _facts(found.host.user) == _facts(booking.host.user)


def test_a_related_row_that_is_not_there_is_none(paid, django_assert_num_queries):
    booking = make_booking(paid)
    found = _WITH_PEOPLE.first(id=booking.pk)
    with django_assert_num_queries(0):
        assert found.attendee is None


def test_each_asking_has_values_of_its_own(paid, attendee):
    booking = make_booking(paid, attendee)
    assert _WITH_PEOPLE.first(id=uuid7(booking.created_at)) is None
    assert _WITH_PEOPLE.first(id=booking.pk) == booking
    assert _WITH_PEOPLE.first(id=None) is None


def test_a_row_can_be_changed_and_saved(paid, attendee):
    booking = make_booking(paid, attendee)
    found = _WITH_PEOPLE.first(id=booking.pk)
    found.note = "changed"
    found.save()
    assert Booking.objects.get(pk=booking.pk).note == "changed"


def test_part_of_the_columns_in_an_order(paid, attendee, django_assert_num_queries):
    booking = make_booking(paid, attendee)
    with django_assert_num_queries(1):
        (found,) = _AFTER.all(at=booking.starts_at - timedelta(seconds=1))
        assert found.starts_at == booking.starts_at
    assert found.note == booking.note
    assert _AFTER.all(at=booking.starts_at) == []


def test_what_is_annotated_comes_along(paid, attendee):
    booking = make_booking(paid, attendee, note="a note")
    at = clock.now()
    BookingTransition.objects.create(booking=booking, to_status="confirmed", at=at, actor="system")
    found = _WITH_COUNTS.first(id=booking.pk, note="a note")
    assert (found.begun, found.mine, found.attendee) == (at, True, attendee)
    assert not _WITH_COUNTS.first(id=booking.pk, note="another").mine
