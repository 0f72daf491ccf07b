"""Does a process killed while it moves a session lose or double anything? Killed before its n-th statement.

A child process moves a paid session and works off what that owes: the room, the mails. It dies by SIGKILL
before its n-th statement. Then the person presses again and a new worker goes on; in the end the session is
at its new time once, with the old time free, and everything else as it was.
"""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from duologue.bookings.models import Booking, JoinLink, Reschedule
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import Payment, Refund
from duologue.usecases.find_slots import open_slots
from duologue.usecases.reschedule import reschedule
from duologue.video.models import MeetingLink
from tests.cast import make_event_type, make_host, make_user
from tests.crash.dying import FINISHED, KILLED, STRIDE, die_before
from tests.notifications.conftest import Mailbox, mailbox  # noqa: F401 (a fixture)
from tests.sold import sell

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


def move_it(booking: Booking, to: datetime, now: datetime) -> None:
    """What a person and the worker do; every step may find its work done already."""
    own = Booking.objects.select_related("host__user").get(pk=booking.pk)
    reschedule(own, to, by=Actor("attendee"), now=now)
    run_due(now)


def go_on_after_restart(booking: Booking, to: datetime, now: datetime) -> None:
    """The person presses again, and a new worker takes the dead one's jobs over."""
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=clock.now() - timedelta(hours=1))
    move_it(booking, to, now)
    run_due(now + timedelta(minutes=2))


def check_that_it_moved_once(booking: Booking, to: datetime, mails: Mailbox) -> None:
    old = booking.starts_at
    booking.refresh_from_db()
    assert (booking.status, booking.starts_at, booking.ics_sequence) == (Status.CONFIRMED, to, 1)
    assert booking.first_starts_at == old
    assert Reschedule.objects.filter(booking=booking).count() == 1
    assert Job.objects.get(key=f"start:{booking.pk}").run_at == to
    assert Payment.objects.get(booking=booking).status == Payment.Status.SUCCEEDED
    assert not Refund.objects.exists()
    assert JoinLink.objects.filter(booking=booking, generation=1).count() == 2
    assert MeetingLink.objects.get(booking=booking).status == MeetingLink.Status.READY
    told = OutgoingMail.objects.filter(booking=booking, template="session_moved")
    assert sorted(told.values_list("party", "state")) == [("attendee", "sent"), ("host", "sent")]
    ours = {str(mail.pk) for mail in told}
    arrived = {one["Message-ID"] for one in mails.messages if one["Message-ID"][1:].split("@")[0] in ours}
    assert len(arrived) == 2, "a repeat is the same mail to whoever keeps it"


def test_killed_before_any_statement_nothing_is_lost_or_doubled(mailbox, transactional_db):  # noqa: F811
    offer = make_event_type(make_host(make_user("naoko@people.example")), price=6500)
    killed = statement = 0
    while True:
        booking, now = sell(offer), clock.now()
        run_due(now)
        to = datetime.fromtimestamp(open_slots(offer, now + 5 * DAY, now + 60 * DAY, now=now)[0], UTC)
        ended = die_before(statement, partial(move_it, booking, to, now))
        assert ended in {FINISHED, KILLED}
        go_on_after_restart(booking, to, now)
        check_that_it_moved_once(booking, to, mailbox)
        mailbox.envelopes.clear()
        if ended == FINISHED:
            break
        killed, statement = killed + 1, statement + STRIDE
    assert killed > 10
