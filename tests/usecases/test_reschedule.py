"""Does moving a session keep all that stays, free and take what it must, up to the second? (CANCEL-5)"""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from duologue.accounts.models import Host
from duologue.bookings.models import JoinLink, Party, Reschedule
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.errors import Invalid, NotFound, Refused, SlotTaken
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from duologue.notifications.reminders import remind
from duologue.payments.models import Payment, Receipt, Refund
from duologue.usecases import other_times
from duologue.usecases.book import Wish, book
from duologue.usecases.cancel import cancel
from duologue.usecases.find_slots import open_slots
from duologue.usecases.progress import complete, start
from duologue.usecases.reschedule import mover, refuse, reschedule
from duologue.video.models import MeetingLink
from tests.cast import make_booking, make_event_type, make_host, make_user, next_hour
from tests.sold import hold, sell

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
BY_HOST, BY_ATTENDEE, BY_OPERATOR = Actor("host"), Actor("attendee"), Actor("operator")


@pytest.fixture
def now():
    return clock.now()


def starts_of(offer, now, after):
    found = open_slots(offer, now + after, now + after + 14 * DAY, now=now)
    return [datetime.fromtimestamp(start, UTC) for start in found]


def another(offer, now, *, after=5 * DAY):
    return starts_of(offer, now, after)[0]


def refused(booking, to, *, now, by=BY_ATTENDEE):
    before = type(booking).objects.values().get(pk=booking.pk)
    with pytest.raises(Refused) as refusal:
        reschedule(booking, to, by=by, now=now)
    assert type(booking).objects.values().get(pk=booking.pk) == before
    assert not Reschedule.objects.filter(booking=booking).exists()
    booking.refresh_from_db()
    return refusal.value


def due(booking):
    return {job.key.split(":")[0]: job.run_at for job in Job.objects.filter(args__booking_id=str(booking.pk))}


@pytest.mark.parametrize("by", [BY_HOST, BY_ATTENDEE], ids=["host", "attendee"])
def test_moving_changes_the_time_and_keeps_the_rest(paid, attendee, by, now):
    booking = sell(paid, attendee, now=now)
    run_due(now)
    old, to = booking.starts_at, another(paid, now)
    links = list(JoinLink.objects.filter(booking=booking).order_by("pk").values())
    money = list(Payment.objects.values()), list(Receipt.objects.values())
    room = MeetingLink.objects.get(booking=booking)
    assert reschedule(booking, to, by=by, now=now) is True
    booking.refresh_from_db()
    assert (booking.starts_at, booking.ends_at) == (to, to + HOUR)
    assert (booking.blocked_from, booking.blocked_until) == (to, to + HOUR)
    assert (booking.status, booking.ics_sequence) == (Status.CONFIRMED, 1)
    assert booking.first_starts_at == old
    assert list(JoinLink.objects.filter(booking=booking).order_by("pk").values()) == links
    assert (list(Payment.objects.values()), list(Receipt.objects.values())) == money
    assert not Refund.objects.exists()
    run_due(now)
    assert MeetingLink.objects.get(booking=booking).room_id == room.room_id
    step = Reschedule.objects.get(booking=booking)
    assert (step.from_starts_at, step.to_starts_at, step.at, step.actor) == (old, to, now, by.kind)
    told = OutgoingMail.objects.filter(booking=booking, template="session_moved")
    assert sorted(told.values_list("party", flat=True)) == ["attendee", "host"]


