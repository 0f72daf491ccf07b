"""Is who has not come told that the other one waits: once, in time, and never in vain?"""

from datetime import UTC, datetime, timedelta

import pytest

from duologue.bookings.models import CannotCome
from duologue.bookings.states import Status
from duologue.calls.models import Join, Presence, Sighting
from duologue.jobs.models import Job
from duologue.notifications import letters, rendering
from duologue.notifications.models import OutgoingMail
from duologue.usecases import progress, timers
from duologue.usecases.tell_waiting import tell_waiting
from tests.cast import make_booking

pytestmark = pytest.mark.django_db
START = datetime(2036, 10, 22, 14, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def booking(paid, attendee):
    return make_booking(paid, attendee, starts_at=START)


def at_door(booking, party: str, arrived, seen, **more):
    return Presence.objects.create(
        booking=booking,
        party=party,
        epoch=f"{party}-{arrived}"[:36],
        arrived_at=arrived,
        seen_at=seen,
        **more,
    )


def look(booking, at):
    tell_waiting(at, str(booking.pk), booking.starts_at.isoformat())


def owed() -> list[tuple[str, str]]:
    return [(mail.template, mail.party) for mail in OutgoingMail.objects.all()]


def next_look(booking):
    return Job.objects.get(key=f"tell_waiting:{booking.pk}").run_at


@pytest.mark.parametrize(("waiter", "missing"), [("host", "attendee"), ("attendee", "host")])
def test_the_missing_one_is_written_to_once(booking, waiter, missing):
    at = START + 2 * MINUTE
    at_door(booking, waiter, START - MINUTE, at)
    look(booking, at)
    look(booking, at)
    assert owed() == [("other_waits", missing)]
    mail = OutgoingMail.objects.get()
    assert letters.why_not(mail, at) == ""
    rendered = rendering.render(mail, at)
    waits = booking.host.user.name if waiter == "host" else booking.attendee.name
    assert rendered.subject == f"{waits} is waiting for you"
    assert "/j/" in rendered.text
    assert rendered.unsubscribe


def test_who_waits_to_be_let_in_waits(booking):
    at = START + 2 * MINUTE
    at_door(booking, "attendee", START - MINUTE, at, knocked_at=START)
    look(booking, at)
    assert owed() == [("other_waits", "host")]


def test_the_start_sets_the_look(booking):
    progress.start(START, str(booking.pk))
    assert next_look(booking) == START + 2 * MINUTE
    assert f"tell_waiting:{booking.pk}" in timers.keys(booking)


def test_who_came_late_is_given_two_minutes(booking):
    at = START + 2 * MINUTE
    at_door(booking, "host", START + MINUTE, at)
    look(booking, at)
    assert owed() == []
    assert next_look(booking) == START + 3 * MINUTE


def test_nobody_there_is_looked_at_again_for_a_while(booking):
    look(booking, START + 2 * MINUTE)
    assert next_look(booking) == START + 3 * MINUTE
    Job.objects.all().delete()
    look(booking, START + 20 * MINUTE)
    assert not Job.objects.exists()
    assert owed() == []


def test_a_platforms_word_counts(booking):
    Sighting.objects.create(booking=booking, party="host", platform="zoom", at=START, external_id="1")
    look(booking, START + 2 * MINUTE)
    assert owed() == [("other_waits", "attendee")]


@pytest.mark.parametrize("sign", ["presence", "sighting", "join"])
def test_who_comes_is_not_called(booking, sign):
    at = START + 2 * MINUTE
    at_door(booking, "host", START, at, entered_at=START)
    if sign == "presence":
        at_door(booking, "attendee", START, at)
    elif sign == "sighting":
        Sighting.objects.create(booking=booking, party="attendee", platform="zoom", at=at, external_id="1")
    else:
        Join.objects.create(booking=booking, party="attendee", way="join_link", platform="zoom", at=at)
    look(booking, at)
    assert owed() == []


def test_who_went_away_does_not_wait(booking):
    at = START + 2 * MINUTE
    at_door(booking, "host", START - MINUTE, START, left_at=START)
    look(booking, at)
    assert owed() == []


def test_who_said_that_they_cannot_come_is_not_called(booking):
    at = START + 2 * MINUTE
    at_door(booking, "attendee", START, at)
    CannotCome.objects.create(booking=booking, at=START - MINUTE, words="")
    look(booking, at)
    assert owed() == []
    assert not Job.objects.exists()


def test_the_mail_stays_away_when_they_come_meanwhile(booking):
    at = START + 2 * MINUTE
    at_door(booking, "host", START, at)
    look(booking, at)
    at_door(booking, "attendee", at, at)
    assert "nobody waits" in letters.why_not(OutgoingMail.objects.get(), at)


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.NO_SHOW, Status.COMPLETED])
def test_what_is_not_on_is_left_alone(booking, status):
    at = START + 2 * MINUTE
    at_door(booking, "host", START, at)
    booking.status = status.value
    booking.save()
    look(booking, at)
    assert owed() == []


def test_a_look_for_another_time_is_over(booking):
    at = START + 2 * MINUTE
    at_door(booking, "host", START, at)
    tell_waiting(at, str(booking.pk), (START - timedelta(days=1)).isoformat())
    assert owed() == []
