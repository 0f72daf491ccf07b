"""Which zones can be chosen, and what time is it there? For every select of zones."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.accounts.search import fold
from duologue.notifications import when
from duologue.scheduling import zones

Choices = list[tuple[str, list[tuple[str, str]]]]


def zone_choices(now: datetime, *, search: str = "") -> Choices:
    """By region: `("Asia", [("Asia/Tokyo", "Tokyo (now 21:31, UTC+9)"), …])`, in the reader's order.

    Searched, only those whose city or region is called so, in the reader's language or in English.
    """
    found = _choices(now.replace(second=0, microsecond=0), get_language())
    words = fold(search).split()
    if not words:
        return found
    kept = [(region, [one for one in cities if _fits(one[0], words)]) for region, cities in found]
    return [(region, cities) for region, cities in kept if cities]


@lru_cache(maxsize=4)
def _choices(now: datetime, language: str | None) -> Choices:
    grouped = [
        (_region(region), sorted(((name, _label(name, now)) for name, _city in cities), key=_by_label))
        for region, cities in zones.choices()
    ]
    *regions, utc = grouped
    return [*sorted(regions, key=lambda one: fold(one[0])), utc]


def _by_label(choice: tuple[str, str]) -> str:
    return fold(choice[1])


def _region(name: str) -> str:
    """What a region of the tz database is called."""
    known = {
        "Africa": _("Africa"),
        "America": _("America"),
        "Antarctica": _("Antarctica"),
        "Arctic": _("Arctic"),
        "Asia": _("Asia"),
        "Atlantic": _("Atlantic Ocean"),
        "Australia": _("Australia"),
        "Europe": _("Europe"),
        "Indian": _("Indian Ocean"),
        "Pacific": _("Pacific Ocean"),
    }
    return known.get(name, name)


def _fits(name: str, words: list[str]) -> bool:
    region = name.partition("/")[0]
    called = fold(" ".join((name.replace("/", " ").replace("_", " "), when.city(name), _region(region))))
    return all(word in called for word in words)


def _label(name: str, now: datetime) -> str:
    there = zones.zone(name)
    said: dict[str, Any] = {
        "city": when.city(name),
        "time": now.astimezone(there).strftime("%H:%M"),
        "offset": zones.offset_label(there, now),
    }
    return _("%(city)s (now %(time)s, %(offset)s)") % said
