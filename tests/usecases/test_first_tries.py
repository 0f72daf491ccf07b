"""Is a platform that must look for an earlier try's room spared the looking when there was none? (LINK-4)"""

from datetime import timedelta

import pytest

from duologue.core.errors import Permanent, Retryable
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.video.models import MeetingLink
from tests import scripted_platforms
from tests.scripted_platforms import First
from tests.sold import sell

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


class Death(BaseException):
    """The worker dies."""


@pytest.fixture(autouse=True)
def asked(monkeypatch, settings) -> list[bool]:
    """What a platform that looks first was told at each asking: whether it is the first."""
    settings.DUOLOGUE_VIDEO_DEFAULT, settings.DUOLOGUE_VIDEO_BACKUPS = "first", ["builtin"]
    monkeypatch.setattr("duologue.notifications.sending.send_mail", lambda now, mail_id: None)
    scripted_platforms.install(monkeypatch)
    told: list[bool] = []
    make = First.create_meeting

    def making(self, request, **how):
        told.append(request.is_first_try)
        return make(self, request, **how)

    monkeypatch.setattr(First, "create_meeting", making)
    monkeypatch.setattr(First, "clear_up", lambda self, request, **how: None, raising=False)
    monkeypatch.setattr(First, "looks_first", True, raising=False)
    return told


def seen_to(booking) -> bool:
    """Whether something looks later for what may be there."""
    return Job.objects.filter(name="clear_up", args__booking_id=str(booking.pk)).exists()


def test_the_first_try_finds_nothing_and_leaves_nothing_to_look_for(asked, paid):
    booking = sell(paid)
    run_due(booking.confirmed_at + SECOND)
    assert MeetingLink.objects.get(booking=booking, status="ready").platform == "first"
    assert (asked, seen_to(booking)) == ([True], False)


def test_after_no_answer_it_is_looked_for(asked, paid):
    booking = sell(paid)
    First.script.append(Retryable("Silent."))
    run_due(booking.confirmed_at + SECOND)
    assert seen_to(booking)
    run_due(booking.confirmed_at + 10 * SECOND)
    assert asked == [True, False]


def test_after_a_death_it_is_looked_for(asked, paid):
    booking = sell(paid)

    def die():
        assert seen_to(booking)
        raise Death

    First.script.append(die)
    with pytest.raises(Death):
        run_due(booking.confirmed_at + SECOND)
    Job.objects.filter(name="make_link").update(state="waiting", attempts=0)
    run_due(booking.confirmed_at + 2 * SECOND)
    assert asked == [True, False]


def test_a_refusal_leaves_nothing_to_look_for(asked, paid):
    booking = sell(paid)
    First.script.append(Permanent("No."))
    run_due(booking.confirmed_at + SECOND)
    assert (asked, seen_to(booking)) == ([True], False)
