"""How near are sessions? Rows of a list by Today, Tomorrow, This week, Next week, then months."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Generic, Protocol, TypeVar

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.bookings.listing import Tab
from duologue.bookings.models import Booking
from duologue.notifications import when
from duologue.web.viewer import Viewer


class Dated(Protocol):
    """A row of a list, whatever else it knows."""

    @property
    def booking(self) -> Booking: ...


Row = TypeVar("Row", bound=Dated)


@dataclass(frozen=True, slots=True)
class Group(Generic[Row]):
    """Rows that are equally near."""

    title: str
    rows: list[Row]


def groups(rows: Iterable[Row], viewer: Viewer, tab: Tab) -> list[Group[Row]]:
    def title(one: Row) -> str:
        return nearness(one.booking.starts_at, viewer, tab)

    return [Group(name, list(members)) for name, members in groupby(rows, key=title)]


def nearness(at: datetime, viewer: Viewer, tab: Tab) -> str:
    day, today = at.astimezone(viewer.zone).date(), viewer.now.astimezone(viewer.zone).date()
    if day == today:
        return _("Today")
    if tab is Tab.UPCOMING:
        week = (day - today + timedelta(days=today.weekday())).days // 7
        if day == today + timedelta(days=1):
            return _("Tomorrow")
        if week in {0, 1}:
            return [_("This week"), _("Next week")][week]
    return when.month(day, locale=when.locale_of(get_language() or ""))
