"""What to do when a room does not work: both move to the next platform of the order, live (JOIN-3)."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.calls import door
from duologue.core.errors import ProviderError, Refused
from duologue.usecases import ask_platform, take_room
from duologue.video.chain import chain
from duologue.video.models import MeetingLink


def try_another_room(booking: Booking, party: Party, *, place: int, now: datetime) -> MeetingLink:
    """The room to which both are led from now on.

    `place` is the one that whoever asks has before them: where it was changed meanwhile, that is it already.
    The caller has made sure that it is `party`. Raises what `door.check` raises, Refused `link_pending` and
    `no_other_room`. Asks platforms, so call it outside transactions.
    """
    door.check(booking, now=now)
    current = take_room.current(booking)
    if current is None:
        raise Refused(_("The room is not ready yet."), code="link_pending")
    if current.pk != place:
        return current
    for platform in _others(booking, current):
        try:
            made = ask_platform.for_room(booking, platform, now=now)
        except ProviderError:
            continue
        take_room.take(booking, made, seen=current, now=now, asked_by=party)
        # Whoever was faster, or a host's link by hand, counts for both.
        return take_room.current(booking) or current
    raise Refused(_("No other room can be had just now."), code="no_other_room")


def place_to_leave(booking: Booking, link: MeetingLink | None) -> int:
    """The number of the room that can be left for another; 0 where there is no other to try."""
    return link.pk if link is not None and any(_others(booking, link)) else 0


def _others(booking: Booking, current: MeetingLink) -> Iterator[str]:
    """What follows in the order, and then what stands before it."""
    order = chain(booking.host)
    at = order.index(current.platform) + 1 if current.platform in order else 0
    return (slug for slug in [*order[at:], *order[:at]] if slug != current.platform)
