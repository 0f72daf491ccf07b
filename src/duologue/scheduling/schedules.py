"""What do hosts' rows say about hours and blocked time? Rows in, the pure engine's values out.

Everything is read for many hosts at once, in a fixed number of queries.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from duologue.accounts.models import Host
from duologue.scheduling import zones
from duologue.scheduling.intervals import Interval, covering
from duologue.scheduling.models import AvailabilityRule, BlockedTime, DateOverride, EventType
from duologue.scheduling.slots import SlotRules
from duologue.scheduling.windows import Schedule, WallWindow

_MINUTE = 60
_DAY = 86400


def schedules_of(hosts: Iterable[Host]) -> dict[int, Schedule]:
    """Weekly hours and special days by host id, each in the host's own zone; needs `user` loaded."""
    named = {host.pk: host.user.time_zone for host in hosts}
    weekly: dict[int, dict[int, list[WallWindow]]] = defaultdict(lambda: defaultdict(list))
    rules = AvailabilityRule.objects.filter(host__in=named).order_by()
    for host_id, weekday, start, end in rules.values_list("host_id", "weekday", "start_minute", "end_minute"):
        weekly[host_id][weekday].append(WallWindow(start, end))
    overrides: dict[int, dict[date, list[WallWindow]]] = defaultdict(dict)
    special = DateOverride.objects.filter(host__in=named).order_by()
    for host_id, day, windows in special.values_list("host_id", "date", "windows"):
        overrides[host_id][day] = [WallWindow(start, end) for start, end in windows]
    return {pk: Schedule(weekly[pk], overrides[pk], zones.zone(name)) for pk, name in named.items()}


def blocked_by_hand(host_ids: Iterable[int], start: datetime, end: datetime) -> dict[int, list[Interval]]:
    """Time taken out by hand that meets `[start, end)`, by host id."""
    found: dict[int, list[Interval]] = defaultdict(list)
    rows = BlockedTime.objects.filter(host__in=host_ids, ends_at__gt=start, starts_at__lt=end).order_by()
    for host_id, begin, until in rows.values_list("host_id", "starts_at", "ends_at"):
        found[host_id].append(covering(begin, until))
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
