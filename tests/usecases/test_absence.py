"""What follows when a host cannot come, or did not? (CANCEL-1, PAY-5, STATUS-1)"""

from datetime import timedelta

import pytest

from duologue.bookings.models import CannotCome, Objection, Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.calls.models import Join, Sighting
from duologue.core import clock
from duologue.core.errors import Invalid, Refused
from duologue.jobs.models import Job
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import Payment, Refund
from duologue.usecases.cancel import cancel
from duologue.usecases.correct_outcome import say_absent, say_took_place
from duologue.usecases.decide_objection import decide_objection
from duologue.usecases.mark_absent import refund_key
from duologue.usecases.object_to_absence import object_to_absence
from duologue.usecases.progress import complete
from duologue.usecases.refund_absent_host import refund_absent_host
from duologue.usecases.report_cannot_come import report_cannot_come
from tests.cast import make_booking
from tests.sold import sell

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OPERATOR, HOST = Actor("operator"), Actor("host")


@pytest.fixture
def sold(paid, attendee, operator):
    """Amara's paid hour with Naoko; an operator is there to be written to."""
    return sell(paid, attendee)


def state(booking):
    booking.refresh_from_db()
    return booking.status, booking.no_show_party


def code_of(call, *given, **named):
    with pytest.raises(Refused) as refusal:
        call(*given, **named)
    return refusal.value.code


def mails(template):
    return sorted(mail.party or "operator" for mail in OutgoingMail.objects.filter(template=template))


def timer(booking):
    return Job.objects.filter(key=refund_key(booking)).first()


@pytest.fixture
def absent(sold):
    """Over, and an operator says that Naoko did not come; `absent.at` is when."""
    at = sold.ends_at + 2 * HOUR
    say_absent(sold, Party.HOST, by=OPERATOR, now=at)
    sold.at = at
    return sold


# It is too late to cancel, and the host cannot come


@pytest.mark.parametrize("ahead", [24 * HOUR, HOUR, timedelta(0), -HOUR], ids=str)
def test_the_attendee_and_the_operators_are_told_at_once(sold, ahead):
    report_cannot_come(sold, words="My train stands still.", now=sold.starts_at - ahead)
    assert CannotCome.objects.get(booking=sold).words == "My train stands still."
    assert mails("host_cannot_come") == ["attendee"]
    assert mails("operators_cannot_come") == ["operator"]
    assert state(sold)[0] == Status.CONFIRMED, "an operator cancels"


def test_nothing_is_reported_twice_or_out_of_time(sold):
    early, late = sold.starts_at - 25 * HOUR, sold.starts_at - HOUR
    assert code_of(report_cannot_come, sold, now=early) == "still_cancellable"
    assert code_of(report_cannot_come, sold, now=sold.ends_at + HOUR) == "not_cancellable"
    report_cannot_come(sold, now=late)
    assert code_of(report_cannot_come, sold, now=late) == "already_reported"
    cancel(sold, by=OPERATOR, reason="host_cannot_come", now=late)
    assert code_of(report_cannot_come, sold, now=late) == "already_cancelled"
    with pytest.raises(Invalid):
        report_cannot_come(sold, words="x" * 1001, now=late)
    assert CannotCome.objects.count() == 1


def test_whom_no_operator_helped_in_time_time_helps(sold):
    """The session ran out uncancelled: it is a no-show of the host, refunded like any other."""
    report_cannot_come(sold, now=sold.starts_at - HOUR)
    over = sold.ends_at + HOUR
    complete(over, str(sold.pk))
    assert state(sold) == (Status.NO_SHOW, "host")
    assert timer(sold).run_at == over + DAY
    refund_absent_host(over + DAY, str(sold.pk))
    assert Refund.objects.get().cause == Refund.Cause.HOST_ABSENT


def test_a_host_who_came_after_all_was_there(sold):
    report_cannot_come(sold, now=sold.starts_at - HOUR)
    Join.objects.create(booking=sold, party="host", way="dashboard", platform="builtin", at=sold.starts_at)
    complete(sold.ends_at + HOUR, str(sold.pk))
    assert state(sold) == (Status.COMPLETED, "")


