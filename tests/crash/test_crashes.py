"""Does a process killed at any moment lose anything? Killed before every single statement of the journey.

A child process books, pays, settles and mails, and dies by SIGKILL just before its n-th statement. Then the
person tries again and the worker goes on, as after a restart; in the end everything stands once: one booking,
one payment, one room, one mail in effect for each.
"""

from datetime import datetime, timedelta
from functools import partial

import pytest

from duologue.bookings.models import Booking, JoinLink
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.core.errors import Refused
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import CheckoutAttempt, Payment, Receipt, Refund, SandboxCheckout
from duologue.payments.providers.sandbox import SandboxProvider
from duologue.scheduling.models import EventType
from duologue.usecases.begin_checkout import begin_checkout
from duologue.usecases.book import Wish, book
from duologue.usecases.give_details import Details, give_details
from duologue.usecases.settle_payment import settle_payment
from duologue.video.models import MeetingLink
from tests.cast import make_event_type, make_host, make_user
from tests.crash.dying import FINISHED, KILLED, STRIDE, die_before
from tests.notifications.conftest import Mailbox, mailbox  # noqa: F401 (a fixture)
from tests.sold import open_start

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

BROWSER, ADDRESS = "b" * 64, "amara@obi.example"


def journey(offer_id: int, at: datetime, now: datetime) -> None:
    """What a person and the worker do, step by step; every step may find its work done already."""
    booking = book(Wish(event_type_id=offer_id, starts_at=at, browser=BROWSER), now=now)
    give_details(booking, Details(name="Amara Obi", email=ADDRESS), now=now)
    begin_checkout(booking, now=now)
    attempt = CheckoutAttempt.objects.get(payment__booking=booking)
    SandboxProvider().pay(attempt.external_id)
    settle_payment(attempt.pk, now=now)
    run_due(now)


def go_on_after_restart(offer_id: int, at: datetime, now: datetime) -> None:
    """The person tries again where they can, and a new worker takes the dead one's jobs over."""
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=clock.now() - timedelta(hours=1))
    try:
        journey(offer_id, at, now)
    except Refused as refusal:
        # The hold of the first try is no hold any more: it is the booking.
        if refusal.code not in {"slot_taken", "not_held"}:
            raise
    for attempt in CheckoutAttempt.objects.exclude(status=CheckoutAttempt.Status.PAID):
        settle_payment(attempt.pk, now=now)
    run_due(now + timedelta(minutes=2))


def check_that_all_stands_once(mails: Mailbox) -> None:
    booking = Booking.objects.get()
    assert booking.status == Status.CONFIRMED
    moves = list(booking.transitions.values_list("to_status", flat=True))
    assert sorted(moves) == ["confirmed", "pending_payment"]
    assert Payment.objects.get().status == Payment.Status.SUCCEEDED
    assert SandboxCheckout.objects.filter(state=SandboxCheckout.State.PAID).count() == 1
    assert not Refund.objects.exists()
    assert Receipt.objects.count() == 1
    assert JoinLink.objects.count() == 2
    assert MeetingLink.objects.get().status == MeetingLink.Status.READY
    assert set(OutgoingMail.objects.values_list("state", flat=True)) == {"sent"}
    assert len({(one["To"], one["Message-ID"]) for one in mails.messages}) == 2
    waiting = set(Job.objects.values_list("name", flat=True))
    assert waiting == {"start", "complete", "remind"}


def test_killed_before_any_statement_nothing_is_lost(mailbox, transactional_db):  # noqa: F811
    killed = 0
    offer = make_event_type(make_host(make_user("naoko@people.example")), price=6500)
    statement = 0
    while True:
        now = clock.now()
        at = open_start(offer, now)
        ended = die_before(statement, partial(journey, offer.pk, at, now))
        assert ended in {FINISHED, KILLED}
        go_on_after_restart(offer.pk, at, now)
        check_that_all_stands_once(mailbox)
        forget_everything_but(offer)
        mailbox.envelopes.clear()
        if ended == FINISHED:
            break
        killed, statement = killed + 1, statement + STRIDE
    assert killed > 15


def forget_everything_but(offer: EventType) -> None:
    money = (Receipt, Refund, CheckoutAttempt, Payment, SandboxCheckout)
    for model in (OutgoingMail, MeetingLink, *money, Job, Booking):
        model.objects.all().delete()