def test_the_timers_follow(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    run_due(now)
    to = another(paid, now)
    reschedule(booking, to, by=BY_HOST, now=now)
    run_due(now)
    assert due(booking) == {
        "start": to,
        "complete": to + 2 * HOUR,
        "remind_day": to - DAY,
        "remind_hour": to - HOUR,
    }


def test_a_reminder_that_has_no_time_left_goes(paid, attendee, now):
    """Moved to a time nearer than a day: what reminded of the old time a day before is not owed."""
    paid.minimum_notice = 60
    paid.save()
    booking = sell(paid, attendee, now=now, starts_at=another(paid, now, after=6 * DAY))
    soon = starts_of(paid, now, 2 * HOUR)[0]
    if soon - now > DAY:
        now = soon - 20 * HOUR
    reschedule(booking, soon, by=BY_HOST, now=now)
    assert "remind_day" not in due(booking)
    assert due(booking)["remind_hour"] == soon - HOUR


@pytest.mark.parametrize(
    ("before", "code"),
    [(DAY + SECOND, None), (DAY, "too_late"), (DAY - SECOND, "too_late"), (23 * HOUR, "too_late")],
)
def test_it_is_possible_exactly_while_cancelling_is(paid, attendee, before, code):
    booking = make_booking(paid, attendee)
    refusal = refuse(booking, now=booking.starts_at - before)
    assert (refusal.code if refusal else None) == code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.CANCELLED, "already_cancelled"),
        (Status.PENDING_PAYMENT, "not_cancellable"),
        (Status.EXPIRED, "not_cancellable"),
        (Status.COMPLETED, "not_cancellable"),
        (Status.NO_SHOW, "not_cancellable"),
        (Status.IN_PROGRESS, "too_late"),
    ],
)
def test_only_what_is_agreed_can_be_moved(paid, attendee, status, code, now):
    booking = make_booking(paid, attendee, status=status)
    assert refused(booking, another(paid, now), now=now).code == code


def test_only_the_two_people_move_it(paid, attendee):
    assert mover(Party.HOST, 7) == Actor("host", 7)
    with pytest.raises(NotFound):
        mover(None, 7)


@pytest.mark.parametrize(
    ("shift", "code"),
    [
        (7 * MINUTE, "off_grid"),
        (12 * HOUR, "outside_hours"),
        (-30 * DAY, "too_soon"),
        (300 * DAY, "too_far"),
        (2000 * DAY, "too_far"),
    ],
)
def test_the_new_time_obeys_the_rules_of_booking(paid, attendee, now, shift, code):
    booking = make_booking(paid, attendee, starts_at=another(paid, now, after=3 * DAY))
    assert refused(booking, another(paid, now) + shift, now=now).code == code


def test_a_time_without_an_offset_is_no_instant(paid, attendee, now):
    booking = make_booking(paid, attendee)
    with pytest.raises(Invalid) as refusal:
        reschedule(booking, another(paid, now).replace(tzinfo=None), by=BY_HOST, now=now)
    assert refusal.value.code == "naive_time"


def test_a_time_that_somebody_has_stays_theirs(paid, attendee, stranger, now):
    booking, to = make_booking(paid, attendee), another(paid, now)
    make_booking(paid, stranger, starts_at=to)
    with pytest.raises(SlotTaken, match="Sorry, this time slot is no longer available"):
        reschedule(booking, to, by=BY_ATTENDEE, now=now)
    assert refused(booking, to + 30 * MINUTE, now=now).code == "slot_taken"


def test_a_living_hold_keeps_its_time_and_a_dead_one_gives_way(paid, attendee, now):
    booking, to = sell(paid, attendee, now=now), another(paid, now)
    held = hold(paid, now=now, starts_at=to, browser="c" * 64)
    assert refused(booking, to, now=now).code == "slot_taken"
    later = now + 40 * MINUTE
    assert reschedule(booking, to, by=BY_HOST, now=later)
    held.refresh_from_db()
    assert held.status == Status.EXPIRED


def test_its_own_time_does_not_stand_in_its_way(paid, attendee, now):
    """By half an hour, within its own claim and buffers, on a day that it alone fills."""
    paid.buffer_before = paid.buffer_after = 15
    paid.daily_limit = 1
    paid.save()
    booking = sell(paid, attendee, now=now)
    to = booking.starts_at + 30 * MINUTE
    assert reschedule(booking, to, by=BY_ATTENDEE, now=now)
    booking.refresh_from_db()
    assert booking.starts_at == to
    assert (booking.blocked_from, booking.blocked_until) == (to - 15 * MINUTE, to + 75 * MINUTE)


