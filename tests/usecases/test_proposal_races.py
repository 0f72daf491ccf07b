"""Whoever meets the acceptance of a proposed time at the same instant: is there one outcome?"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from duologue.bookings.models import Booking, Proposal, Reschedule
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.payments.models import Refund
from duologue.usecases.answer_proposal import accept, decline
from duologue.usecases.book import Wish, book
from duologue.usecases.cancel import cancel
from duologue.usecases.find_slots import open_slots
from duologue.usecases.propose_times import propose, withdraw
from duologue.usecases.reschedule import reschedule
from tests.cast import make_event_type, make_host, make_user
from tests.side_by_side import DONE, at_once, in_the_midst
from tests.sold import sell

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)
STRIDE = 6


@pytest.fixture
def offer(transactional_db: None):
    return make_event_type(make_host(make_user(name="Naoko Ishida")), price=6500)


def proposed(offer):
    """A session and three times for it."""
    now = clock.now()
    booking = sell(offer, make_user(name="Amara Obi"))
    found = open_slots(offer, now + 5 * DAY, now + 40 * DAY, now=now)[:12:4]
    times = [datetime.fromtimestamp(one, UTC) for one in found]
    return booking, times, propose(booking, times, now=now)


def own(booking):
    return Booking.objects.select_related("host__user").get(pk=booking.pk)


def accepting(booking, proposal, to):
    return partial(accept, own(booking), proposal.pk, to, by=Actor("attendee"), now=clock.now())


def against_booking(booking, times, proposal):
    return partial(book, Wish(booking.event_type_id, times[0], browser=booking.pk.hex * 2), now=clock.now())


def against_withdrawing(booking, times, proposal):
    return partial(withdraw, own(booking), proposal.pk, now=clock.now())


def against_declining(booking, times, proposal):
    return partial(decline, own(booking), proposal.pk, now=clock.now())


def against_moving(booking, times, proposal):
    return partial(reschedule, own(booking), times[2], by=Actor("host"), now=clock.now())


def against_cancelling(booking, times, proposal):
    return partial(cancel, own(booking), by=Actor("host"), reason="other", now=clock.now())


def against_another_time(booking, times, proposal):
    return accepting(booking, proposal, times[1])


OVER = "proposal_over"
ALLOWED = {
    against_booking: [[DONE, "slot_taken"], ["slot_taken", DONE]],
    against_withdrawing: [[DONE, OVER], [OVER, DONE]],
    against_declining: [[DONE, OVER], [OVER, DONE]],
    against_moving: [[DONE, "moved"], ["moved", DONE]],
    against_cancelling: [[DONE, "moved"], ["already_cancelled", DONE]],
    against_another_time: [[DONE, OVER], [OVER, DONE]],
}


def check(booking, times, *, accepted):
    booking.refresh_from_db()
    assert Reschedule.objects.filter(booking=booking).count() == booking.ics_sequence - (
        booking.status == Status.CANCELLED
    )
    state = Proposal.objects.get(booking=booking).state
    assert (state == "accepted") == (accepted or booking.starts_at == times[1])
    assert Refund.objects.filter(payment__booking=booking).exists() == (booking.status == Status.CANCELLED)
    claiming = Booking.objects.filter(starts_at=times[0]).exclude(status__in=["cancelled", "expired"])
    assert claiming.count() <= 1


@pytest.mark.parametrize("other", list(ALLOWED))
def test_at_one_instant(offer, other):
    for _ in range(3):
        booking, times, proposal = proposed(offer)
        ended = at_once(accepting(booking, proposal, times[0]), other(booking, times, proposal))
        assert ended in ALLOWED[other]
        check(booking, times, accepted=ended[0] == DONE)


@pytest.mark.parametrize("other", [against_booking, against_withdrawing, against_moving])
def test_in_the_midst(offer, other):
    statement, is_on = 0, True
    while is_on:
        booking, times, proposal = proposed(offer)
        first, second = accepting(booking, proposal, times[0]), other(booking, times, proposal)
        *ended, is_on = in_the_midst(first, second, statement)
        assert ended in ALLOWED[other]
        check(booking, times, accepted=ended[0] == DONE)
        statement += STRIDE


def test_two_tabs_accept_one_time(offer):
    booking, times, proposal = proposed(offer)
    assert at_once(*[accepting(booking, proposal, times[0])] * 3) == [DONE] * 3
    check(booking, times, accepted=True)


def test_one_time_proposed_for_two_sessions_goes_to_one(offer):
    booking, times, proposal = proposed(offer)
    other = sell(offer, make_user())
    same = propose(other, times, now=clock.now())
    ended = at_once(accepting(booking, proposal, times[0]), accepting(other, same, times[0]))
    assert Counter(ended) == {DONE: 1, "slot_taken": 1}
