"""Who was where, and who says so? All evidence of a session: our own room, frames, webhooks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from duologue.bookings.models import Booking, Party
from duologue.calls.models import FrameStay, Presence, Sighting
from duologue.calls.verdict import Evidence, Source

OWN_ROOM = "builtin"


def evidence(booking: Booking) -> list[Evidence]:
    """The oldest first."""
    found = [*_own_room(booking), *_frames(booking), *_platforms(booking)]
    return sorted(found, key=lambda one: (one.start, one.side))


def _own_room(booking: Booking) -> Iterator[Evidence]:
    for stay in Presence.objects.filter(booking=booking):
        last = stay.left_at or stay.seen_at
        if stay.knocked_at is not None:
            # Whoever waits to be let in has come: it is not up to them when the host does it.
            yield Evidence(stay.party, Source.KNOCK, OWN_ROOM, stay.knocked_at, stay.entered_at or last)
        elif stay.entered_at is None:
            yield Evidence(stay.party, Source.DOOR, OWN_ROOM, stay.arrived_at, last)
        if stay.entered_at is not None:
            is_met = stay.connected_at is not None
            yield Evidence(stay.party, Source.ROOM, OWN_ROOM, stay.entered_at, last, is_met)


def _frames(booking: Booking) -> Iterator[Evidence]:
    for stay in FrameStay.objects.filter(booking=booking):
        last = stay.left_at or stay.seen_at
        yield Evidence(stay.party, Source.FRAME, stay.platform, stay.entered_at, last)
        if stay.other_at is not None:
            other = Party(stay.party).other.value
            yield Evidence(other, Source.OTHER_BROWSER, stay.platform, stay.other_at, stay.other_seen_at)


def _platforms(booking: Booking) -> Iterator[Evidence]:
    """Coming and going, paired by visit."""
    visits: dict[tuple[str, str, str], list[Sighting]] = defaultdict(list)
    for sighting in Sighting.objects.filter(booking=booking).order_by("at", "id"):
        visits[sighting.platform, sighting.party, sighting.visitor].append(sighting)
    for (platform, party, visitor), seen in visits.items():
        for start, end in _paired(seen) if visitor else ((one, None) for one in seen):
            yield Evidence(party, Source.PLATFORM, platform, start.at, end.at if end else None)


def _paired(seen: Iterable[Sighting]) -> Iterator[tuple[Sighting, Sighting | None]]:
    """Each coming with the going that follows it; what lacks its other half is a stay of unknown length."""
    last: Sighting | None = None
    for one, after in pairwise([*seen, None]):
        if one is None:
            continue
        is_coming = one.kind == Sighting.Kind.JOINED
        if is_coming:
            follows = after is not None and after.kind == Sighting.Kind.LEFT
            yield one, after if follows else None
        elif last is None or last.kind == Sighting.Kind.LEFT:
            yield one, None
        last = one
