"""Give a person the bookings that were made with their address before it was proved to be theirs (BOOK-7)."""

from datetime import datetime

from django.db import transaction

from duologue.accounts import people
from duologue.accounts.models import User
from duologue.bookings.models import Booking
from duologue.bookings.names import renamed


def claim_bookings(user: User, *, now: datetime) -> int:
    """How many bookings became theirs. Nobody becomes the attendee of their own session as a host.

    The address must be proved. Who has no name yet takes the one of the newest booking.
    """
    if user.email_proved_at is None:
        return 0
    with transaction.atomic():
        people.lock([user.pk], email=user.email)
        unclaimed = Booking.objects.filter(attendee__isnull=True, attendee_email=user.email)
        unclaimed = unclaimed.exclude(host__user=user)
        if not user.name:
            newest = unclaimed.exclude(attendee_name="").order_by("-created_at")
            user.name = newest.values_list("attendee_name", flat=True).first() or ""
            user.save(update_fields=["name"])
        claimed = unclaimed.update(attendee=user)
        renamed(user)
        return claimed
