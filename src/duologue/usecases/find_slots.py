"""Which starts of an offer are open? Hours, blocked time and bookings, asked of the pure engine (BOOK-1)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from duologue.bookings import claims
from duologue.scheduling import seconds, slots, terms
from duologue.scheduling.intervals import Interval, epoch, instant
from duologue.scheduling.models import EventType
from duologue.scheduling.schedules import blocked_read, hours_reads, schedules_from
from duologue.scheduling.seconds import Row
from duologue.scheduling.terms import Terms

NEAR = timedelta(days=14)
FARTHEST = timedelta(days=366)
"""No event type's horizon lies further ahead."""
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
    users = {one.host_id: one.user_id for one in asked}
    zone_names = {one.host_id: one.zone_name for one in asked}
    limited = [one.event_type_id for one in asked if one.rules.daily_limit is not None]
    since, until = _reach([one.rules for one in asked], start, end)
    claimed, elsewhere, blocked, starts, *hours = seconds.together(
        claims.claims_read(users, since, until, now=now),
        claims.elsewhere_read(users.values(), since, until, now=now),
        blocked_read(users, since, until),
        claims.starts_read(limited, start - _MARGIN, end + _MARGIN, now=now),
        *hours_reads(users),
    )
    busy, booked = _by_key([*claimed, *blocked]), _by_key(starts)
    attending = _by_key(elsewhere)
    schedules = schedules_from(zone_names, *hours)
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
    # These two first: far enough away, a time cannot even be reckoned with.
    if starts_at < now:
        return "too_soon"
    if starts_at > now + FARTHEST:
        return "too_far"
    if starts_at.microsecond:
        return "off_grid"
    asked = questions([event_type], starts_at, starts_at + timedelta(seconds=1), now=now)[event_type.pk]
    return slots.refusal(asked, epoch(starts_at))


def near_slots(event_type: EventType, around: datetime, *, now: datetime, count: int = 3) -> list[datetime]:
    """The open starts closest to a time that was lost, in order of time."""
    found = open_slots(event_type, max(now, around - NEAR), around + NEAR, now=now)
    closest = sorted(found, key=lambda start: abs(start - epoch(around)))[:count]
    return [instant(start) for start in sorted(closest)]
