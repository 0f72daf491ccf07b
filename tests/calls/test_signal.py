"""Does the mailbox carry signals once and in order, and is what it notes about people true?"""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from duologue.accounts.models import User
from duologue.bookings.models import Booking, Party
from duologue.calls import presence, wire
from duologue.calls.models import JoinDevice, Presence, Signal
from duologue.calls.presence import State
from duologue.core.errors import Forbidden, Refused
from duologue.scheduling.models import EventType
from duologue.usecases import signal
from duologue.usecases.presence import MOST_STAYS, leave, purge
from duologue.usecases.signal import Answer, exchange
from tests.rooms import make_room
from tests.stays import came, here, met, stays

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HOST, ATTENDEE = Party.HOST, Party.ATTENDEE


@pytest.fixture
def room(paid: EventType, attendee: User) -> Booking:
    return make_room(paid, attendee, begins_in=timedelta())


@pytest.fixture
def now(room: Booking) -> datetime:
    return room.starts_at


def epoch(name: str) -> str:
    return name.ljust(12, "0")


def visit(room: Booking, party: Party, name: str, now: datetime, **words: Any) -> Answer:
    """One exchange of a stay; `to` is a stay's short name too, `signals` are numbers."""
    to = epoch(words.pop("to")) if "to" in words else ""
    numbers = words.pop("signals", ())
    signals = [{"seq": number, "body": {"candidate": {"n": number, "of": name}}} for number in numbers]
    sent = {"epoch": epoch(name), "entered": True, "to": to, "signals": signals, **words}
    return exchange(room, party, wire.parse(json.dumps(sent).encode()), now=now)


def numbers(answer: Answer) -> list[int]:
    return [seq for seq, _body in answer.signals]


def test_alone(room: Booking, now: datetime):
    answer = visit(room, HOST, "h1", now)
    assert answer.is_current
    assert answer.theirs is None
    assert signal.words_of(answer, now) == {
        "epoch": "",
        "state": "absent",
        "connected": False,
        "camera": "",
        "microphone": "",
        "for": 0,
    }


def test_the_later_one_begins(room: Booking, now: datetime):
    visit(room, HOST, "h1", now)
    later = visit(room, ATTENDEE, "a1", now)
    earlier = visit(room, HOST, "h1", now)
    assert later.i_came_later
    assert not earlier.i_came_later
    told = signal.words_of(earlier, now + 3 * SECOND)
    assert (told["epoch"], told["state"], told["for"]) == (epoch("a1"), "here", 3)


def test_what_works_at_the_other_side(room: Booking, now: datetime):
    visit(room, ATTENDEE, "a1", now, entered=False, camera="fine")
    visit(room, ATTENDEE, "a1", now + SECOND, entered=False, camera="fine", microphone="silent")
    told = signal.words_of(visit(room, HOST, "h1", now + SECOND), now + SECOND)
    assert (told["state"], told["camera"], told["microphone"]) == ("waiting", "fine", "silent")
    visit(room, ATTENDEE, "a1", now + 2 * SECOND, connected=True)
    told = signal.words_of(visit(room, HOST, "h1", now + 2 * SECOND), now + 2 * SECOND)
    assert (told["connected"], told["camera"]) == (True, "fine")
    visit(room, ATTENDEE, "a1", now + 3 * SECOND)
    told = signal.words_of(visit(room, HOST, "h1", now + 3 * SECOND), now + 3 * SECOND)
    assert (told["state"], told["connected"]) == ("here", False)


def test_signals_arrive_once_and_in_order(room: Booking, now: datetime):
    visit(room, HOST, "h1", now)
    visit(room, ATTENDEE, "a1", now, to="h1", signals=[2, 1])
    visit(room, ATTENDEE, "a1", now, to="h1", signals=[2, 1, 3])
    answer = visit(room, HOST, "h1", now, to="a1")
    assert numbers(answer) == [1, 2, 3]
    assert json.loads(answer.signals[0][1]) == {"candidate": {"n": 1, "of": "a1"}}
    assert numbers(visit(room, HOST, "h1", now, to="a1", since=2)) == [3]
    assert numbers(visit(room, HOST, "h1", now, to="a1", since=3)) == []


