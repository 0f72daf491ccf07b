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
from duologue.scheduling.slots import SlotRules
from duologue.scheduling.windows import Schedule, WallWindow

_MINUTE = 60
_DAY = 86400
_WEEKLY = """
SELECT host_id, weekday, start_minute, end_minute FROM scheduling_availabilityrule WHERE host_id IN ({keys})
"""
_SPECIAL = "SELECT host_id, date, windows FROM scheduling_dateoverride WHERE host_id IN ({keys})"
_BLOCKED = """
SELECT host_id, {begin:starts_at}, {end:ends_at} FROM scheduling_blockedtime
WHERE host_id IN ({keys}) AND ends_at > %s AND starts_at < %s
"""


def schedules_of(hosts: Iterable[Host]) -> dict[int, Schedule]:
    """Weekly hours and special days by host id, each in the host's own zone; needs `user` loaded."""
    return schedules_in({host.pk: host.user.time_zone for host in hosts})


def schedules_in(zone_names: Mapping[int, str]) -> dict[int, Schedule]:
    """The same for hosts of whom only id and zone are known."""
    weekly: dict[int, dict[int, list[WallWindow]]] = defaultdict(lambda: defaultdict(list))
    for host_id, weekday, start, end in seconds.rows(_WEEKLY, zone_names):
        weekly[host_id][weekday].append(WallWindow(start, end))
    overrides: dict[int, dict[date, list[WallWindow]]] = defaultdict(dict)
    for host_id, day, windows in seconds.rows(_SPECIAL, zone_names):
        overrides[host_id][_date(day)] = [WallWindow(start, end) for start, end in json.loads(windows)]
    return {pk: Schedule(weekly[pk], overrides[pk], zones.zone(name)) for pk, name in zone_names.items()}


def blocked_by_hand(host_ids: Iterable[int], start: datetime, end: datetime) -> dict[int, list[Interval]]:
    """Time taken out by hand that meets `[start, end)`, by host id."""
    found: dict[int, list[Interval]] = defaultdict(list)
    for host_id, begin, until in seconds.rows(_BLOCKED, host_ids, start, end):
        found[host_id].append((begin, until))
    return found


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
