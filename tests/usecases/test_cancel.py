"""Does cancelling do all it owes, once, up to the exact second? (CANCEL-1 to CANCEL-3, PAY-2)"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from duologue.bookings import reasons
from duologue.bookings.models import Party
from duologue.bookings.reasons import FOR_OPERATORS, FOR_PARTIES, Reason
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.errors import Forbidden, Invalid, Refused
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from duologue.payments import given_back
from duologue.payments.given_back import State
from duologue.payments.models import Payment, Refund, SandboxCheckout
from duologue.usecases import delete_room, timers
from duologue.usecases.cancel import cancel
from duologue.usecases.find_slots import open_slots
from duologue.usecases.join import peek
from duologue.usecases.progress import start
from duologue.video.models import MeetingLink
from tests.cast import make_booking
from tests.sold import sell

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
BY_HOST, BY_ATTENDEE, BY_OPERATOR = Actor("host"), Actor("attendee"), Actor("operator")


@pytest.fixture
def now():
    return clock.now()


def refused(booking, by=BY_ATTENDEE, *, now, reason=Reason.OTHER):
    with pytest.raises(Refused) as refusal:
        cancel(booking, by=by, reason=reason, now=now)
    booking.refresh_from_db()
    return refusal.value


def give_up(booking, by=BY_ATTENDEE, *, now, reason=Reason.PLANS_CHANGED, words=""):
    cancel(booking, by=by, reason=reason, words=words, now=now)
    booking.refresh_from_db()


@pytest.mark.parametrize("by", [BY_HOST, BY_ATTENDEE], ids=["host", "attendee"])
def test_cancelling_does_all_it_owes(paid, attendee, by, now):
    booking = sell(paid, attendee, now=now)
    give_up(booking, by, now=now, words="See you in spring.")
    assert (booking.status, booking.cancelled_at, booking.cancelled_by) == (Status.CANCELLED, now, by.kind)
    assert booking.cancellation_reason == "plans_changed"
    assert booking.cancellation_words == "See you in spring."
    assert booking.ics_sequence == 1
    last = booking.transitions.last()
    assert (last.from_status, last.to_status, last.actor) == ("confirmed", "cancelled", by.kind)
    refund = Refund.objects.get()
    assert (refund.cause, refund.money) == (Refund.Cause.CANCELLED, booking.price)
    assert not Job.objects.filter(key__in=timers.keys(booking)).exists()
    assert Job.objects.filter(key=f"issue_refund:{refund.pk}").exists()
    mails = OutgoingMail.objects.filter(template="session_cancelled")
    assert sorted(mail.party for mail in mails) == ["attendee", "host"]
    assert MeetingLink.objects.get().status == MeetingLink.Status.DELETED


def test_the_worker_brings_it_to_its_end(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    give_up(booking, now=now)
    assert given_back.of_booking(booking.pk).state is State.ON_ITS_WAY
    run_due(now)
    back = given_back.of_booking(booking.pk)
    assert (back.state, back.amount, back.is_issued) == (State.REFUNDED, booking.price, True)
    assert SandboxCheckout.objects.get().refund_key == Refund.objects.get().pk
    assert MeetingLink.objects.get().deleted_at == now
    states = dict(OutgoingMail.objects.values_list("template", "state"))
    assert states == {"confirmed": "dropped", "session_cancelled": "kept", "refunded": "kept"}


def test_the_slot_is_free_again(paid, attendee, stranger, now):
    booking = sell(paid, attendee, now=now)
    at = int(booking.starts_at.timestamp())
    span = (booking.starts_at - HOUR, booking.starts_at + HOUR)
    assert at not in open_slots(paid, *span, now=now)
    give_up(booking, now=now)
    assert at in open_slots(paid, *span, now=now)
    again = sell(paid, stranger, starts_at=booking.starts_at, browser="s" * 64)
    assert again.pk != booking.pk


# The boundary


@pytest.mark.parametrize(
    ("ahead", "code"),
    [
        (timedelta(hours=25), None),
        (timedelta(hours=24, seconds=1), None),
        (timedelta(hours=24, microseconds=1), None),
        (timedelta(hours=24), "too_late"),
        (timedelta(hours=24) - timedelta(microseconds=1), "too_late"),
        (timedelta(hours=23), "too_late"),
        (timedelta(0), "too_late"),
        (-30 * MINUTE, "too_late"),
        (-2 * HOUR + SECOND, "too_late"),
        (-2 * HOUR, "not_cancellable"),
    ],
    ids=str,
)
@pytest.mark.parametrize("by", [BY_HOST, BY_ATTENDEE], ids=["host", "attendee"])
def test_strictly_more_than_a_day(paid, attendee, by, ahead, code):
    booking = make_booking(paid, attendee)
    moment = booking.starts_at - ahead
    if code is None:
        give_up(booking, by, now=moment)
        assert booking.status == Status.CANCELLED
    else:
        refusal = refused(booking, by, now=moment)
        assert (refusal.code, booking.status) == (code, Status.CONFIRMED)
        assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(
    "start",
    [
        datetime(2027, 3, 28, 9, 0, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime(2027, 10, 31, 9, 0, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime(2027, 3, 14, 9, 0, tzinfo=ZoneInfo("America/New_York")),
        datetime(2027, 4, 4, 9, 0, tzinfo=ZoneInfo("Australia/Lord_Howe")),
    ],
    ids=lambda at: f"{at.tzinfo} {at.date()}",
)
def test_a_day_is_24_hours_whatever_the_clocks_do(paid, attendee, start):
    """The same wall time a day before lies 23, 24½ or 25 hours ahead on such a day."""
    booking = make_booking(paid, attendee, starts_at=start.astimezone(UTC))
    exactly = start.astimezone(UTC) - timedelta(hours=24)
    assert exactly != (start - timedelta(days=1)).astimezone(UTC)
    assert refused(booking, now=exactly).code == "too_late"
    give_up(booking, now=exactly - SECOND)


def test_the_rule_is_that_of_the_purchase(paid, attendee, settings):
    booking = make_booking(paid, attendee, cancel_hours=48)
    settings.DUOLOGUE_CANCEL_HOURS = 1
    refusal = refused(booking, now=booking.starts_at - timedelta(hours=48))
    assert refusal.code == "too_late"
    assert "48" in refusal.message
    assert refusal.data["until"] == booking.starts_at - timedelta(hours=48)
    give_up(booking, now=booking.starts_at - timedelta(hours=48, seconds=1))


@pytest.mark.parametrize("ahead", [HOUR, timedelta(0), -HOUR, -2 * HOUR + SECOND], ids=str)
def test_an_operator_cancels_until_it_is_over(paid, attendee, ahead, now):
    booking = sell(paid, attendee, now=now)
    moment = booking.starts_at - ahead
    start(moment, str(booking.pk))
    give_up(booking, BY_OPERATOR, now=moment, reason=Reason.HOST_CANNOT_COME)
    assert booking.cancelled_by == "operator"
    assert Refund.objects.get().money == booking.price


def test_an_operator_does_not_cancel_what_is_over(paid, attendee):
    booking = make_booking(paid, attendee)
    assert refused(booking, BY_OPERATOR, now=booking.ends_at + HOUR).code == "not_cancellable"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.PENDING_PAYMENT, "not_cancellable"),
        (Status.EXPIRED, "not_cancellable"),
        (Status.COMPLETED, "not_cancellable"),
        (Status.NO_SHOW, "not_cancellable"),
        (Status.CANCELLED, "already_cancelled"),
    ],
)
@pytest.mark.parametrize("by", [BY_ATTENDEE, BY_OPERATOR], ids=["attendee", "operator"])
def test_only_what_is_agreed_is_cancelled(paid, attendee, status, code, by, now):
    booking = make_booking(paid, attendee, status=status)
    assert refused(booking, by, now=now).code == code
    assert booking.status == status
    assert not OutgoingMail.objects.exists()


# Money


def test_a_free_session_has_nothing_to_give_back(free, attendee, now):
    booking = make_booking(free, attendee)
    give_up(booking, now=now)
    assert not Refund.objects.exists()
    assert given_back.of_booking(booking.pk) is None


def test_a_disputed_payment_is_left_to_the_bank(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    Payment.objects.update(disputed_at=now)
    give_up(booking, now=now)
    assert booking.status == Status.CANCELLED
    assert not Refund.objects.exists()
    assert "bank decides" in Payment.objects.get().problem


def test_money_without_a_checkout_is_put_before_the_operators(paid, attendee, now):
    booking = make_booking(paid, attendee)
    Payment.objects.create(
        id=booking.pk, booking=booking, provider="sandbox", amount=6500, currency="EUR",
        status=Payment.Status.SUCCEEDED, created_at=now, paid_at=now,
    )  # fmt: skip
    give_up(booking, now=now)
    assert booking.status == Status.CANCELLED
    assert "no paid checkout" in Payment.objects.get().problem


def test_cancelling_again_changes_nothing(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    stale = type(booking).objects.select_related("host").get(pk=booking.pk)
    give_up(booking, now=now)
    run_due(now)
    for by in (BY_ATTENDEE, BY_HOST, BY_OPERATOR):
        assert refused(stale, by, now=now + MINUTE).code == "already_cancelled"
    assert booking.transitions.filter(to_status="cancelled").count() == 1
    assert Refund.objects.count() == 1
    assert OutgoingMail.objects.filter(template="session_cancelled").count() == 2


# Reasons and words


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        (BY_ATTENDEE, "because"),
        (BY_ATTENDEE, ""),
        (BY_HOST, Reason.HOST_CANNOT_COME),
        (BY_OPERATOR, Reason.PLANS_CHANGED),
    ],
)
def test_a_reason_is_one_of_ones_own(paid, attendee, by, reason, now):
    booking = make_booking(paid, attendee)
    with pytest.raises(Invalid) as refusal:
        cancel(booking, by=by, reason=reason, now=now)
    assert refusal.value.data["field"] == "reason"


@pytest.mark.parametrize("vocabulary", ["mentoring", "telehealth", "generic"])
def test_every_reason_has_words_of_its_own(settings, vocabulary):
    settings.DUOLOGUE_VOCABULARY = vocabulary
    assert len({reasons.words(reason) for reason in Reason} - {""}) == len(Reason)
    assert reasons.told(Reason.OTHER) == reasons.words("lost") == ""
    assert set(FOR_PARTIES) | set(FOR_OPERATORS) == set(Reason)
    assert Reason.VIDEO_TROUBLE in set(FOR_PARTIES) & set(FOR_OPERATORS)


def test_words_are_kept_as_they_are_but_not_without_end(paid, attendee, now):
    booking = make_booking(paid, attendee)
    with pytest.raises(Invalid) as refusal:
        cancel(booking, by=BY_HOST, reason=Reason.OTHER, words="x" * 1001, now=now)
    assert refusal.value.data["field"] == "words"
    give_up(booking, BY_HOST, now=now, words="  <b>Sorry</b> 🦉\r\n\u202ebye  ")
    assert booking.cancellation_words == "<b>Sorry</b> 🦉\nbye"


# The room and the door


def test_the_door_says_cancelled_and_the_links_stay(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    give_up(booking, BY_OPERATOR, now=booking.starts_at, reason=Reason.OTHER)
    for party in Party:
        with pytest.raises(Forbidden) as refusal:
            peek(booking, party, now=booking.starts_at)
        assert refusal.value.code == "cancelled"
    assert booking.join_links.count() == 2


def test_a_room_is_deleted_once(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    link = MeetingLink.objects.get()
    delete_room.delete_room(now, link.pk)
    assert MeetingLink.objects.get().deleted_at is None, "a room in use stays"
    give_up(booking, now=now)
    delete_room.delete_room(now, link.pk)
    delete_room.delete_room(now + HOUR, link.pk)
    assert MeetingLink.objects.get().deleted_at == now


# Mails and calendars


def entry(mail, at):
    rendered = rendering.render(mail, at)
    calendar = Calendar.from_ical(rendered.calendar)
    (event,) = calendar.walk("VEVENT")
    return rendered, calendar, event


@pytest.mark.parametrize("party", list(Party))
def test_the_entry_goes_out_of_the_calendar_it_went_into(paid, attendee, party, now):
    booking = sell(paid, attendee, now=now)
    confirmed = OutgoingMail.objects.get(template="confirmed", party=party)
    _rendered, invitation, before = entry(confirmed, now)
    give_up(booking, now=now)
    rendered, cancellation, after = entry(
        OutgoingMail.objects.get(template="session_cancelled", party=party), now
    )
    assert (invitation["METHOD"], cancellation["METHOD"]) == ("REQUEST", "CANCEL")
    assert rendered.calendar_method == "CANCEL"
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["STATUS"] == "CANCELLED"
    assert after["DTSTART"].dt == before["DTSTART"].dt == booking.starts_at
    assert after["ORGANIZER"] == before["ORGANIZER"]
    assert sorted(after["ATTENDEE"]) == sorted(before["ATTENDEE"])
    assert "/j/" not in rendered.calendar.decode()
    assert "/j/" not in rendered.html
