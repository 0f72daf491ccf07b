"""Does an offer of other times hold nothing, end by itself, and book once and never again? (CANCEL-5)"""

from datetime import UTC, datetime, timedelta

import pytest

from duologue.bookings import proposals
from duologue.bookings.models import Proposal, Reschedule
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.errors import Forbidden, Invalid, NotFound, Refused
from duologue.core.ids import uuid7
from duologue.jobs.worker import run_due
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import Payment, Refund
from duologue.usecases.answer_proposal import accept, answerer, decline
from duologue.usecases.book import Wish, book
from duologue.usecases.cancel import cancel
from duologue.usecases.find_slots import open_slots
from duologue.usecases.propose_times import propose, proposer, withdraw
from duologue.usecases.reschedule import reschedule
from tests.cast import make_booking
from tests.sold import sell

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AMARA = Actor("attendee")


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def booking(paid, attendee, now):
    return sell(paid, attendee, now=now)


@pytest.fixture
def times(paid, booking, now):
    """Three open starts, two hours apart at least."""
    found = open_slots(paid, now + 5 * DAY, now + 20 * DAY, now=now)
    return [datetime.fromtimestamp(one, UTC) for one in found[:9:4]]


def states():
    return list(Proposal.objects.values_list("state", flat=True))


def mails(template):
    return OutgoingMail.objects.filter(template=template)


def refusal_of(act, *given, **named):
    with pytest.raises(Refused) as refusal:
        act(*given, **named)
    return refusal.value.code


def test_an_offer_holds_nothing_and_changes_nothing(paid, booking, times, stranger, now):
    before = type(booking).objects.values().get(pk=booking.pk)
    propose(booking, reversed(times), now=now)
    assert type(booking).objects.values().get(pk=booking.pk) == before
    assert proposals.standing(booking, now=now).times == times
    assert book(Wish(paid.pk, times[0], user=stranger), now=now).starts_at == times[0]


def test_who_accepts_moves_the_session_and_keeps_the_rest(booking, times, now):
    proposal, old = propose(booking, times, now=now), booking.starts_at
    assert accept(booking, proposal.pk, times[1], by=AMARA, now=now) is True
    booking.refresh_from_db()
    assert (booking.starts_at, booking.status, booking.ics_sequence) == (times[1], Status.CONFIRMED, 1)
    assert booking.first_starts_at == old
    assert Payment.objects.get().status == Payment.Status.SUCCEEDED
    assert not Refund.objects.exists()
    assert Reschedule.objects.get().actor == "attendee"
    assert states() == ["accepted"]
    text = {one.party: rendering.render(one, now).text for one in mails("session_moved")}
    assert "You took a time that Naoko proposed" in text["attendee"]
    assert "Amara took a time that you proposed" in text["host"]


def test_the_same_answer_twice_is_one(booking, times, now):
    proposal = propose(booking, times, now=now)
    assert accept(booking, proposal.pk, times[0], by=AMARA, now=now) is True
    assert accept(booking, proposal.pk, times[0], by=AMARA, now=now) is False
    assert refusal_of(accept, booking, proposal.pk, times[1], by=AMARA, now=now) == "proposal_over"
    assert Reschedule.objects.count() == 1


def test_a_no_leaves_everything_and_tells_the_host(booking, times, now):
    proposal = propose(booking, times, now=now)
    run_due(now)
    for _ in range(2):
        decline(booking, proposal.pk, now=now)
    text = rendering.render(mails("proposal_declined").get(), now).text
    assert "None of the times that you proposed suits Amara." in text
    assert refusal_of(accept, booking, proposal.pk, times[0], by=AMARA, now=now) == "proposal_over"
    assert not Reschedule.objects.exists()
    assert propose(booking, times[:1], now=now)


def test_the_offer_names_the_times_on_both_clocks_and_leads_to_the_question(booking, attendee, times, now):
    attendee.time_zone = "Asia/Tokyo"
    attendee.save()
    propose(booking, times, now=now)
    mail = rendering.render(mails("times_proposed").get(), now)
    assert mail.text.count(" for Naoko): ") == 3
    assert f"/sessions/{booking.pk}/proposals/" in mail.text
    assert "Your session stays as it is until then." in mail.text
    assert mail.html.count("/proposals/") >= 3


