"""Was the room changed lately, and by whom, can it be changed, and who was in it?"""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.calls import admission
from duologue.usecases.try_another_room import place_to_leave
from duologue.video.models import RoomChange
from duologue.video.places import Place, place_name
from duologue.video.registry import BUILTIN
from duologue.web.attendance import seen_attendance

IS_NEWS = timedelta(minutes=10)


def room_change(booking: Booking, now: datetime) -> str:
    """Empty where it was not, or where that is no news any more."""
    latest = RoomChange.objects.filter(booking=booking, at__gt=now - IS_NEWS).last()
    if latest is None:
        return ""
    person = booking.host_person if latest.party == Party.HOST else booking.attendee_person
    values = {
        "name": person.first_name or person.name,
        "before": place_name(latest.before),
        "after": place_name(latest.after),
    }
    return _("%(name)s moved you both from %(before)s to %(after)s.") % values


def room_news(
    booking: Booking, place: Place | None, party: Party | None, *, now: datetime, can_join: bool
) -> dict[str, Any]:
    """All of it, for the session's page."""
    link = place.link if place else None
    is_own_room = can_join and link is not None and link.platform == BUILTIN
    # Whoever waits to be let in reads nothing of who is inside, and does not lead the host elsewhere.
    is_outside = is_own_room and party is not None and admission.is_outside(booking, party)
    return {
        "change": room_change(booking, now),
        "place_id": place_to_leave(booking, link) if can_join and not is_outside else 0,
        "attendance": None if is_outside else seen_attendance(booking, now=now),
        "attendee_waits": is_own_room and party is Party.HOST and admission.waits(booking, now=now),
    }
