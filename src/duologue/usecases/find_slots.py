"""Which starts of an offer are open? Hours, blocked time and bookings, asked of the pure engine (BOOK-1)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from duologue.bookings import claims
from duologue.scheduling import slots
from duologue.scheduling.intervals import epoch, instant
from duologue.scheduling.models import EventType
from duologue.scheduling.schedules import blocked_by_hand, rules_of, schedules_of

NEAR = timedelta(days=14)
FARTHEST = timedelta(days=366)
"""No event type's horizon lies further ahead."""
_A_DAY = timedelta(days=1)


def questions(
    event_types: Sequence[EventType], start: datetime, end: datetime, *, now: datetime
) -> dict[int, slots.Question]:
    """Everything that decides which starts in `[start, end)` are open, by event type id.

    A fixed number of queries however many are asked for. Needs `host__user` loaded.
    """
    rules = {event_type.pk: rules_of(event_type) for event_type in event_types}
    hosts = list({event_type.host_id: event_type.host for event_type in event_types}.values())
    since, until = _reach(rules.values(), start, end)
    taken = claims.time_of_hosts(hosts, since, until, now=now)
    blocked = blocked_by_hand([host.pk for host in hosts], since, until)
    schedules = schedules_of(hosts)
    return {
        event_type.pk: slots.Question(
            schedule=(schedule := schedules[event_type.host_id]),
            rules=rules[event_type.pk],
            busy=[*taken[event_type.host_id].busy, *blocked[event_type.host_id]],
            booked_days=slots.count_days(schedule.zone, taken[event_type.host_id].starts[event_type.pk]),
            now=epoch(now),
            earliest=_earliest(event_type, now),
        )
        for event_type in event_types
    }


def _reach(rules: Iterable[slots.SlotRules], start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Bookings outside this range cannot matter: buffers reach out, a limit a day looks at whole dates."""
    known = list(rules)
    before = max((rule.buffer_before for rule in known), default=0)
    after = max((rule.duration + rule.buffer_after for rule in known), default=0)
    margin = _A_DAY * 2 if any(rule.daily_limit for rule in known) else timedelta()
    return start - timedelta(seconds=before) - margin, end + timedelta(seconds=after) + margin


def _earliest(event_type: EventType, now: datetime) -> int:
    """Notice counts from the next whole second; a paid start leaves time for a whole hold."""
    hold = timedelta() if event_type.is_free else settings.DUOLOGUE_HOLD
    wait = max(timedelta(minutes=event_type.minimum_notice), hold)
    first = now + wait
    return epoch(first) + (1 if first.microsecond else 0)


def is_open(event_type: EventType) -> bool:
    """Whether anything of this offer can be booked at all."""
    return event_type.is_active and event_type.host.is_bookable


def open_slots(event_type: EventType, start: datetime, end: datetime, *, now: datetime) -> list[int]:
    """Bookable starts in `[start, end)` as seconds since 1970, sorted; none where nothing is bookable."""
    if not is_open(event_type):
        return []
    asked = questions([event_type], start, end, now=now)[event_type.pk]
    return slots.open_slots(asked, epoch(start), epoch(end))


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
