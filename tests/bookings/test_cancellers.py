"""Who is flagged for cancelling often? (CANCEL-4)"""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from duologue.bookings import cancellers
from duologue.bookings.models import CannotCome
from duologue.bookings.policy import cancels_often
from duologue.bookings.states import Status
from tests.cast import make_booking, make_event_type, make_host, make_user

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("latest_first", "often"),
    [
        ("", False),
        ("CC", False),
        ("CCC", True),
        ("C-C-C", True),
        ("--C--C-C", True),
        ("--C--C--C", False),
        ("CC------CCCC", False),
        ("CCCCCCCCCC", True),
    ],
)
def test_three_of_the_last_eight(latest_first, often):
    assert cancels_often([letter == "C" for letter in latest_first]) is often


@pytest.fixture
def past_of(paid):
    """Makes sessions of somebody, the latest last: C cancelled by them, c by the other, - took place."""

    days = count(1)

    def make(letters, *, party="attendee", **who):
        other = "host" if party == "attendee" else "attendee"
        for letter in letters:
            at = NOW - (60 - next(days)) * DAY
            by = {"C": party, "c": other, "O": "operator"}.get(letter)
            fields = {"starts_at": at, "cancelled_at": at - DAY if by else None, "cancelled_by": by or ""}
            if letter == "O":
                fields["cancellation_reason"] = f"{party}_cannot_come"
            status = Status.CANCELLED if by else Status.COMPLETED
            made = make_booking(paid, status=status, **{**fields, **who})
        return made

    return make


def flagged():
    return [(one.person.name, one.cancelled, len(one.sessions)) for one in cancellers.frequent(NOW)]


@pytest.mark.django_db
class TestCounting:
    @pytest.mark.parametrize("letters", ["CC", "CCcc", "C-------CC------", "OO"])
    def test_too_few_are_not_flagged(self, past_of, attendee, letters):
        past_of(letters, attendee=attendee)
        assert flagged() == []

    def test_who_is_cancelled_on_is_not_flagged(self, past_of, attendee):
        past_of("cccc", attendee=attendee)
        assert flagged() == [("Naoko Ishida", 4, 4)]

    def test_an_attendee(self, past_of, attendee):
        past_of("-cCC-C", attendee=attendee)
        assert flagged() == [("Amara Obi", 3, 6)]

    def test_a_host_by_the_hand_of_operators_too(self, past_of, attendee):
        past_of("CO-O", party="host", attendee=attendee)
        assert flagged() == [("Naoko Ishida", 3, 4)]

    def test_a_host_who_told_us(self, past_of, attendee):
        for status in (Status.CANCELLED, Status.NO_SHOW, Status.NO_SHOW):
            made = past_of("-", attendee=attendee)
            cancelled_at = NOW - DAY if status is Status.CANCELLED else None
            made.__class__.objects.filter(pk=made.pk).update(status=status, cancelled_at=cancelled_at)
            assert flagged() == []
            CannotCome.objects.create(booking=made, at=NOW - DAY)
        assert flagged() == [("Naoko Ishida", 3, 3)]

    def test_a_host_who_came_after_all_did_not_cancel(self, past_of, attendee):
        for _ in range(3):
            CannotCome.objects.create(booking=past_of("-", attendee=attendee), at=NOW - DAY)
        assert flagged() == []

    def test_a_guest_by_the_address(self, past_of):
        past_of("CCC", attendee_email="guest@people.example", attendee_name="Gus Guest")
        past_of("CC", attendee_email="other@people.example", attendee_name="Other")
        assert flagged() == [("Gus Guest", 3, 3)]

    def test_both_sides_of_one_person_are_one(self, past_of, host):
        past_of("CC", party="host")
        assert flagged() == []
        elsewhere = make_event_type(make_host(make_user()))
        at = NOW - 10 * DAY
        make_booking(
            elsewhere,
            host.user,
            starts_at=at,
            status=Status.CANCELLED,
            cancelled_by="attendee",
            cancelled_at=at - DAY,
        )
        assert flagged() == [("Naoko Ishida", 3, 3)]

    def test_the_latest_eight_only_and_not_what_lies_ahead(self, past_of, paid, attendee):
        past_of("CCC--------", attendee=attendee)
        make_booking(paid, attendee, starts_at=NOW + DAY)
        assert flagged() == []

    def test_what_was_cancelled_now_counts_now(self, paid, attendee):
        for number in range(3):
            make_booking(
                paid,
                attendee,
                starts_at=NOW + (20 + number) * DAY,
                status=Status.CANCELLED,
                cancelled_by="attendee",
                cancelled_at=NOW,
            )
        (one,) = cancellers.frequent(NOW)
        assert (one.cancelled, one.short_before) == (3, 0)
        assert one.sessions[0].other.name == "Naoko Ishida"

    def test_within_two_days_before_is_told_apart(self, past_of, attendee):
        past_of("CCC", attendee=attendee)
        (one,) = cancellers.frequent(NOW)
        assert one.short_before == 3

    def test_after_a_year_it_is_forgotten(self, past_of, attendee):
        past_of("CCC", attendee=attendee)
        assert cancellers.frequent(NOW + cancellers.LOOKS_BACK) == []

    def test_it_costs_the_same_whoever_cancels(self, past_of, attendee, django_assert_max_num_queries):
        past_of("CCC", attendee=attendee)
        with django_assert_max_num_queries(3):
            cancellers.frequent(NOW)