def test_a_host_whom_the_platform_saw_was_there_without_a_click(sold):
    report_cannot_come(sold, now=sold.starts_at - HOUR)
    Sighting.objects.create(booking=sold, party="host", platform="zoom", at=sold.starts_at, external_id="1")
    complete(sold.ends_at + HOUR, str(sold.pk))
    assert state(sold) == (Status.COMPLETED, "")


def test_seeing_the_attendee_says_nothing_of_the_host(sold):
    report_cannot_come(sold, now=sold.starts_at - HOUR)
    Sighting.objects.create(
        booking=sold, party="attendee", platform="zoom", at=sold.starts_at, external_id="1"
    )
    complete(sold.ends_at + HOUR, str(sold.pk))
    assert state(sold) == (Status.NO_SHOW, "host")


# The host did not come (PAY-5)


def test_the_money_goes_back_a_day_later_and_not_before(absent):
    assert mails("host_marked_absent") == ["host"]
    assert timer(absent).run_at == absent.at + DAY
    assert not Refund.objects.exists()
    for _ in range(3):
        refund_absent_host(absent.at + DAY, str(absent.pk))
    refund = Refund.objects.get()
    assert (refund.cause, refund.money) == (Refund.Cause.HOST_ABSENT, absent.price)
    assert state(absent) == (Status.NO_SHOW, "host")


def test_an_absent_attendee_gets_nothing_back(sold):
    say_absent(sold, Party.ATTENDEE, by=HOST, now=sold.ends_at + 2 * HOUR)
    assert state(sold) == (Status.NO_SHOW, "attendee")
    assert timer(sold) is None
    refund_absent_host(sold.ends_at + 3 * DAY, str(sold.pk))
    assert not Refund.objects.exists()
    assert not mails("host_marked_absent")


def test_a_host_who_says_so_themself_is_not_told(sold):
    say_absent(sold, Party.HOST, by=HOST, now=sold.ends_at + 2 * HOUR)
    assert not mails("host_marked_absent")
    assert timer(sold) is not None


def test_corrected_in_time_nothing_goes_back(absent):
    say_took_place(absent, by=OPERATOR, now=absent.at + HOUR)
    assert state(absent) == (Status.COMPLETED, "")
    assert timer(absent) is None
    refund_absent_host(absent.at + DAY, str(absent.pk))
    assert not Refund.objects.exists()
    steps = [step.to_status for step in absent.transitions.order_by("id")]
    assert steps[-3:] == ["completed", "no_show", "completed"]


def test_corrected_too_late_what_went_back_stays_back(absent):
    refund_absent_host(absent.at + DAY, str(absent.pk))
    say_took_place(absent, by=OPERATOR, now=absent.at + 2 * DAY)
    say_absent(absent, Party.HOST, by=OPERATOR, now=absent.at + 3 * DAY)
    refund_absent_host(absent.at + 4 * DAY, str(absent.pk))
    assert Refund.objects.count() == 1


def test_a_disputed_payment_is_left_to_the_bank(absent):
    Payment.objects.update(disputed_at=absent.at)
    refund_absent_host(absent.at + DAY, str(absent.pk))
    assert not Refund.objects.exists()
    assert "bank decides" in Payment.objects.get().problem


def test_a_free_session_has_nothing_to_give_back(free, attendee):
    booking = make_booking(free, attendee, status=Status.COMPLETED)
    say_absent(booking, Party.HOST, by=OPERATOR, now=clock.now())
    refund_absent_host(clock.now() + DAY, str(booking.pk))
    assert not Refund.objects.exists()


def test_a_job_for_what_is_gone_does_nothing(db):
    refund_absent_host(clock.now(), "0f8fad5b-d9cb-469f-a165-70867728950e")


# The host objects


def test_an_objection_stops_the_money_until_an_operator_decides(absent):
    object_to_absence(absent, words="I was there.", now=absent.at + HOUR)
    assert mails("operators_objection") == ["operator"]
    assert timer(absent) is None
    refund_absent_host(absent.at + DAY, str(absent.pk))
    assert not Refund.objects.exists()
    decide_objection(absent, came=False, by=OPERATOR, now=absent.at + 2 * DAY)
    assert Refund.objects.get().cause == Refund.Cause.HOST_ABSENT
    assert state(absent) == (Status.NO_SHOW, "host")
    assert code_of(decide_objection, absent, came=True, by=OPERATOR, now=absent.at) == "already_decided"
    assert state(absent) == (Status.NO_SHOW, "host")