def test_what_was_repeated_differently_keeps_its_first_form(room: Booking, now: datetime):
    visit(room, HOST, "h1", now)
    visit(room, ATTENDEE, "a1", now, to="h1", signals=[1])
    again = {"epoch": epoch("a1"), "to": epoch("h1"), "signals": [{"seq": 1, "body": {"forged": True}}]}
    exchange(room, ATTENDEE, wire.parse(json.dumps(again).encode()), now=now)
    assert "forged" not in visit(room, HOST, "h1", now, to="a1").signals[0][1]


def test_a_new_stay_gets_no_old_signals(room: Booking, now: datetime):
    visit(room, HOST, "h1", now)
    visit(room, ATTENDEE, "a1", now, to="h1", signals=[1, 2])
    visit(room, HOST, "h2", now)
    assert not Signal.objects.exists()
    assert numbers(visit(room, HOST, "h2", now, to="a1")) == []
    # The attendee has not heard yet that the other is another: what it still sends has no reader.
    answer = visit(room, ATTENDEE, "a1", now, to="h1", signals=[3])
    assert not Signal.objects.exists()
    assert signal.words_of(answer, now)["epoch"] == epoch("h2")


def test_one_window_at_a_time(room: Booking, now: datetime):
    visit(room, HOST, "h1", now)
    assert visit(room, HOST, "h2", now).is_current
    assert not visit(room, HOST, "h1", now).is_current


def test_an_older_window_reads_and_writes_nothing(room: Booking, now: datetime):
    visit(room, ATTENDEE, "a1", now)
    visit(room, HOST, "h1", now)
    visit(room, HOST, "h2", now)
    visit(room, HOST, "h1", now, to="a1", signals=[1])
    assert not Signal.objects.exists()


def test_a_call_of_another_booking_is_another_mailbox(room: Booking, paid: EventType, now: datetime):
    other = make_room(paid, begins_in=timedelta(hours=2))
    visit(room, HOST, "h1", now)
    visit(room, ATTENDEE, "a1", now, to="h1", signals=[1])
    visit(other, HOST, "h1", other.starts_at)
    answer = visit(other, HOST, "h1", other.starts_at, to="a1")
    assert answer.theirs is None
    assert answer.signals == []


