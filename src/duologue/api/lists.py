"""Which of a person's sessions come next on a page? By index, from where the last page ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Q

from duologue.accounts.models import Host, User
from duologue.api.paging import Place
from duologue.bookings.models import Booking
from duologue.bookings.queries import past, upcoming

LONGEST_AGO = timedelta(days=1)
"""What stands under Upcoming begins later than this long ago, so the past is never walked through."""


class Tab(StrEnum):
    UPCOMING = "upcoming"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stretch of one tab: at most `count` bookings after a place."""

    tab: Tab
    count: int
    after: Place | None


def bookings_of(user: User, wanted: Wanted, *, now: datetime) -> list[Booking]:
    """Nearest first. Each side is one query along its own index, so the cost does not grow with the list."""
    found: list[Booking] = []
    for side in _sides(user):
        rows = Booking.objects.select_related("host__user", "attendee").filter(side, _shown(wanted, now))
        found += rows.order_by(*_order(wanted.tab))[: wanted.count]
    found.sort(key=lambda booking: (booking.starts_at, booking.pk), reverse=wanted.tab is Tab.PAST)
    return found[: wanted.count]


def _sides(user: User) -> list[Q]:
    sides = [Q(attendee_id=user.pk)]
    host_id = Host.objects.filter(user=user).values_list("pk", flat=True).first()
    return sides if host_id is None else [*sides, Q(host_id=host_id)]


def _shown(wanted: Wanted, now: datetime) -> Q:
    if wanted.tab is Tab.UPCOMING:
        return upcoming(now) & Q(starts_at__gt=now - LONGEST_AGO) & _after(wanted.after, "gt")
    return past(now) & _after(wanted.after, "lt")


def _after(place: Place | None, beyond: str) -> Q:
    if place is None:
        return Q()
    # The first condition alone would do; it is what the index can use.
    return Q(**{f"starts_at__{beyond}e": place.at}) & (
        Q(**{f"starts_at__{beyond}": place.at}) | Q(starts_at=place.at, **{f"id__{beyond}": place.id})
    )


def _order(tab: Tab) -> tuple[str, str]:
    return ("-starts_at", "-id") if tab is Tab.PAST else ("starts_at", "id")
