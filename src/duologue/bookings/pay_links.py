"""Which link leads whom to the payment of a session that its host booked? A token that is stored nowhere.

It pays for this booking, or gives the time back, and can do no more: it lets nobody in and shows no link.
"""

from hmac import compare_digest
from uuid import UUID

from django.conf import settings

from duologue.bookings.models import Booking
from duologue.core import crypto

_ID = 32


def token(booking_id: UUID) -> str:
    """The secret part of `/pay/<token>`, the same each time it is made."""
    return f"{booking_id.hex}-{crypto.token(settings.SECRET_KEY, 'pay-link', booking_id)}"


def address(booking: Booking) -> str:
    return f"{settings.BASE_URL}/pay/{token(booking.pk)}"


def find(given: str) -> Booking | None:
    """The booking that a token is about; None for one that we did not write."""
    try:
        booking_id = UUID(given[:_ID])
    except ValueError:
        return None
    if not compare_digest(given.encode(), token(booking_id).encode()):
        return None
    people = Booking.objects.select_related("host__user", "attendee", "event_type")
    return people.filter(pk=booking_id, pay_until__isnull=False).first()
