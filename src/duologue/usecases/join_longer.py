"""Keep the door of a call open for longer: the host's word when a session overruns (LINK-7)."""

from datetime import datetime

from duologue.bookings.models import Booking
from duologue.calls import door
from duologue.calls.models import Extension


def join_longer(booking: Booking, *, now: datetime) -> datetime:
    """Let people enter for one more hour, at most until those who are in have to go; gives the new end.

    The caller has made sure that the host asks and is still let in.
    """
    closes_at = min(max(door.window(booking).closes_at, now) + door.EXTRA, door.ejects_at(booking))
    given = {"closes_at": closes_at, "at": now}
    # `door.window` believes what the booking brings along.
    booking.door_extension, _made = Extension.objects.update_or_create(booking=booking, defaults=given)
    return closes_at
