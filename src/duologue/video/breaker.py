"""Is a platform known to be down? Then nobody waits for it, until one try shows that it is back."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from duologue.core import statements
from duologue.core.kept import Kept, given
from duologue.video.models import Outage

OPENS_AFTER = 5
"""Failures in a row."""
PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)
ONE_TRY = timedelta(seconds=20)
"""How long the others still wait while one tries whether the platform is back."""

_OUTAGE = Kept(lambda: Outage.objects.filter(platform=given("platform")))


def closed_until(platform: str, *, now: datetime) -> datetime | None:
    """When to ask again, or None to ask now; after each pause one caller alone is let through."""
    outage = _OUTAGE.first(platform=platform)
    if outage is None or outage.failures < OPENS_AFTER:
        return None
    if outage.until <= now:
        tries = Outage.objects.filter(platform=platform, until=outage.until)
        if tries.update(until=now + ONE_TRY):
            return None
    return max(outage.until, now + timedelta(seconds=1))


def failed(platform: str, *, now: datetime) -> None:
    """The platform did not answer, or answered that it cannot now; `now` is when it was asked.

    Of those that ask at one moment many fail together. Once it is known to be down they tell nothing new:
    only who tried whether it is back makes the pause longer.
    """
    unknown = Q(failures__lt=OPENS_AFTER) | Q(until__lte=now) | Q(until=now + ONE_TRY)
    with transaction.atomic():
        statements.insert(Outage(platform=platform, failures=0, since=now, until=now), or_keep=True)
        if not Outage.objects.filter(unknown, platform=platform).update(failures=F("failures") + 1):
            return
        outage = Outage.objects.get(platform=platform)
        if outage.failures >= OPENS_AFTER:
            doubled = PAUSE * float(2 ** min(outage.failures - OPENS_AFTER, 8))
            Outage.objects.filter(platform=platform).update(until=now + min(doubled, LONGEST_PAUSE))


def answered(platform: str) -> None:
    """The platform works."""
    if _OUTAGE.first(platform=platform) is not None:
        Outage.objects.filter(platform=platform).delete()


def down(now: datetime) -> list[Outage]:
    """The platforms that are known to be down, for operators."""
    return list(Outage.objects.filter(Q(failures__gte=OPENS_AFTER)).order_by("since"))
