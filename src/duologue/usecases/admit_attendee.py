"""Let the attendee into our own room: the host's word, where they let people in by hand."""

from datetime import datetime

from duologue.bookings.models import Booking
from duologue.calls import door
from duologue.calls.models import Admission


def admit_attendee(booking: Booking, *, now: datetime) -> None:
    """From now on the attendee goes in, by whichever device and however often; said twice, it counts once.

    The caller has made sure that the host says so. Raises what `door.check` raises: nobody is let in before
    the window or after it.
    """
    door.check(booking, now=now)
    Admission.objects.get_or_create(booking=booking, starts_at=booking.starts_at, defaults={"at": now})
