"""What has a host set up so far? Read for the editor, with a fingerprint that tells of changes."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from duologue.accounts.models import Host
from duologue.scheduling.hours import Window
from duologue.scheduling.models import AvailabilityRule, BlockedTime, DateOverride, EventType

SHARED_RULES = ("buffer_after", "minimum_notice", "horizon_days", "daily_limit")
"""Rules that the hours page sets for all offers at once."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Zone, weekly windows by weekday, and the rules of all offers that can be booked."""

    time_zone: str
    weekly: dict[int, list[Window]]
    rules: list[dict[str, int | None]]

    @property
    def fingerprint(self) -> str:
        """The same for the same setup: sent with the form, compared when it comes back."""
        kept = [self.time_zone, sorted(self.weekly.items()), self.rules]
        return hashlib.sha256(json.dumps(kept).encode()).hexdigest()[:16]


def setup_of(host: Host) -> Setup:
    """Needs `user` loaded."""
    weekly: dict[int, list[Window]] = {}
    rows = AvailabilityRule.objects.filter(host=host).order_by("weekday", "start_minute", "end_minute")
    for weekday, start, end in rows.values_list("weekday", "start_minute", "end_minute"):
        weekly.setdefault(weekday, []).append((start, end))
    offers = EventType.objects.filter(host=host, is_active=True).order_by("pk")
    rules: list[dict[str, int | None]] = [dict(row) for row in offers.values("pk", *SHARED_RULES)]
    return Setup(host.user.time_zone, weekly, rules)


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """One or more dates in a row on which the same holds: these windows, or nothing."""

    first: date
    last: date
    windows: list[Window]
    label: str = ""

    @property
    def is_range(self) -> bool:
        return self.first != self.last


def special_days(host: Host, *, since: date) -> list[SpecialDays]:
    """Special days from a date on; neighbours that say the same are one entry."""
    return _in_a_row(DateOverride.objects.filter(host=host, date__gte=since).order_by("date"))


def special_days_on(host: Host, day: date) -> SpecialDays | None:
    """The entry that a date belongs to."""
    around = DateOverride.objects.filter(host=host).order_by("date")
    return next((found for found in _in_a_row(around) if found.first <= day <= found.last), None)


def _in_a_row(overrides: Iterable[DateOverride]) -> list[SpecialDays]:
    found: list[SpecialDays] = []
    for override in overrides:
        windows = [(start, end) for start, end in override.windows]
        before = found[-1] if found else None
        if (
            before is not None
            and before.last + timedelta(days=1) == override.date
            and (before.windows, before.label) == (windows, override.label)
        ):
            found[-1] = SpecialDays(before.first, override.date, windows, override.label)
        else:
            found.append(SpecialDays(override.date, override.date, windows, override.label))
    return found


def blocked_times(host: Host, *, now: datetime) -> Sequence[BlockedTime]:
    """What is taken out by hand and not over yet."""
    return list(BlockedTime.objects.filter(host=host, ends_at__gt=now).order_by("starts_at"))
