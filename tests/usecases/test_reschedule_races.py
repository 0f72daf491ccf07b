"""Whoever meets a move at the same instant: is there one outcome, and do the others hear what holds now?

Real threads on connections of their own, on both databases: several rounds from one instant on, then one in
the midst of the other, before its statements in turn.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from duologue.accounts.models import Host
from duologue.bookings.models import Booking, JoinLink, Reschedule
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.errors import Retryable
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import Payment, Refund
from duologue.usecases.book import Wish, book
from duologue.usecases.cancel import cancel
from duologue.usecases.find_slots import open_slots
from duologue.usecases.make_link import make_link
from duologue.usecases.progress import start
from duologue.usecases.reschedule import reschedule
from duologue.video import registry
from duologue.video.models import MeetingLink
from tests.cast import make_event_type, make_host, make_user
from tests.side_by_side import DONE, Action, at_once, in_the_midst
from tests.slow_platform import SlowPlatform
from tests.sold import sell

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = range(5)
STRIDE = 3
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def offer(transactional_db: None):
    """Naoko's hour for EUR 65."""
    return make_event_type(make_host(make_user(name="Naoko Ishida")), price=6500)


@pytest.fixture
def attendee(transactional_db: None):
    return make_user("amara@people.example", name="Amara Obi")


def free(offer, count=1) -> list[datetime]:
    """Open starts, whole hours apart, and on any day of the week days after what is sold here.

    Who moves a session in its last second asks for a time that is not too soon even then.
    """
    now = clock.now()
    found = open_slots(offer, now + 8 * DAY, now + 60 * DAY, now=now)[::2]
    return [datetime.fromtimestamp(one, UTC) for one in found[:count]]


def moving(booking: Booking, to: datetime, kind: str = "attendee", *, now=None) -> Action:
    """As one whose page was loaded before: with a copy of the booking of their own."""
    own = Booking.objects.select_related("host__user").get(pk=booking.pk)
    return partial(reschedule, own, to, by=Actor(kind), now=now or clock.now())


def cancelling(booking: Booking, kind: str = "host", *, now=None) -> Action:
    own = Booking.objects.select_related("host__user").get(pk=booking.pk)
    return partial(cancel, own, by=Actor(kind), reason="other", now=now or clock.now())


def linking(booking: Booking) -> Action:
    """As a worker: the room that was asked for at the old time is asked for again."""

    def make() -> None:
        try:
            make_link(clock.now(), str(booking.pk))
        except Retryable:
            make_link(clock.now(), str(booking.pk))

    return make


def check_kept(booking: Booking) -> None:
    """Whatever the time: paid once, the same links, one claim, timers of the present time."""
    booking.refresh_from_db()
    assert Payment.objects.get(booking=booking).status == Payment.Status.SUCCEEDED
    assert JoinLink.objects.filter(booking=booking, generation=1).count() == 2
    moves = list(Reschedule.objects.filter(booking=booking))
    mails = OutgoingMail.objects.filter(booking=booking, template="session_moved")
    assert mails.count() == 2 * len(moves)
    if booking.status == Status.CONFIRMED:
        assert booking.ics_sequence == len(moves)
        assert not Refund.objects.filter(payment__booking=booking).exists()
        assert Job.objects.get(key=f"start:{booking.pk}").run_at == booking.starts_at
        assert Job.objects.get(key=f"remind_hour:{booking.pk}").run_at == booking.starts_at - 60 * MINUTE
    for move in moves[-1:]:
        assert move.to_starts_at == booking.starts_at
        assert booking.ends_at - booking.starts_at == booking.blocked_until - booking.blocked_from


def check_one_session_at(to: datetime) -> None:
    claiming = Booking.objects.filter(starts_at=to).exclude(status__in=["cancelled", "expired"])
    assert claiming.count() <= 1


def test_several_move_to_one_time_and_others_book_it(offer, attendee):
    for number in ROUNDS:
        (to,) = free(offer)
        sold = [sell(offer, make_user()) for _ in range(3)]
        actions = [moving(booking, to) for booking in sold]
        actions += [
            partial(book, Wish(offer.pk, to, browser=f"{letter}{number}" * 32), now=clock.now())
            for letter in "xyz"
        ]
        ended = Counter(at_once(*actions))
        assert ended == {DONE: 1, "slot_taken": 5}
        check_one_session_at(to)
        for booking in sold:
            check_kept(booking)


def test_two_move_one_session_to_different_times(offer, attendee):
    for _ in ROUNDS:
        booking, (first, second) = sell(offer, attendee), free(offer, 2)
        ended = at_once(moving(booking, first), moving(booking, second, "host"))
        assert sorted(ended) == [DONE, "moved"]
        check_kept(booking)
        assert booking.starts_at == (first if ended[0] == DONE else second)
        assert booking.ics_sequence == 1


