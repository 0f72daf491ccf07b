"""Which answers do the rules of an offer have? Short lists, and whatever is kept already."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

AN_HOUR = 60
A_DAY = 24 * AN_HOUR
USUAL: dict[str, tuple[int, ...]] = {
    "buffer_before": (0, 5, 10, 15, 20, 30, 45, 60, 90, 120),
    "buffer_after": (0, 5, 10, 15, 20, 30, 45, 60, 90, 120),
    "minimum_notice": (0, 60, 120, 240, 720, A_DAY, 2 * A_DAY, 3 * A_DAY, 7 * A_DAY, 14 * A_DAY),
    "horizon_days": (7, 14, 30, 60, 90, 180, 365),
    "daily_limit": (0, 1, 2, 3, 4, 5, 6, 8, 10, 12),
    "slot_step": (5, 10, 15, 20, 30, 45, 60, 90, 120),
}
"""A daily limit of 0 stands for none."""


def rule_choices(rule: str, kept: Iterable[int | None] = ()) -> list[tuple[str, str]]:
    """The select's options for a rule, in order."""
    values = sorted({*USUAL[rule], *(value or 0 for value in kept)})
    return [(str(value), _words(rule, value)) for value in values]


def chosen(rule: str, value: str) -> int | None:
    """What an option means."""
    number = int(value)
    return None if rule == "daily_limit" and number == 0 else number


def _words(rule: str, value: int) -> str:
    if rule == "horizon_days":
        return ngettext("%(count)s day out", "%(count)s days out", value) % {"count": value}
    if rule == "daily_limit":
        return str(value) if value else _("No limit")
    if rule == "minimum_notice":
        return _("%(length)s before") % {"length": _length(value)} if value else _("Any time before")
    return _length(value) if value else _("None")


def _length(minutes: int) -> str:
    if minutes % A_DAY == 0:
        days = minutes // A_DAY
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    if minutes % AN_HOUR == 0 and minutes > AN_HOUR:
        return _("%(count)s h") % {"count": minutes // AN_HOUR}
    return _("%(count)s min") % {"count": minutes}
