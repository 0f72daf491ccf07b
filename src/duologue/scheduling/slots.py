"""Which starts can be booked, and what speaks against one that cannot?

All times are whole seconds since 1970, UTC; only a limit a day looks at local dates. The grid of starts
hangs on the hours alone, so it is the same for every range that is asked for and for every `now`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from duologue.scheduling.intervals import Interval, merge, remaining
from duologue.scheduling.windows import Schedule, instants_of_date, local_date, openings

Refusal = Literal["too_soon", "too_far", "outside_hours", "off_grid", "day_full", "taken"]


@dataclass(frozen=True, slots=True)
class SlotRules:
    """What an event type says about its starts. Durations in seconds."""

    duration: int
    slot_step: int
    buffer_before: int
    buffer_after: int
    minimum_notice: int
    horizon: int
    daily_limit: int | None

    def __post_init__(self) -> None:
        if self.duration < 1 or self.slot_step < 1:
            msg = "A session and the step between starts last at least a second."
            raise ValueError(msg)
        if min(self.buffer_before, self.buffer_after, self.minimum_notice, self.horizon) < 0:
            msg = "Buffers, notice and horizon cannot be negative."
            raise ValueError(msg)
        if self.daily_limit is not None and self.daily_limit < 1:
            msg = "A limit a day is at least one; without a limit it is None."
            raise ValueError(msg)

    def claim(self, start: int) -> Interval:
        """The time that a booking with this start takes from its host."""
        return start - self.buffer_before, start + self.duration + self.buffer_after

    def reach(self, range_start: int, range_end: int) -> Interval:
        """Busy time outside this interval cannot touch a slot that starts in `[range_start, range_end)`."""
        return range_start - self.buffer_before, range_end + self.duration + self.buffer_after


@dataclass(frozen=True, slots=True)
class Question:
    """All that decides which starts of one event type are open.

    `busy` is whatever blocks claims: other claims of the host, outside and blocked time, the host's own
    sessions as attendee; in any order, at least what meets `rules.reach` of the range. `booked_days` counts
    the event type's bookings that claim time by the local date of their start (`count_days`), at least for
    the dates in the range (`span_of_dates`). No slot starts before `earliest`: now + HOLD_MINUTES for a paid
    one, now for a free one.
    """

    schedule: Schedule
    rules: SlotRules
    busy: Sequence[Interval]
    booked_days: Mapping[date, int]
    now: int
    earliest: int

    @property
    def first_start(self) -> int:
        return max(self.now + self.rules.minimum_notice, self.earliest)

    @property
    def last_start(self) -> int:
        return self.now + self.rules.horizon


def without(question: Question, claim: Interval, start: int) -> Question:
    """The same question as if a booking with this claim and start were not there: for moving it."""
    busy, days = list(question.busy), dict(question.booked_days)
    if claim in busy:
        busy.remove(claim)
    day = local_date(question.schedule.zone, start)
    if days.get(day):
        days[day] -= 1
    return replace(question, busy=busy, booked_days=days)


def open_slots(question: Question, range_start: int, range_end: int) -> list[int]:
    """Every bookable start in `[range_start, range_end)`, sorted; hours around the range are seen to here."""
    rules = question.rules
    low = max(range_start, question.first_start)
    high = min(range_end, question.last_start + 1)
    if low >= high:
        return []
    closed = merge([*_taken_starts(question, low, high), *_starts_on_full_days(question, low, high)])
    starts: list[int] = []
    for begin, end in openings(question.schedule, low, high + rules.duration):
        latest = end - rules.duration
        for here, there in remaining(max(begin, low), min(latest + 1, high), closed):
            on_grid = here + (begin - here) % rules.slot_step
            starts.extend(range(on_grid, there, rules.slot_step))
    return starts


def refusal(question: Question, start: int) -> Refusal | None:
    """The first rule that refuses this start; None exactly where `open_slots` offers it."""
    if start < question.first_start:
        return "too_soon"
    if start > question.last_start:
        return "too_far"
    rules = question.rules
    end = start + rules.duration
    around = openings(question.schedule, start, end)
    if not around or start < around[0][0] or around[0][1] < end:
        return "outside_hours"
    if (start - around[0][0]) % rules.slot_step:
        return "off_grid"
    if _is_full(question, local_date(question.schedule.zone, start)):
        return "day_full"
    claim_start, claim_end = rules.claim(start)
    if any(begin < claim_end and claim_start < until for begin, until in question.busy if begin < until):
        return "taken"
    return None


def count_days(zone: ZoneInfo, starts: Iterable[int]) -> Counter[date]:
    """How many of these starts lie on each local date."""
    return Counter(local_date(zone, start) for start in starts)


def _taken_starts(question: Question, low: int, high: int) -> list[Interval]:
    """Per busy interval, the starts whose claim would touch it."""
    rules = question.rules
    lead = rules.duration + rules.buffer_after - 1
    trail = rules.buffer_before
    since, until = rules.reach(low, high)
    return [
        (begin - lead, end + trail)
        for begin, end in question.busy
        if begin < until and end > since and begin < end
    ]


def _is_full(question: Question, day: date) -> bool:
    limit = question.rules.daily_limit
    return limit is not None and question.booked_days.get(day, 0) >= limit


def _starts_on_full_days(question: Question, low: int, high: int) -> list[Interval]:
    if question.rules.daily_limit is None:
        return []
    zone = question.schedule.zone
    # The night clocks go back over midnight, a later instant can have the earlier date.
    first = local_date(zone, low) - timedelta(days=1)
    last = local_date(zone, high) + timedelta(days=1)
    return [
        interval
        for day in question.booked_days
        if first <= day <= last and _is_full(question, day)
        for interval in instants_of_date(zone, day)
    ]
