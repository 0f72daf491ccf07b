"""Which starts of an offer are open? Hours, bookings and busy times, asked of the pure engine (BOOK-1)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from duologue.bookings import claims
from duologue.calendars.busy import busy_reads
from duologue.scheduling import seconds, slots, terms
from duologue.scheduling.intervals import Interval, epoch, instant
from duologue.scheduling.models import EventType
from duologue.scheduling.schedules import blocked_read, hours_reads, schedules_from
from duologue.scheduling.seconds import Read, Row
from duologue.scheduling.terms import Terms

NEAR = timedelta(days=14)
FARTHEST = timedelta(days=366)
"""No event type's horizon lies further ahead."""
_A_SECOND = timedelta(seconds=1)
_MARGIN = timedelta(days=2)
"""A limit a day looks at whole dates, wherever the range begins and ends."""


def questions(
    event_types: Iterable[EventType], start: datetime, end: datetime, *, now: datetime
) -> dict[int, slots.Question]:
    """Everything that decides which starts in `[start, end)` are open, by event type id.

    A fixed number of queries however many are asked for. Needs `host__user` loaded.
    """
    return _questions([terms.of(event_type) for event_type in event_types], start, end, now=now)


def _questions(
    asked: Sequence[Terms], start: datetime, end: datetime, *, now: datetime
) -> dict[int, slots.Question]:
    return answered(asked, seconds.together(*reads(asked, start, end, now=now)), now=now)


def reads(asked: Sequence[Terms], start: datetime, end: datetime, *, now: datetime) -> list[Read]:
    """What to read before `answered` can tell about the starts in `[start, end)`."""
    host_ids = tuple({one.host_id for one in asked})
    limited = [one.event_type_id for one in asked if one.rules.daily_limit is not None]
    since, until = _reach([one.rules for one in asked], start, end)
    return [
        claims.claims_read(host_ids, since, until, now=now),
        claims.elsewhere_read({one.user_id for one in asked}, since, until, now=now),
        blocked_read(host_ids, since, until),
        *busy_reads(host_ids, since, until, now=now),
        claims.starts_read(limited, start - _MARGIN, end + _MARGIN, now=now),
        *hours_reads(host_ids),
    ]


def answered(
    asked: Sequence[Terms], found: Sequence[list[Row]], *, now: datetime
) -> dict[int, slots.Question]:
    """What the rows of `reads` come to, by event type id."""
    claimed, elsewhere, blocked, outside, unknown, starts, weekly, special = found
    busy = _by_key([*claimed, *blocked, *outside, *unknown])
    attending, booked = _by_key(elsewhere), _by_key(starts)
    schedules = schedules_from({one.host_id: one.zone_name for one in asked}, weekly, special)
    return {
        one.event_type_id: slots.Question(
            schedule=(schedule := schedules[one.host_id]),
            rules=one.rules,
            busy=[*busy[one.host_id], *attending[one.user_id]],
            booked_days=slots.count_days(schedule.zone, (at for at, _ in booked[one.event_type_id])),
            now=epoch(now),
            earliest=_earliest(one, now),
        )
        for one in asked
    }


def _by_key(rows: Iterable[Row]) -> dict[int, list[Interval]]:
    found: dict[int, list[Interval]] = defaultdict(list)
    for _, key, begin, until, _ in rows:
        found[key].append((begin, until))
    return found


def _reach(rules: Iterable[slots.SlotRules], start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Bookings outside this range cannot touch a slot: buffers reach out of it."""
    known = list(rules)
    before = max((rule.buffer_before for rule in known), default=0)
    after = max((rule.duration + rule.buffer_after for rule in known), default=0)
    return start - timedelta(seconds=before), end + timedelta(seconds=after)


def _earliest(asked: Terms, now: datetime) -> int:
    """Notice counts from the next whole second; a paid start leaves time for a whole hold."""
    hold = timedelta() if asked.is_free else settings.DUOLOGUE_HOLD
    first = now + max(timedelta(seconds=asked.rules.minimum_notice), hold)
    return epoch(first) + (1 if first.microsecond else 0)


def is_open(event_type: EventType) -> bool:
    """Whether anything of this offer can be booked at all."""
    return event_type.is_active and event_type.host.is_bookable


def open_slots(event_type: EventType, start: datetime, end: datetime, *, now: datetime) -> list[int]:
    """Bookable starts in `[start, end)` as seconds since 1970, sorted; none where nothing is bookable."""
    return open_slots_on(terms.of(event_type), start, end, now=now) if is_open(event_type) else []


def open_slots_on(asked: Terms, start: datetime, end: datetime, *, now: datetime) -> list[int]:
    """The same for an offer of which only the terms are known, and that it is open."""
    question = _questions([asked], start, end, now=now)[asked.event_type_id]
    return slots.open_slots(question, epoch(start), epoch(end))


def open_slots_of(
    event_types: Sequence[EventType], start: datetime, end: datetime, *, now: datetime
) -> dict[int, list[int]]:
    """The same for many offers at once, by event type id."""
    asked = questions([found for found in event_types if is_open(found)], start, end, now=now)
    return {pk: slots.open_slots(question, epoch(start), epoch(end)) for pk, question in asked.items()}


def refusal(event_type: EventType, starts_at: datetime, *, now: datetime) -> slots.Refusal | None:
    """Why this start cannot be booked; None when it can."""
    beyond = out_of_reach(starts_at, now=now)
    if beyond is not None:
        return beyond
    asked = questions([event_type], starts_at, starts_at + _A_SECOND, now=now)[event_type.pk]
    return refusal_of(asked, starts_at)


def refusal_of(asked: slots.Question, starts_at: datetime) -> slots.Refusal | None:
    """The same where the question is put already."""
    return slots.refusal(asked, epoch(starts_at)) or ("off_grid" if starts_at.microsecond else None)


def out_of_reach(starts_at: datetime, *, now: datetime) -> slots.Refusal | None:
    """Far enough away, a time cannot even be reckoned with: to be asked before anything is read."""
    if starts_at < now - FARTHEST:
        return "too_soon"
    return "too_far" if starts_at > now + FARTHEST else None


def reads_at(asked: Terms, starts_at: datetime, *, now: datetime) -> list[Read]:
    """What to read before `answered` can tell about one start."""
    return reads([asked], starts_at, starts_at + _A_SECOND, now=now)


def near_slots(event_type: EventType, around: datetime, *, now: datetime, count: int = 3) -> list[datetime]:
    """The open starts closest to a time that was lost, in order of time."""
    found = open_slots(event_type, max(now, around - NEAR), around + NEAR, now=now)
    closest = sorted(found, key=lambda start: abs(start - epoch(around)))[:count]
    return [instant(start) for start in sorted(closest)]