def test_too_much(room: Booking, now: datetime, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(signal, "MOST_A_MINUTE", 4)
    visit(room, HOST, "h1", now)
    for first in (1, 4):
        visit(room, ATTENDEE, "a1", now, to="h1", signals=range(first, first + 3))
    with pytest.raises(Refused) as refusal:
        visit(room, ATTENDEE, "a1", now, to="h1", signals=[7])
    assert refusal.value.status == 429
    visit(room, ATTENDEE, "a1", now + timedelta(minutes=2), to="h1", signals=[7])


def test_only_while_the_door_is_open(room: Booking, now: datetime):
    closes = room.ends_at + timedelta(hours=1)
    with pytest.raises(Forbidden):
        visit(room, HOST, "h1", closes)
    assert not Presence.objects.exists()


def test_an_overrunning_call_goes_on(room: Booking, now: datetime):
    closes = room.ends_at + timedelta(hours=1)
    visit(room, HOST, "h1", closes - SECOND)
    visit(room, ATTENDEE, "a1", closes - SECOND)
    minute = timedelta(minutes=1)
    for minutes in range(1, 179):
        visit(room, HOST, "h1", closes + minutes * minute, to="a1", connected=True)
        visit(room, ATTENDEE, "a1", closes + minutes * minute, to="h1", connected=True)
    # Even the page may be loaded again.
    assert visit(room, ATTENDEE, "a2", closes + 178 * minute).is_current
    with pytest.raises(Forbidden):
        visit(room, HOST, "h1", closes + 180 * minute)


# Who is there


def test_states_of_a_stay(room: Booking, now: datetime):
    assert presence.state(None, now) is State.ABSENT
    visit(room, HOST, "h1", now, entered=False)
    assert state_of(room, HOST, now) is State.WAITING
    assert here(room, now=now) == set()
    visit(room, HOST, "h1", now + SECOND)
    assert state_of(room, HOST, now + SECOND) is State.HERE
    assert here(room, now=now + SECOND) == {HOST}
    leave(room, HOST, epoch("h1"), now=now + 2 * SECOND)
    assert state_of(room, HOST, now + 2 * SECOND) is State.LEFT


def state_of(room: Booking, party: Party, now: datetime) -> State:
    return presence.state(presence.latest(room, party), now)


def test_silence_means_lost(room: Booking, now: datetime):
    visit(room, HOST, "h1", now)
    assert state_of(room, HOST, now + 15 * SECOND) is State.HERE
    assert state_of(room, HOST, now + 16 * SECOND) is State.LOST


def test_a_connected_page_may_be_silent_for_longer(room: Booking, now: datetime):
    visit(room, HOST, "h1", now, connected=True)
    visit(room, HOST, "h1", now + 12 * SECOND, connected=True)
    assert state_of(room, HOST, now + 50 * SECOND) is State.HERE
    assert state_of(room, HOST, now + 53 * SECOND) is State.LOST


def test_a_stay_is_written_down_as_it_was(room: Booking, now: datetime):
    visit(room, ATTENDEE, "a1", now, entered=False)
    visit(room, ATTENDEE, "a1", now + 30 * SECOND)
    visit(room, ATTENDEE, "a1", now + 40 * SECOND, connected=True)
    visit(room, ATTENDEE, "a1", now + 52 * SECOND, connected=True)
    (stay,) = stays(room)
    assert (stay.start, stay.end) == (now + 30 * SECOND, now + 52 * SECOND)
    assert stay.connected
    assert came(room) == {ATTENDEE}
    assert met(room)


def test_a_killed_browser_ends_when_it_was_last_seen(room: Booking, now: datetime):
    visit(room, HOST, "h1", now)
    visit(room, HOST, "h1", now + 9 * SECOND)
    visit(room, HOST, "h2", now + timedelta(minutes=20))
    first, second = stays(room)
    assert (first.start, first.end) == (now, now + 9 * SECOND)
    assert second.start == now + timedelta(minutes=20)


def test_who_only_looked_in_did_not_come(room: Booking, now: datetime):
    visit(room, HOST, "h1", now, entered=False)
    assert stays(room) == []
    assert came(room) == set()
    assert not met(room)


def test_a_word_that_comes_after_the_farewell_revives_nobody(room: Booking, now: datetime):
    visit(room, HOST, "h1", now)
    leave(room, HOST, epoch("h1"), now=now + SECOND)
    answer = visit(room, HOST, "h1", now + 20 * SECOND)
    assert not answer.is_current
    assert stays(room)[0].end == now + SECOND


def test_the_first_farewell_counts(room: Booking, now: datetime):
    visit(room, HOST, "h1", now)
    leave(room, HOST, epoch("h1"), now=now + SECOND)
    leave(room, HOST, epoch("h1"), now=now + timedelta(hours=1))
    leave(room, ATTENDEE, epoch("a9"), now=now)
    assert stays(room)[0].end == now + SECOND
    assert Presence.objects.count() == 1


def test_frequent_visits_are_cheap(room: Booking, now: datetime, django_assert_max_num_queries):
    visit(room, HOST, "h1", now)
    with django_assert_max_num_queries(2) as captured:
        visit(room, HOST, "h1", now + timedelta(milliseconds=400))
    assert not [query for query in captured.captured_queries if query["sql"].startswith(("UPDATE", "INSERT"))]


def test_stays_are_counted(room: Booking, now: datetime):
    Presence.objects.bulk_create(
        Presence(booking=room, party=HOST.value, epoch=epoch(f"x{n:03}-"), arrived_at=now, seen_at=now)
        for n in range(MOST_STAYS)
    )
    with pytest.raises(Refused):
        visit(room, HOST, "h1", now)


def test_purge_keeps_what_is_evidence(room: Booking, now: datetime):
    visit(room, HOST, "h1", now)
    visit(room, ATTENDEE, "a1", now, to="h1", signals=[1])
    JoinDevice.objects.create(
        booking=room, party=ATTENDEE.value, fingerprint="f", generation=1, state="asked", created_at=now
    )
    purge(now + timedelta(hours=23))
    assert Signal.objects.count() == 1
    purge(now + timedelta(days=2))
    assert (Signal.objects.count(), Presence.objects.count(), JoinDevice.objects.count()) == (0, 2, 1)
    purge(now + timedelta(days=200))
    assert (Presence.objects.count(), JoinDevice.objects.count()) == (2, 0)
    purge(now + timedelta(days=500))
    assert not Presence.objects.exists()
