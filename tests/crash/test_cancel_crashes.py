"""Does a process killed while it cancels lose or double anything? Killed before its n-th statement.

A child process cancels a paid session and works off what that owes: the refund, the room, the mails. It dies
by SIGKILL before its n-th statement. Then the person tries again and a new worker goes on;
in the end everything stands once.
"""

from datetime import datetime, timedelta
from functools import partial

import pytest

from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.errors import Refused
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import Payment, Receipt, Refund, SandboxCheckout
from duologue.usecases import timers
from duologue.usecases.cancel import cancel
from duologue.video.models import MeetingLink
from tests.cast import make_event_type, make_host, make_user
from tests.crash.dying import FINISHED, KILLED, STRIDE, die_before
from tests.notifications.conftest import Mailbox, mailbox  # noqa: F401 (a fixture)
from tests.sold import sell

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]


def give_up(booking: Booking, now: datetime) -> None:
    """What a person and the worker do, step by step; every step may find its work done already."""
    own = Booking.objects.select_related("host").get(pk=booking.pk)
    try:
        cancel(own, by=Actor("attendee"), reason="plans_changed", words="Something came up.", now=now)
    except Refused as refusal:
        if refusal.code != "already_cancelled":
            raise
    run_due(now)


def go_on_after_restart(booking: Booking, now: datetime) -> None:
    """The person presses again, and a new worker takes the dead one's jobs over."""
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=clock.now() - timedelta(hours=1))
    give_up(booking, now)
    run_due(now + timedelta(minutes=2))


def check_that_all_is_done_once(booking: Booking, mails: Mailbox) -> None:
    booking.refresh_from_db()
    assert (booking.status, booking.ics_sequence) == (Status.CANCELLED, 1)
    assert booking.transitions.filter(to_status="cancelled").count() == 1
    assert not Job.objects.filter(key__in=timers.keys(booking)).exists()
    refund = Refund.objects.get(payment__booking=booking)
    assert (refund.status, refund.money) == (Refund.Status.SUCCEEDED, booking.price)
    assert SandboxCheckout.objects.get(key=refund.attempt_id).refund_key == refund.pk
    assert Payment.objects.get(booking=booking).status == Payment.Status.SUCCEEDED
    link = MeetingLink.objects.get(booking=booking)
    assert link.status == MeetingLink.Status.DELETED
    assert link.deleted_at is not None
    told = OutgoingMail.objects.filter(booking=booking, template="session_cancelled")
    assert sorted(told.values_list("party", "state")) == [("attendee", "sent"), ("host", "sent")]
    ours = {str(mail.pk) for mail in told}
    arrived = {one["Message-ID"] for one in mails.messages if one["Message-ID"][1:].split("@")[0] in ours}
    assert len(arrived) == 2, "a repeat is the same mail to whoever keeps it"
    assert Receipt.objects.filter(refund=refund).count() <= 1


def test_killed_before_any_statement_nothing_is_lost_or_doubled(mailbox, transactional_db):  # noqa: F811
    offer = make_event_type(make_host(make_user("naoko@people.example")), price=6500)
    killed = statement = 0
    while True:
        booking, now = sell(offer), clock.now()
        run_due(now)
        ended = die_before(statement, partial(give_up, booking, now))
        assert ended in {FINISHED, KILLED}
        go_on_after_restart(booking, now)
        check_that_all_is_done_once(booking, mailbox)
        mailbox.envelopes.clear()
        if ended == FINISHED:
            break
        killed, statement = killed + 1, statement + STRIDE
    assert killed > 15