def test_an_operator_believes_the_host(absent):
    object_to_absence(absent, words="I was there.", now=absent.at + HOUR)
    decide_objection(absent, came=True, by=OPERATOR, now=absent.at + 2 * HOUR)
    assert state(absent) == (Status.COMPLETED, "")
    assert Objection.objects.get().came is True
    refund_absent_host(absent.at + DAY, str(absent.pk))
    assert not Refund.objects.exists()


def test_correcting_it_answers_the_objection_too(absent):
    object_to_absence(absent, words="I was there.", now=absent.at + HOUR)
    say_took_place(absent, by=OPERATOR, now=absent.at + 2 * HOUR)
    assert Objection.objects.get().came is True
    assert code_of(decide_objection, absent, came=False, by=OPERATOR, now=absent.at) == "already_decided"
    assert not Refund.objects.exists()


def test_an_objection_has_its_time_and_its_words(absent, paid, attendee):
    now = absent.at + HOUR
    for words in ("", " \n ", "x" * 1001):
        with pytest.raises(Invalid):
            object_to_absence(absent, words=words, now=now)
    refund_absent_host(absent.at + DAY, str(absent.pk))
    assert code_of(object_to_absence, absent, words="Late.", now=now + DAY) == "already_refunded"
    other = make_booking(paid, attendee, status=Status.COMPLETED)
    assert code_of(object_to_absence, other, words="What?", now=now) == "not_absent"


def test_one_objects_once(absent):
    object_to_absence(absent, words="I was there.", now=absent.at)
    assert code_of(object_to_absence, absent, words="Really.", now=absent.at) == "already_said"


def test_absent_after_all_the_money_goes_back_though_an_objection_was_believed_before(absent):
    object_to_absence(absent, words="I was there.", now=absent.at)
    decide_objection(absent, came=True, by=OPERATOR, now=absent.at + HOUR)
    again = absent.at + 2 * HOUR
    say_absent(absent, Party.HOST, by=OPERATOR, now=again)
    refund_absent_host(again + DAY, str(absent.pk))
    assert Refund.objects.get().cause == Refund.Cause.HOST_ABSENT


def test_who_is_called_absent_anew_may_object_anew(absent):
    object_to_absence(absent, words="I was there.", now=absent.at)
    decide_objection(absent, came=True, by=OPERATOR, now=absent.at + HOUR)
    again = absent.at + 2 * HOUR
    say_absent(absent, Party.HOST, by=OPERATOR, now=again)
    object_to_absence(absent, words="I was, really.", now=again + HOUR)
    refund_absent_host(again + DAY, str(absent.pk))
    assert not Refund.objects.exists()
    told = OutgoingMail.objects.filter(template="operators_objection").values_list("key", flat=True)
    assert len(set(told)) == 2
    decide_objection(absent, came=False, by=OPERATOR, now=again + DAY)
    assert Refund.objects.get().cause == Refund.Cause.HOST_ABSENT
    assert code_of(object_to_absence, absent, words="But.", now=again + DAY) == "already_said"


# Corrections


def test_only_what_is_over_is_corrected(sold, paid, attendee):
    assert code_of(say_absent, sold, Party.HOST, by=OPERATOR, now=sold.ends_at) == "not_completed"
    assert state(sold)[0] == Status.CONFIRMED, "nothing is written by a refusal"
    for status in set(Status) - {Status.NO_SHOW}:
        booking = make_booking(paid, attendee, status=status)
        assert code_of(say_took_place, booking, by=OPERATOR, now=booking.created_at) == "not_no_show"


def test_whether_a_host_came_is_not_for_the_host_alone_to_say(absent):
    assert code_of(say_took_place, absent, by=HOST, now=absent.at) == "objection_needed"
    assert state(absent) == (Status.NO_SHOW, "host")


def test_a_worker_that_slept_is_no_hindrance(sold):
    """Stored as confirmed, over by the clock: the rows that time owes are written first."""
    say_absent(sold, Party.ATTENDEE, by=HOST, now=sold.ends_at + HOUR)
    steps = [step.to_status for step in sold.transitions.order_by("id")]
    assert steps == ["pending_payment", "confirmed", "in_progress", "completed", "no_show"]