def test_the_old_time_opens_for_others(paid, attendee, stranger, now):
    booking = sell(paid, attendee, now=now)
    old = booking.starts_at
    reschedule(booking, another(paid, now), by=BY_ATTENDEE, now=now)
    assert old in starts_of(paid, now, DAY)
    assert book(Wish(paid.pk, old, user=stranger), now=now).starts_at == old


def test_neither_of_the_two_has_two_sessions_at_one_time(paid, attendee, now):
    booking, to = make_booking(paid, attendee), another(paid, now)
    other = make_event_type(make_host(make_user(), hours=[(day, 0, 1440) for day in range(7)]))
    make_booking(other, attendee, starts_at=to)
    assert refused(booking, to, now=now, by=BY_HOST).code == "overlap"
    elsewhere = another(paid, now, after=8 * DAY)
    make_booking(other, paid.host.user, starts_at=elsewhere)
    assert refused(booking, elsewhere, now=now).code == "slot_taken"


def test_what_is_not_offered_any_more_keeps_its_length_and_can_be_moved(paid, attendee, now):
    booking = make_booking(paid, attendee)
    paid.is_active, paid.duration, paid.price_amount = False, 30, 9900
    paid.save()
    to = datetime.fromtimestamp(open_slots_of(booking, now)[0], UTC)
    assert reschedule(booking, to, by=BY_ATTENDEE, now=now)
    booking.refresh_from_db()
    assert (booking.ends_at - booking.starts_at, booking.price_amount) == (HOUR, 6500)


def open_slots_of(booking, now):
    asked = other_times.terms_of(booking)
    found = other_times.near(booking, now + 6 * DAY, now=now, count=50)
    assert asked.rules.duration == 3600
    return [int(one.timestamp()) for one in found]


def test_a_suspended_host_takes_no_new_times(paid, attendee, now):
    booking, to = make_booking(paid, attendee), another(paid, now)
    Host.objects.update(status=Host.Status.SUSPENDED)
    booking.host.refresh_from_db()
    assert refused(booking, to, now=now).code == "not_bookable"
    assert other_times.near(booking, now + 6 * DAY, now=now) == []


