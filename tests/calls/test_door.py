"""Is the door open exactly when it should be, and does nobody who is in get thrown out by the clock?"""

from datetime import timedelta

import pytest

from duologue.accounts.models import User
from duologue.bookings.models import Booking, Party
from duologue.bookings.states import Status
from duologue.calls import door
from duologue.calls.models import Presence
from duologue.core.errors import Forbidden, Refused
from duologue.scheduling.models import EventType
from duologue.usecases.join_longer import join_longer
from tests.cast import make_booking
from tests.rooms import make_room, when_it_was

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def room(paid: EventType, attendee: User) -> Booking:
    return make_room(paid, attendee)


def be_in(booking: Booking, party: Party, **times: object) -> Presence:
    given = {
        "arrived_at": booking.starts_at,
        "entered_at": booking.starts_at,
        "seen_at": booking.ends_at,
        **times,
    }
    return Presence.objects.create(booking=booking, party=party.value, epoch="a" * 36, **given)


@pytest.mark.parametrize("moment", ["as it opens", "last moment"])
def test_open(room: Booking, moment: str):
    door.check(room, now=when_it_was(room, moment))


@pytest.mark.parametrize(("moment", "code"), [("before it opens", "too_early"), ("as it closes", "expired")])
def test_closed(room: Booking, moment: str, code: str):
    with pytest.raises(Forbidden) as refusal:
        door.check(room, now=when_it_was(room, moment))
    assert refusal.value.code == code


def test_too_early_says_when(room: Booking):
    with pytest.raises(Forbidden) as refusal:
        door.check(room, now=when_it_was(room, "before it opens"))
    assert refusal.value.data["opens_at"] == room.starts_at - timedelta(minutes=15)


@pytest.mark.parametrize(
    ("status", "code", "http"),
    [
        (Status.CANCELLED, "cancelled", 403),
        (Status.PENDING_PAYMENT, "not_confirmed", 409),
        (Status.EXPIRED, "not_confirmed", 409),
    ],
)
def test_states_without_a_call(paid: EventType, attendee: User, status: Status, code: str, http: int):
    booking = make_booking(paid, attendee, status=status)
    with pytest.raises(Refused) as refusal:
        door.check(booking, now=booking.starts_at)
    assert (refusal.value.code, refusal.value.status) == (code, http)


def test_windows_are_settings(room: Booking, settings):
    settings.DUOLOGUE_JOIN_OPENS = timedelta(minutes=5)
    settings.DUOLOGUE_JOIN_CLOSES = timedelta(hours=2)
    with pytest.raises(Forbidden):
        door.check(room, now=room.starts_at - timedelta(minutes=6))
    door.check(room, now=room.ends_at + timedelta(hours=2) - SECOND)


def test_who_is_in_may_stay_and_come_back(room: Booking):
    closes = when_it_was(room, "as it closes")
    be_in(room, Party.HOST, seen_at=closes - SECOND)
    door.check_stay(room, Party.HOST, now=closes)
    door.check_stay(room, Party.HOST, now=closes + door.RETURNS - 2 * SECOND)
    for party, now in ((Party.ATTENDEE, closes), (Party.HOST, closes + door.RETURNS)):
        with pytest.raises(Forbidden, match="closed"):
            door.check_stay(room, party, now=now)


def test_nobody_stays_for_ever(room: Booking):
    ejected = door.ejects_at(room)
    assert ejected == room.ends_at + timedelta(hours=4)
    be_in(room, Party.HOST, seen_at=ejected)
    door.check_stay(room, Party.HOST, now=ejected - SECOND)
    with pytest.raises(Forbidden):
        door.check_stay(room, Party.HOST, now=ejected)


def test_waiting_outside_is_not_being_in(room: Booking):
    closes = when_it_was(room, "as it closes")
    be_in(room, Party.HOST, entered_at=None, seen_at=closes - SECOND)
    with pytest.raises(Forbidden):
        door.check_stay(room, Party.HOST, now=closes)


def test_cancelling_ends_a_running_call(room: Booking):
    be_in(room, Party.HOST, seen_at=room.starts_at + timedelta(minutes=1))
    Booking.objects.filter(pk=room.pk).update(status=Status.CANCELLED.value)
    room.refresh_from_db()
    with pytest.raises(Forbidden) as refusal:
        door.check_stay(room, Party.HOST, now=room.starts_at + timedelta(minutes=2))
    assert refusal.value.code == "cancelled"


def test_the_host_keeps_it_open(room: Booking):
    closes = when_it_was(room, "as it closes")
    assert join_longer(room, now=closes - SECOND) == closes + timedelta(hours=1)
    door.check(room, now=closes + timedelta(minutes=59))
    with pytest.raises(Forbidden):
        door.check(room, now=closes + timedelta(hours=1))


def test_it_is_never_kept_open_past_the_end_for_everyone(room: Booking):
    now = when_it_was(room, "last moment")
    for _ in range(6):
        last = join_longer(room, now=now)
    assert last == door.ejects_at(room)


def test_the_window_follows_a_new_time(room: Booking):
    door.check(room, now=room.starts_at)
    before = room.starts_at
    room.starts_at += timedelta(days=1)
    room.ends_at += timedelta(days=1)
    with pytest.raises(Forbidden):
        door.check(room, now=before)
    door.check(room, now=room.starts_at)
