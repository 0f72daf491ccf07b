"""Keep a host's weekly hours, their zone, and the rules that hold for all offers: all of it or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts import people
from duologue.accounts.models import Host
from duologue.core.errors import Invalid, Refused
from duologue.scheduling.hours import MOST_WINDOWS, Window
from duologue.scheduling.models import AvailabilityRule, EventType
from duologue.scheduling.queries import SHARED_RULES, setup_of
from duologue.scheduling.windows import WallWindow
from duologue.usecases.save_profile import checked_zone

DAYS = range(7)
_ALL_FIELDS = {field.name for field in EventType._meta.fields}


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Windows by weekday (Monday is 0) in minutes. `rules` has only those that shall change."""

    time_zone: str
    weekly: Mapping[int, Sequence[Window]]
    rules: Mapping[str, int | None] = field(default_factory=dict)


def save_hours(host: Host, hours: WeeklyHours, *, seen: str) -> None:
    """Replace the hours. `seen` is the fingerprint of the setup that the host had before their eyes.

    Raises Refused `changed_meanwhile` when it is no longer the one that is kept, and Invalid with a `field`.
    Bookings that lie outside of the new hours stay.
    """
    zone = checked_zone(hours.time_zone)
    rows = [row for day in hours.weekly for row in _rows(host, day, hours.weekly[day])]
    with transaction.atomic():
        people.lock([host.user_id])
        host.user.refresh_from_db(fields=["time_zone"])
        if setup_of(host).fingerprint != seen:
            raise Refused(
                _("These hours were changed somewhere else while this page was open."),
                code="changed_meanwhile",
            )
        AvailabilityRule.objects.filter(host=host).delete()
        AvailabilityRule.objects.bulk_create(rows)
        host.user.time_zone, host.user.time_zone_chosen = zone, True
        host.user.save(update_fields=["time_zone", "time_zone_chosen"])
        _set_rules(host, hours.rules)


def _rows(host: Host, day: int, windows: Sequence[Window]) -> list[AvailabilityRule]:
    if day not in DAYS or len(windows) > MOST_WINDOWS:
        raise Invalid(_("These hours cannot be kept."), code="invalid_hours", field="hours")
    check_windows(windows)
    return [
        AvailabilityRule(host=host, weekday=day, start_minute=start, end_minute=end) for start, end in windows
    ]


def check_windows(windows: Sequence[Window]) -> None:
    """Raises Invalid for windows that are none, or overlap."""
    until = 0
    for start, end in sorted(windows):
        try:
            WallWindow(start, end)
        except ValueError:
            raise Invalid(_("A window begins before it ends."), code="invalid_hours", field="hours") from None
        if start < until:
            raise Invalid(_("Two windows of one day overlap."), code="invalid_hours", field="hours")
        until = end


def _set_rules(host: Host, rules: Mapping[str, int | None]) -> None:
    for name, value in rules.items():
        if name not in SHARED_RULES:
            msg = f"{name} is no rule that all offers share."
            raise ValueError(msg)
        try:
            EventType(**{name: value}).clean_fields(exclude=_ALL_FIELDS - {name})
        except ValidationError as error:
            raise Invalid(" ".join(error.messages), code="invalid_rule", field=name) from None
    if rules:
        EventType.objects.filter(host=host, is_active=True).update(**rules)
