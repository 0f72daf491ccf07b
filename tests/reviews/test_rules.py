"""Does nobody write having read the other, and is nothing changed that somebody reads? (Pure rules.)"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.bookings.states import Status
from duologue.reviews import rules
from duologue.reviews.names import public_name

END = datetime(2026, 10, 22, 10, tzinfo=UTC)
TICK = timedelta(microseconds=1)
OPEN = END + rules.BLIND_FOR
SIDES = ("host", "attendee")
steps = st.lists(
    st.tuples(st.sampled_from(SIDES), st.sampled_from(["write", "edit"]), st.integers(0, 40 * 24)),
    max_size=12,
)


class World:
    """Both sides, as the rules let them act."""

    def __init__(self):
        self.written, self.changed, self.acts = {}, {}, []

    def visible_at(self, side):
        other = self.written.get(self.other(side))
        return rules.visible_at(ends_at=END, written_at=self.written[side], other_written_at=other)

    def other(self, side):
        return SIDES[1 - SIDES.index(side)]

    def reads(self, side, now):
        """Whether this side can read the other's."""
        other = self.other(side)
        return other in self.written and self.visible_at(other) <= now

    def act(self, side, what, now):
        knew = self.reads(side, now)
        if what == "write":
            seen = self.visible_at(self.other(side)) if self.other(side) in self.written else None
            refused = rules.write_refusal(
                Status.COMPLETED, has_written=side in self.written, other_visible_at=seen, now=now
            )
            if refused is None:
                self.written[side] = now
                self.acts.append((side, knew, False))
        elif side in self.written:
            was_read = self.visible_at(side) <= now
            other_wrote = self.other(side) in self.written
            if rules.is_editable(visible_at=self.visible_at(side), other_has_written=other_wrote, now=now):
                self.acts.append((side, knew, was_read))


@given(steps)
def test_nobody_writes_having_read_and_nothing_is_changed_that_is_read(taken):
    world = World()
    for side, what, hours in sorted(taken, key=lambda step: step[2]):
        world.act(side, what, END + timedelta(hours=hours))
    assert not any(knew or was_read for _side, knew, was_read in world.acts)


@given(steps)
def test_both_are_read_from_one_instant_when_both_wrote_in_time(taken):
    world = World()
    for side, _what, hours in sorted(taken, key=lambda step: step[2]):
        world.act(side, "write", END + timedelta(hours=hours))
    if len(world.written) == 2 and max(world.written.values()) <= OPEN:
        assert world.visible_at("host") == world.visible_at("attendee") == max(world.written.values())


@given(st.integers(0, 60 * 24), st.none() | st.integers(0, 60 * 24))
def test_it_is_hidden_until_both_or_two_weeks_and_never_longer(mine, theirs):
    written = END + timedelta(hours=mine)
    other = None if theirs is None else END + timedelta(hours=theirs)
    at = rules.visible_at(ends_at=END, written_at=written, other_written_at=other)
    assert written <= at <= max(written, OPEN)
    if other is not None:
        assert at <= max(written, other)
        assert at >= min(max(written, other), OPEN)
    else:
        assert at >= OPEN


def test_the_two_weeks_end_to_the_instant():
    at = rules.visible_at(ends_at=END, written_at=END, other_written_at=None)
    assert at == OPEN
    assert rules.is_editable(visible_at=at, other_has_written=False, now=OPEN - TICK)
    assert not rules.is_editable(visible_at=at, other_has_written=False, now=OPEN)
    assert not rules.is_editable(visible_at=at, other_has_written=True, now=END)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.COMPLETED])
def test_only_what_is_completed_is_reviewed(status):
    asked = {"has_written": False, "other_visible_at": None, "now": OPEN}
    assert rules.write_refusal(status, **asked) == "not_completed"
    assert rules.write_refusal(Status.COMPLETED, **asked) is None


def test_late_writing_goes_while_there_is_nothing_to_read():
    late = OPEN + timedelta(days=300)
    asked = {"has_written": False, "now": late}
    assert rules.write_refusal(Status.COMPLETED, other_visible_at=None, **asked) is None
    assert rules.write_refusal(Status.COMPLETED, other_visible_at=late + TICK, **asked) is None
    assert rules.write_refusal(Status.COMPLETED, other_visible_at=late, **asked) == "review_closed"
    assert rules.visible_at(ends_at=END, written_at=late, other_written_at=None) == late


@given(st.tuples(*[st.integers(0, 50)] * 5))
def test_a_mean_is_never_flattering_and_never_of_fewer_than_three(stars):
    tenths, count = rules.mean_in_tenths(stars), sum(stars)
    assert (tenths is None) == (count < 3)
    if tenths is not None:
        exact = sum(value * often for value, often in enumerate(stars, 1)) * 10 / count
        assert exact - 1 < tenths <= exact
        assert tenths < 50 or stars[4] == count


zones = st.sampled_from(["UTC", "Asia/Tokyo", "America/St_Johns", "Pacific/Kiritimati", "Europe/Berlin"])


@given(st.integers(0, 24 * 60 * 400), st.integers(-48, 24 * 20), zones)
def test_people_are_asked_by_day_of_their_own_and_not_too_late(minutes, hours_later, name):
    zone, end = ZoneInfo(name), END + timedelta(minutes=minutes)
    now = end + timedelta(hours=hours_later)
    at = rules.ask_at(end, zone, now=now)
    if at is None:
        assert now >= end + rules.BLIND_FOR - timedelta(days=1)
        return
    assert now <= at < end + rules.BLIND_FOR
    assert time(9) <= at.astimezone(zone).time() < time(20)
    assert at.astimezone(zone).date() > end.astimezone(zone).date()
    if now <= end:
        assert at.astimezone(zone).time() == time(10)
        assert at - end <= timedelta(hours=35)


@given(st.integers(0, 24 * 60 * 400), zones)
def test_the_night_is_waited_out(minutes, name):
    zone, at = ZoneInfo(name), END + timedelta(minutes=minutes)
    moved = rules.by_day(at, zone)
    assert timedelta() <= moved - at <= timedelta(hours=14)
    assert time(9) <= moved.astimezone(zone).time() < time(20)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Mateo Lindqvist", "Mateo L."),
        ("Ana María de la Cruz", "Ana C."),
        ("Dr. Leyla Ay", "Leyla A."),
        ("Prof. Dr. Ruth Levi", "Ruth L."),
        ("Cher", "Cher"),
        ("Dr.", "Dr."),
        ("李 小龙", "李 小."),
        ("  ", ""),
        ("", ""),
        ("amara@obi.example", ""),
        ("Amara amara@obi.example", ""),
        ("Noor O’Hara", "Noor O."),
        ("Émile łukasz", "Émile Ł."),
        ("Amara 🙂", "Amara"),
    ],
)
def test_people_stand_with_first_name_and_initial(name, shown):
    assert public_name(name) == shown


@given(st.text(max_size=80))
def test_no_name_breaks_it_and_no_address_gets_through(name):
    shown = public_name(name)
    assert "@" not in shown
    assert len(shown.split()) <= 2