def test_what_is_taken_back_before_its_mail_went_is_never_told(booking, times, now):
    for told in (False, True):
        proposal = propose(booking, times, now=now)
        if told:
            run_due(now)
        for _ in range(2):
            withdraw(booking, proposal.pk, now=now)
        run_due(now)
        state = OutgoingMail.objects.get(key=f"proposal_withdrawn:{proposal.pk}").state
        assert (state == "dropped") is not told
        assert refusal_of(accept, booking, proposal.pk, times[0], by=AMARA, now=now) == "proposal_over"


def test_one_offer_at_a_time(booking, times, now):
    propose(booking, times, now=now)
    assert refusal_of(propose, booking, times[:1], now=now) == "already_proposed"


# What ends it by itself


def test_a_move_ends_it(booking, times, now):
    proposal = propose(booking, times[:2], now=now)
    reschedule(booking, times[2], by=AMARA, now=now)
    assert proposals.standing(booking, now=now) is None
    assert refusal_of(accept, booking, proposal.pk, times[0], by=AMARA, now=now) == "moved"
    assert refusal_of(decline, booking, proposal.pk, now=now) == "moved"
    run_due(now)
    assert mails("times_proposed").get().state == "dropped"
    assert propose(booking, times[:2], now=now)


def test_a_cancelled_session_is_never_booked_again_by_an_old_offer(paid, booking, times, now):
    proposal = propose(booking, times, now=now)
    cancel(booking, by=Actor("host"), reason="other", now=now)
    assert refusal_of(accept, booking, proposal.pk, times[0], by=AMARA, now=now) == "already_cancelled"
    booking.refresh_from_db()
    assert booking.status == Status.CANCELLED
    assert datetime.timestamp(times[0]) in open_slots(paid, now + 5 * DAY, now + 20 * DAY, now=now)


def test_it_can_be_answered_exactly_until_the_session_can_be_moved(booking, times, now):
    proposal = propose(booking, times, now=now)
    until = proposals.answer_until(proposal, booking)
    assert until == booking.starts_at - DAY
    assert proposals.standing(booking, now=until - HOUR / 3600) == proposal
    assert proposals.standing(booking, now=until) is None
    assert refusal_of(accept, booking, proposal.pk, times[0], by=AMARA, now=until) == "too_late"
    assert refusal_of(propose, booking, times, now=until) == "too_late"


def test_a_time_that_is_gone_is_refused_and_the_others_stand(paid, booking, times, stranger, now):
    proposal = propose(booking, times, now=now)
    make_booking(paid, stranger, starts_at=times[0])
    assert refusal_of(accept, booking, proposal.pk, times[0], by=AMARA, now=now) == "slot_taken"
    assert states() == ["open"]
    assert accept(booking, proposal.pk, times[2], by=AMARA, now=now) is True


# Which times can be offered


def test_each_time_obeys_the_rules_of_booking(paid, booking, times, stranger, now):
    make_booking(paid, stranger, starts_at=times[2])
    for wrong, code in (
        (times[2], "slot_taken"),
        (times[0] + HOUR / 10, "off_grid"),
        (times[0] + 12 * HOUR, "outside_hours"),
        (booking.starts_at, "same_time"),
    ):
        with pytest.raises(Refused) as refusal:
            propose(booking, [times[0], wrong], now=now)
        assert (refusal.value.code, refusal.value.data["starts_at"]) == (code, wrong)
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("count", [0, 4])
def test_one_to_three_times(booking, times, now, count):
    wanted = [times[0] + HOUR / 2 * n for n in range(count)]
    assert refusal_of(propose, booking, wanted, now=now) == "invalid"
    assert propose(booking, [times[0]] * 4, now=now).times == times[:1]


def test_only_the_host_proposes_and_only_the_attendee_answers(booking, times, now):
    with pytest.raises(Forbidden):
        proposer(booking.party_of(booking.attendee_id), 1)
    with pytest.raises(Forbidden):
        answerer(booking.party_of(booking.host.user_id), 1)
    for role in (proposer, answerer):
        with pytest.raises(NotFound):
            role(None, 1)
    proposal = propose(booking, times, now=now)
    with pytest.raises(NotFound):
        accept(booking, uuid7(now), times[0], by=AMARA, now=now)
    with pytest.raises(Invalid):
        accept(booking, proposal.pk, times[0] + 28 * DAY, by=AMARA, now=now)
