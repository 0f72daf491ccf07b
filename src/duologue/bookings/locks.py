"""How does a use case see a booking as it is, and keep it so until it has acted? (law 1)"""

from duologue.accounts import people
from duologue.bookings.models import Booking

_MOVES = [
    "status",
    "attendee",
    "ics_sequence",
    "no_show_party",
    "starts_at",
    "ends_at",
    "blocked_from",
    "blocked_until",
    "first_starts_at",
]


def lock(booking: Booking) -> None:
    """Hold the people and the booking until the transaction ends; `booking` is brought up to date.

    The row too, because timers move a session on without locking anybody. Needs `host` loaded.
    """
    email = booking.attendee_email if booking.attendee_id is None else ""
    people.lock([booking.host.user_id, booking.attendee_id], email=email)
    booking.refresh_from_db(fields=_MOVES, from_queryset=Booking.objects.select_for_update(no_key=True))
