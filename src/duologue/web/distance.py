"""How far away is a session, and how wide is the space between the two people because of it? Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext

DOOR = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Distance:
    """What the `pair` tag draws between two portraits, and the same in words."""

    gap: str
    before: Text = ""
    value: str = ""
    after: Text = ""
    words: Text = ""


def distance(starts_at: datetime, now: datetime) -> Distance:
    """The space between the two at `now`: days, hours, minutes; nothing once it runs."""
    left = starts_at - now
    if left <= timedelta(0):
        return Distance("touch")
    if left >= DAY:
        days = left // DAY
        return _apart("days", str(days), ngettext("day", "days", days), _days(days))
    minutes = -(-left // MINUTE)
    if minutes < 60:
        gap = "door" if left <= DOOR else "minutes"
        return _apart(gap, str(minutes), gettext("min"), _minutes(minutes))
    hours, rest = divmod(minutes, 60)
    if hours >= 3 or rest == 0:
        return _apart("hours", str(hours), ngettext("hour", "hours", hours), _hours(hours))
    value, after = gettext("%(hours)d h") % {"hours": hours}, gettext("%(minutes)d min") % {"minutes": rest}
    return _apart("hours", value, after, f"{_hours(hours)} {_minutes(rest)}")


def opens_in(left: timedelta) -> str:
    """in 2 h 5 min, within the last day; empty when it is further, or open."""
    if not timedelta(0) < left < DAY:
        return ""
    hours, minutes = divmod(-(-left // MINUTE), 60)
    told = [gettext("%(hours)d h") % {"hours": hours}] if hours else []
    told += [gettext("%(minutes)d min") % {"minutes": minutes}] if minutes else []
    return gettext("in %(distance)s") % {"distance": " ".join(told)}


def _apart(gap: str, value: str, after: str, words: str) -> Distance:
    return Distance(gap, gettext("in"), value, after, gettext("in %(distance)s") % {"distance": words})


def _days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


def _hours(count: int) -> str:
    return ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}


def _minutes(count: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}
