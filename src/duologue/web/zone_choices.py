"""Which zones can be chosen, and what time is it there? For every select of zones."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.scheduling import zones

Choices = list[tuple[str, list[tuple[str, str]]]]


def zone_choices(now: datetime) -> Choices:
    """By region: `("Asia", [("Asia/Tokyo", "Tokyo (now 21:31, UTC+9)"), …])`."""
    return _choices(now.replace(second=0, microsecond=0), get_language())


@lru_cache(maxsize=4)
def _choices(now: datetime, language: str | None) -> Choices:
    return [
        (region, [(name, _label(name, now)) for name, _city in cities]) for region, cities in zones.choices()
    ]


def _label(name: str, now: datetime) -> str:
    there = zones.zone(name)
    said: dict[str, Any] = {
        "city": zones.city(name),
        "time": now.astimezone(there).strftime("%H:%M"),
        "offset": zones.offset_label(there, now),
    }
    return _("%(city)s (now %(time)s, %(offset)s)") % said
