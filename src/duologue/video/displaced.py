"""Which sessions take place elsewhere than their host wants, because an account did not work?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from duologue.bookings.models import Booking
from duologue.bookings.states import AGREED
from duologue.video.chain import chain
from duologue.video.models import BY_HAND, VALID, LinkAttempt, MeetingLink
from duologue.video.registry import PROVIDERS, provider


@dataclass(frozen=True, slots=True)
class Displaced:
    """A session, and the platform where it takes place as things stand; empty where it has no room."""

    booking: Booking
    platform: str


def platforms_of(vendor: str) -> list[str]:
    """The platforms that are asked with this vendor's accounts."""
    return [slug for slug in PROVIDERS if provider(slug).vendor == vendor]


def displaced(vendor: str, *, now: datetime, user_id: int | None = None) -> Iterator[Displaced]:
    """Sessions not begun that wanted a room of this vendor's and have one further down the order, or none.

    Of one host, or of all. What a host gave by hand stays, and so does what was never to be there.
    """
    ours = platforms_of(vendor)
    for booking in _to_come(now, user_id, ours):
        order = chain(booking.host)
        wanted = next((place for place, slug in enumerate(order) if slug in ours), None)
        platform = booking.taken_at or ""
        if wanted is not None and platform != BY_HAND and _place(platform, order) > wanted:
            yield Displaced(booking, platform)


def _to_come(now: datetime, user_id: int | None, tried: list[str]) -> Iterator[Any]:
    """With the platform of each one's room as `taken_at`, None where there is none."""
    attempts = LinkAttempt.objects.filter(booking=OuterRef("pk"), platform__in=tried)
    agreed = Booking.objects.filter(
        Exists(attempts), status__in=[status.value for status in AGREED], starts_at__gt=now
    )
    if user_id is not None:
        agreed = agreed.filter(host__user=user_id)
    valid = MeetingLink.objects.filter(booking=OuterRef("pk"), status__in=VALID).values("platform")
    agreed = agreed.annotate(taken_at=Subquery(valid[:1]))
    return agreed.select_related("host__user").order_by("starts_at").iterator()


def _place(platform: str, order: list[str]) -> int:
    return order.index(platform) if platform in order else len(order)
