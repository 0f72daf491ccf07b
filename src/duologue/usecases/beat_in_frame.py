"""Write down who is in a platform's frame on our call page, as their page tells while they are (JOIN-6)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from duologue.bookings.models import Booking, Party
from duologue.calls.frames import Beat
from duologue.calls.models import FrameStay
from duologue.core.errors import Refused

MOST_STAYS = 500


def beat_in_frame(booking: Booking, party: Party, platform: str, beat: Beat, *, now: datetime) -> None:
    """Begin a stay, keep it alive, or end it. One that ended goes on when its person comes back.

    Raises Refused `too_many_stays`.
    """
    stays = FrameStay.objects.filter(booking=booking, party=party.value)
    stay = stays.filter(epoch=beat.epoch).first()
    if stay is None and beat.is_in:
        if stays.count() >= MOST_STAYS:
            raise Refused("This room was entered too often.", code="too_many_stays")
        with transaction.atomic():
            stay, _made = stays.get_or_create(
                booking=booking,
                party=party.value,
                epoch=beat.epoch,
                defaults={"platform": platform, "entered_at": now, "seen_at": now},
            )
    changed = _changes(stay, beat, now) if stay is not None else {}
    if stay is not None and changed:
        FrameStay.objects.filter(pk=stay.pk).update(**changed)


def _changes(stay: FrameStay, beat: Beat, now: datetime) -> dict[str, Any]:
    if not beat.is_in:
        return {} if stay.left_at is not None else {"left_at": now, "seen_at": max(now, stay.seen_at)}
    changed: dict[str, Any] = {"seen_at": max(now, stay.seen_at), "left_at": None}
    if beat.other:
        changed |= {"other_at": stay.other_at or now, "other_seen_at": max(now, stay.other_seen_at or now)}
    return changed
