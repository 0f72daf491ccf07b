"""What do hosts' rows say about hours and blocked time? Rows in, the pure engine's values out.

Everything is read for many hosts at once, in a fixed number of queries.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from duologue.accounts.models import Host
from duologue.scheduling import seconds, zones
from duologue.scheduling.intervals import Interval
from duologue.scheduling.models import EventType
from duologue.scheduling.seconds import Read, Row
from duologue.scheduling.slots import SlotRules
from duologue.scheduling.windows import Schedule, WallWindow

_MINUTE = 60
_DAY = 86400
# Weekday and minute travel in one number; a day's last minute is 1440.
_MINUTES_APART = 1441
_WEEKLY = """
SELECT host_id, weekday * 1441 + start_minute, end_minute, '' FROM scheduling_availabilityrule
WHERE host_id IN ({keys})
"""
_SPECIAL = """
SELECT host_id, 0, 0, CAST(date AS TEXT) || ' ' || CAST(windows AS TEXT) FROM scheduling_dateoverride
WHERE host_id IN ({keys})
"""
_BLOCKED = """
SELECT host_id, {begin:starts_at}, {end:ends_at}, '' FROM scheduling_blockedtime
WHERE host_id IN ({keys}) AND ends_at > %s AND starts_at < %s
"""


def schedules_of(hosts: Iterable[Host]) -> dict[int, Schedule]:
    """Weekly hours and special days by host id, each in the host's own zone; needs `user` loaded."""
    zone_names = {host.pk: host.user.time_zone for host in hosts}
    return schedules_from(zone_names, *seconds.together(*hours_reads(zone_names)))


def hours_reads(host_ids: Iterable[int]) -> tuple[Read, Read]:
    """What `schedules_from` wants to know."""
    keys = tuple(host_ids)
    return Read(_WEEKLY, keys), Read(_SPECIAL, keys)


def schedules_from(
    zone_names: Mapping[int, str], weekly_rows: Iterable[Row], special_rows: Iterable[Row]
) -> dict[int, Schedule]:
    """Each host's hours, from rows."""
    weekly: dict[int, dict[int, list[WallWindow]]] = defaultdict(lambda: defaultdict(list))
    for _, host_id, opens, end, _ in weekly_rows:
        weekday, start = divmod(opens, _MINUTES_APART)
        weekly[host_id][weekday].append(WallWindow(start, end))
    special: dict[int, dict[date, list[WallWindow]]] = defaultdict(dict)
    for _, host_id, _, _, text in special_rows:
        day, _, windows = text.partition(" ")
        special[host_id][date.fromisoformat(day)] = [WallWindow(*window) for window in json.loads(windows)]
    return {pk: Schedule(weekly[pk], special[pk], zones.zone(name)) for pk, name in zone_names.items()}


def blocked_by_hand(host_ids: Iterable[int], start: datetime, end: datetime) -> dict[int, list[Interval]]:
    """Time taken out by hand that meets `[start, end)`, by host id."""
    found: dict[int, list[Interval]] = defaultdict(list)
    [rows] = seconds.together(blocked_read(host_ids, start, end))
    for _, host_id, begin, until, _ in rows:
        found[host_id].append((begin, until))
    return found


def blocked_read(host_ids: Iterable[int], start: datetime, end: datetime) -> Read:
    """Time taken out by hand that meets `[start, end)`: host id, begin, end."""
    return Read(_BLOCKED, tuple(host_ids), (start, end))


def rules_of(event_type: EventType) -> SlotRules:
    """An event type's rules in the engine's seconds."""
    return SlotRules(
        duration=event_type.duration * _MINUTE,
        slot_step=event_type.slot_step * _MINUTE,
        buffer_before=event_type.buffer_before * _MINUTE,
        buffer_after=event_type.buffer_after * _MINUTE,
        minimum_notice=event_type.minimum_notice * _MINUTE,
        horizon=event_type.horizon_days * _DAY,
        daily_limit=event_type.daily_limit,
    )


def _date(stored: date | str) -> date:
    """SQLite keeps dates as text."""
    return date.fromisoformat(stored) if isinstance(stored, str) else stored
