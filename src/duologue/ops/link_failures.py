"""Which platforms fail, how often, and for whom? From the attempts of the last day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Q

from duologue.bookings.models import Booking
from duologue.bookings.queries import PEOPLE
from duologue.bookings.states import AGREED
from duologue.video import breaker
from duologue.video.attempts import WELL, outcome_words
from duologue.video.models import LinkAttempt, Outage
from duologue.video.places import Place, chosen_as, places_of

A_DAY = timedelta(days=1)
READ, SHOWN = 500, 25
_FAILED = ~Q(outcome__in=WELL)


@dataclass(frozen=True, slots=True)
class Health:
    """One platform's last day. `outage` is open now: nobody asks before its `until`."""

    platform: str
    asked: int
    failed: int
    failed_at: datetime | None
    outage: Outage | None

    @property
    def is_failing(self) -> bool:
        """Every try went wrong: keys that are set may be dead, an account may have ended."""
        return 0 < self.asked == self.failed

    @property
    def name(self) -> str:
        return chosen_as(self.platform)


@dataclass(frozen=True, slots=True)
class Failure:
    """The last try for one session that made no room, and where the session is now."""

    booking: Booking
    at: datetime
    words: str
    place: Place | None
    is_to_come: bool


def platforms(now: datetime) -> list[Health]:
    """Those that were asked or are known to be down: the down ones first, then by failures."""
    counted = LinkAttempt.objects.filter(began_at__gt=now - A_DAY).order_by().values("platform")
    found = counted.annotate(
        asked=Count("pk"), failed=Count("pk", filter=_FAILED), failed_at=Max("began_at", filter=_FAILED)
    )
    down = {outage.platform: outage for outage in breaker.down(now)}
    rows = [Health(**one, outage=down.pop(one["platform"], None)) for one in found]
    rows += [Health(slug, 0, 0, None, outage) for slug, outage in down.items()]
    return sorted(rows, key=lambda one: (one.outage is None, -one.failed, one.platform))


def sessions(now: datetime) -> list[Failure]:
    """The sessions for which tries failed, the latest first."""
    last = list(_last_failed(now))
    places = places_of(one.booking for one in last)
    return [
        Failure(
            booking=one.booking,
            at=one.began_at,
            words=outcome_words(one.platform, one.outcome),
            place=places.get(one.booking_id),
            is_to_come=one.booking.status_at(now) in AGREED,
        )
        for one in last
    ]


def _last_failed(now: datetime) -> Iterator[LinkAttempt]:
    failed = LinkAttempt.objects.filter(_FAILED, began_at__gt=now - A_DAY)
    people = [f"booking__{one}" for one in PEOPLE]
    seen: set[UUID] = set()
    for attempt in failed.select_related(*people).order_by("-began_at", "-pk")[:READ]:
        if attempt.booking_id not in seen and len(seen) < SHOWN:
            seen.add(attempt.booking_id)
            yield attempt
