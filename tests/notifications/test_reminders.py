"""Are both reminded a day and an hour before, and nobody twice or in vain?"""

from datetime import UTC, datetime, timedelta

import pytest

from duologue.bookings.states import Status
from duologue.notifications.models import OutgoingMail
from duologue.notifications.reminders import remind
from tests.cast import make_booking

START = datetime(2026, 10, 22, 7, 30, tzinfo=UTC)
DAY_BEFORE = START - timedelta(hours=24)


@pytest.fixture
def booking(paid, attendee):
    return make_booking(paid, attendee, starts_at=START)


def test_both_are_reminded_once(booking):
    for kind, at in (("day", DAY_BEFORE), ("hour", START - timedelta(hours=1))):
        remind(at, str(booking.pk), kind)
        remind(at, str(booking.pk), kind)
    owed = {(mail.template, mail.party) for mail in OutgoingMail.objects.all()}
    assert owed == {(f"reminder_{kind}", party) for kind in ("day", "hour") for party in ("host", "attendee")}
    assert OutgoingMail.objects.count() == 4


def test_a_moved_session_is_reminded_of_anew(booking):
    remind(DAY_BEFORE, str(booking.pk), "day")
    booking.ics_sequence = 1
    booking.save()
    remind(DAY_BEFORE, str(booking.pk), "day")
    assert OutgoingMail.objects.count() == 4


def test_the_attendee_may_do_without(booking):
    booking.wants_reminders = False
    booking.save()
    remind(DAY_BEFORE, str(booking.pk), "day")
    assert [mail.party for mail in OutgoingMail.objects.all()] == ["host"]


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.EXPIRED, Status.COMPLETED])
def test_nobody_is_reminded_of_what_will_not_be(booking, status):
    booking.status = status.value
    booking.save()
    remind(DAY_BEFORE, str(booking.pk), "day")
    assert not OutgoingMail.objects.exists()


def test_a_reminder_that_comes_after_the_start_stays_away(booking):
    remind(START, str(booking.pk), "hour")
    assert not OutgoingMail.objects.exists()


def test_a_booking_that_is_gone_is_no_error(db):
    remind(START, "00000000-0000-0000-0000-000000000000", "day")