def test_the_present_time_again_is_no_move(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    assert reschedule(booking, booking.starts_at, by=BY_HOST, now=now) is False
    assert not OutgoingMail.objects.filter(template="session_moved").exists()
    assert booking.starts_at not in other_times.near(booking, booking.starts_at, now=now, count=99)


# Who acts on what is no longer so


def test_a_page_from_before_the_move_neither_moves_nor_cancels(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    stale = type(booking).objects.select_related("host__user").get(pk=booking.pk)
    once_more = type(booking).objects.select_related("host__user").get(pk=booking.pk)
    third = type(booking).objects.select_related("host__user").get(pk=booking.pk)
    to = another(paid, now)
    reschedule(booking, to, by=BY_HOST, now=now)
    with pytest.raises(Refused) as moved:
        reschedule(stale, another(paid, now, after=8 * DAY), by=BY_ATTENDEE, now=now)
    assert (moved.value.code, moved.value.data["starts_at"]) == ("moved", to)
    with pytest.raises(Refused) as kept:
        cancel(once_more, by=BY_ATTENDEE, reason="other", now=now)
    assert kept.value.code == "moved"
    assert reschedule(third, to, by=BY_ATTENDEE, now=now) is False
    booking.refresh_from_db()
    assert (booking.status, booking.ics_sequence) == (Status.CONFIRMED, 1)


def test_a_cancelled_session_is_not_booked_again_by_an_old_page(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    stale = type(booking).objects.select_related("host__user").get(pk=booking.pk)
    cancel(booking, by=BY_HOST, reason="other", now=now)
    with pytest.raises(Refused) as refusal:
        reschedule(stale, another(paid, now), by=BY_ATTENDEE, now=now)
    assert refusal.value.code == "already_cancelled"
    assert type(booking).objects.get().status == Status.CANCELLED


# The refund's deadline stays that of the original time


def moved_late(paid, attendee, now, *, by=BY_ATTENDEE):
    """Sold for a time, moved to a later one; `now` is past the first one's deadline afterwards."""
    booking = sell(paid, attendee, now=now)
    first = booking.starts_at
    reschedule(booking, another(paid, now, after=9 * DAY), by=by, now=now)
    return booking, first - DAY


def test_before_the_first_deadline_all_comes_back(paid, attendee, now):
    booking, deadline = moved_late(paid, attendee, now)
    assert booking.refund_until == deadline
    cancel(booking, by=BY_ATTENDEE, reason="other", now=deadline - SECOND)
    assert Refund.objects.get().money == booking.price


def test_after_it_an_attendee_can_cancel_and_nothing_comes_back(paid, attendee, now):
    booking, deadline = moved_late(paid, attendee, now)
    cancel(booking, by=BY_ATTENDEE, reason="other", now=deadline)
    booking.refresh_from_db()
    assert booking.status == Status.CANCELLED
    assert not Refund.objects.exists()
    mail = OutgoingMail.objects.get(template="session_cancelled", party="attendee")
    text = rendering.render(mail, deadline).text
    assert "Nothing comes back: that was possible until" in text
    assert "bank" not in text


@pytest.mark.parametrize("by", [BY_HOST, BY_OPERATOR], ids=["host", "operator"])
def test_who_is_not_the_attendee_always_gives_it_back(paid, attendee, now, by):
    booking, deadline = moved_late(paid, attendee, now)
    cancel(booking, by=by, reason="other", now=deadline)
    assert Refund.objects.get().money == booking.price


def test_moving_again_and_again_does_not_move_the_deadline(paid, attendee, now):
    booking, deadline = moved_late(paid, attendee, now)
    for after in (12, 16, 7):
        reschedule(booking, another(paid, now, after=after * DAY), by=BY_ATTENDEE, now=now)
    assert (booking.refund_until, booking.ics_sequence) == (deadline, 4)
    assert Reschedule.objects.filter(booking=booking).count() == 4


# What time does to it


def test_the_old_start_passes_without_effect(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    old_end = booking.ends_at + 2 * HOUR
    to = another(paid, now, after=9 * DAY)
    reschedule(booking, to, by=BY_HOST, now=now)
    start(old_end, str(booking.pk))
    complete(old_end, str(booking.pk))
    run_due(old_end)
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED
    run_due(to)
    booking.refresh_from_db()
    assert booking.status == Status.IN_PROGRESS


# Mails


def entry_of(rendered):
    (event,) = Calendar.from_ical(rendered.calendar).walk("VEVENT")
    return event


def moved_mail(booking, party, **more):
    return OutgoingMail.objects.filter(booking=booking, template="session_moved", party=party, **more).latest(
        "created_at"
    )


def test_both_read_old_and_new_on_both_clocks_and_the_entry_moves(paid, attendee, now):
    attendee.time_zone = "Asia/Tokyo"
    attendee.save()
    to = next_hour(now + 30 * DAY).replace(hour=9)
    while to.weekday() > 4:
        to += DAY
    booking = sell(paid, attendee, now=now)
    first = entry_of(rendering.render(OutgoingMail.objects.get(template="confirmed", party="host"), now))
    old = booking.starts_at
    reschedule(booking, to, by=BY_ATTENDEE, now=now)
    texts = {}
    for party in Party:
        rendered = rendering.render(moved_mail(booking, party), now)
        texts[party] = rendered.text
        event = entry_of(rendered)
        assert rendered.calendar_method == "REQUEST"
        assert (event["UID"], event["SEQUENCE"]) == (first["UID"], 1)
        assert event["DTSTART"].dt == to
        assert event["STATUS"] == "CONFIRMED"
    assert "Amara moved your session to" in texts["host"]
    assert "You moved your session with Naoko to" in texts["attendee"]
    for text in texts.values():
        assert "Berlin" in text
        assert "Tokyo" in text
        assert "It was to be" in text
        assert f"{old.astimezone(UTC).day} " in text


def test_the_way_in_stays_the_same_in_every_mail(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    before = rendering.render(OutgoingMail.objects.get(template="confirmed", party="attendee"), now)
    reschedule(booking, another(paid, now), by=BY_HOST, now=now)
    after = rendering.render(moved_mail(booking, "attendee"), now)
    assert str(entry_of(before)["URL"]) == str(entry_of(after)["URL"])


def test_a_confirmation_that_was_still_waiting_tells_the_present_time(paid, attendee, now):
    booking, to = sell(paid, attendee, now=now), another(paid, now)
    reschedule(booking, to, by=BY_HOST, now=now)
    late = rendering.render(OutgoingMail.objects.get(template="confirmed", party="attendee"), now)
    assert (entry_of(late)["DTSTART"].dt, entry_of(late)["SEQUENCE"]) == (to, 1)


def test_a_move_that_was_overtaken_is_told_once_from_the_time_that_was_known(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    run_due(now)
    between, to = another(paid, now), another(paid, now, after=9 * DAY)
    old = booking.starts_at
    reschedule(booking, between, by=BY_HOST, now=now)
    reschedule(booking, to, by=BY_HOST, now=now)
    run_due(now)
    # Both are owed since the same moment, so their states tell them apart and their times do not.
    mails = OutgoingMail.objects.filter(template="session_moved", party="attendee").order_by("state")
    assert [mail.state for mail in mails] == ["dropped", "kept"]
    text = rendering.render(mails[1], now).text
    day = old.astimezone(UTC).day
    assert f"It was to be\n{old:%A} {day} " in text


def test_back_at_the_known_time_nothing_is_told(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    run_due(now)
    old = booking.starts_at
    reschedule(booking, another(paid, now), by=BY_HOST, now=now)
    reschedule(booking, old, by=BY_HOST, now=now)
    run_due(now)
    states = OutgoingMail.objects.filter(template="session_moved").values_list("state", flat=True)
    assert set(states) == {"dropped"}


def test_a_reminder_of_the_old_time_does_not_go_out(paid, attendee, now):
    paid.host.event_types.update(minimum_notice=0)
    booking = sell(paid, attendee, now=now)
    type(booking).objects.update(cancel_hours=1)
    booking.refresh_from_db()
    day_before = booking.starts_at - DAY
    OutgoingMail.objects.all().delete()
    remind(day_before, str(booking.pk), "day")
    reschedule(booking, starts_of(paid, day_before, 2 * DAY)[0], by=BY_HOST, now=day_before)
    run_due(day_before)
    states = OutgoingMail.objects.filter(template="reminder_day").values_list("state", flat=True)
    assert set(states) == {"dropped"}


def test_a_cancellation_overtakes_the_news_of_a_move(paid, attendee, now):
    booking = sell(paid, attendee, now=now)
    run_due(now)
    reschedule(booking, another(paid, now), by=BY_HOST, now=now)
    cancel(booking, by=BY_HOST, reason="other", now=now)
    run_due(now)
    states = OutgoingMail.objects.filter(template="session_moved").values_list("state", flat=True)
    assert set(states) == {"dropped"}
    last = OutgoingMail.objects.get(template="session_cancelled", party="attendee")
    assert entry_of(rendering.render(last, now))["SEQUENCE"] == 2
