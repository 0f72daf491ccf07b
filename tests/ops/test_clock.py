"""Does the clock page move the product's clock, in development and nowhere else?"""

from datetime import timedelta

import pytest

from duologue.core import clock
from tests.cast import make_booking

pytestmark = pytest.mark.usefixtures("own_clock")


@pytest.mark.parametrize(
    ("step", "seconds"), [("minute", 60), ("ten-minutes", 600), ("hour", 3600), ("day", 86400)]
)
def test_it_moves_on(step, seconds, as_nobody):
    as_nobody.post("/clock", {"to": step})
    as_nobody.post("/clock", {"to": step})
    assert clock.offset() == timedelta(seconds=2 * seconds)
    assert b"The clock was moved." in as_nobody.get("/clock").content
    as_nobody.post("/clock", {"to": "reset"})
    assert clock.offset() == timedelta()


def test_it_goes_to_just_before_one_s_next_session(paid, attendee, as_attendee, as_stranger):
    booking = make_booking(paid, attendee)
    as_attendee.post("/clock", {"to": "session"})
    assert abs(booking.starts_at - timedelta(minutes=10) - clock.now()) < timedelta(minutes=1)
    before = clock.offset()
    as_stranger.post("/clock", {"to": "session"})
    as_attendee.post("/clock", {"to": "session"})
    assert abs(clock.offset() - before) < timedelta(minutes=1)


@pytest.mark.parametrize("asked", ["", "nonsense", "session", "-1", "9" * 30])
def test_nonsense_moves_nothing(asked, as_nobody):
    assert as_nobody.post("/clock", {"to": asked}).status_code == 302
    assert clock.offset() == timedelta()


def test_it_does_not_run_away(as_nobody):
    clock.set_offset(timedelta(days=5 * 366))
    as_nobody.post("/clock", {"to": "day"})
    assert clock.offset() == timedelta(days=5 * 366)


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_it_is_not_there_elsewhere(environment, as_operator, settings):
    settings.ENV = environment
    assert as_operator.get("/clock").status_code == 404
    assert as_operator.post("/clock", {"to": "day"}).status_code == 404
    assert clock.offset() == timedelta()


def test_it_is_not_there_for_other_machines(as_operator):
    assert as_operator.post("/clock", {"to": "day"}, REMOTE_ADDR="192.0.2.1").status_code == 404
    assert clock.offset() == timedelta()


def test_it_shows_the_very_minute_it_was_moved_to(paid, attendee, as_attendee):
    booking = make_booking(paid, attendee)
    as_attendee.post("/clock", {"to": "session"})
    assert clock.now() >= booking.starts_at - timedelta(minutes=10)


def test_it_says_why_there_is_nothing_to_go_to(paid, attendee, as_attendee, as_nobody):
    booking = make_booking(paid, attendee)
    assert "Book one, or sign in." in as_nobody.get("/clock").content.decode()
    clock.set_offset(booking.starts_at - timedelta(minutes=5) - clock.machine())
    assert "starts within ten minutes" in as_attendee.get("/clock").content.decode()