def test_both_move_it_to_the_same_time(offer, attendee):
    for _ in ROUNDS:
        booking, (to,) = sell(offer, attendee), free(offer)
        assert at_once(moving(booking, to), moving(booking, to, "host")) == [DONE, DONE]
        check_kept(booking)
        assert (booking.starts_at, booking.ics_sequence) == (to, 1)


def test_two_sessions_change_places_by_a_free_time(offer, attendee):
    """Each wants where the other is: none gets it while the other is there."""
    for _ in ROUNDS:
        one, other = sell(offer, attendee), sell(offer, make_user())
        assert at_once(moving(one, other.starts_at), moving(other, one.starts_at)) == ["slot_taken"] * 2
        check_kept(one)
        check_kept(other)


def test_a_move_against_cancelling(offer, attendee):
    for number in ROUNDS:
        booking, (to,) = sell(offer, attendee), free(offer)
        ended = at_once(moving(booking, to), cancelling(booking))
        assert ended in ([DONE, "moved"], ["already_cancelled", DONE])
        check_kept(booking)
        moved = ended[0] == DONE
        assert booking.status == (Status.CONFIRMED if moved else Status.CANCELLED)
        assert Refund.objects.filter(payment__booking=booking).count() == (0 if moved else 1)
        if not moved:
            assert book(Wish(offer.pk, to, browser=f"{number}" * 64), now=clock.now()).starts_at == to


def before_start(booking: Booking, to: datetime) -> Action:
    """Read a moment before the last chance, and written when that has come for the timer."""
    Booking.objects.filter(pk=booking.pk).update(cancel_hours=0)
    return moving(booking, to, now=booking.starts_at - SECOND)


def test_a_move_against_the_start(offer, attendee):
    for _ in ROUNDS:
        booking, (to,) = sell(offer, attendee), free(offer)
        ended = at_once(before_start(booking, to), partial(start, booking.starts_at, str(booking.pk)))
        assert ended in ([DONE, DONE], ["too_late", DONE])
        booking.refresh_from_db()
        outcome = (Status.CONFIRMED, to) if ended[0] == DONE else (Status.IN_PROGRESS, booking.starts_at)
        assert (booking.status, booking.starts_at) == outcome


@pytest.fixture
def slow(offer, monkeypatch: pytest.MonkeyPatch) -> type[SlowPlatform]:
    """Naoko's sessions take place there."""
    monkeypatch.setitem(registry.PROVIDERS, "slow", "tests.slow_platform:SlowPlatform")
    Host.objects.update(video_order=["slow"])
    offer.host.refresh_from_db()
    SlowPlatform.forget()
    SlowPlatform.may_answer.set()
    return SlowPlatform


def test_a_move_against_the_making_of_its_room(offer, attendee, slow):
    for _ in ROUNDS:
        booking, (to,) = sell(offer, attendee), free(offer)
        assert at_once(moving(booking, to), linking(booking)) == [DONE, DONE]
        check_kept(booking)
        run_due(clock.now() + MINUTE)
        links = MeetingLink.objects.filter(booking=booking, status__in=["provisional", "ready"])
        assert links.get().platform == "slow"


# One in the midst of the other


def against_booking(booking, to):
    return partial(book, Wish(booking.event_type_id, to, browser=booking.pk.hex * 2), now=clock.now())


def against_cancelling(booking, to):
    return cancelling(booking)


def against_another(booking, to):
    return moving(booking, free(booking.event_type, 2)[1], "host")


def against_a_room(booking, to):
    return linking(booking)


ALLOWED = {
    against_booking: [[DONE, "slot_taken"], ["slot_taken", DONE]],
    against_cancelling: [[DONE, "moved"], ["already_cancelled", DONE]],
    against_another: [[DONE, "moved"], ["moved", DONE]],
    against_a_room: [[DONE, DONE]],
}


@pytest.mark.parametrize("is_outer", [True, False], ids=["during_move", "move_during"])
@pytest.mark.parametrize("other", list(ALLOWED))
def test_before_any_statement_of_the_one_the_other_may_come(offer, attendee, other, is_outer):
    statement, is_on = 0, True
    while is_on:
        booking, (to,) = sell(offer, attendee), free(offer)
        pair = [moving(booking, to), other(booking, to)]
        ended = dict.fromkeys(pair)
        outer, inner = pair if is_outer else reversed(pair)
        ended[outer], ended[inner], is_on = in_the_midst(outer, inner, statement)
        assert [ended[one] for one in pair] in ALLOWED[other]
        check_kept(booking)
        check_one_session_at(to)
        statement += STRIDE
    assert statement > STRIDE
