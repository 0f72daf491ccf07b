"""Mend a mistyped address on the confirmation page, by the browser that booked (BOOK-7)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts import people
from duologue.accounts.models import normal_email
from duologue.bookings import join_links
from duologue.bookings.models import Booking, JoinLink, Party
from duologue.bookings.states import Status
from duologue.core.errors import Invalid, Refused
from duologue.notifications import outbox
from duologue.usecases.book import check_no_other_session


def correct_address(booking: Booking, email: str, *, now: datetime) -> None:
    """Send everything to another address; the link that went to the wrong one is revoked.

    Raises Invalid for what is no address, Refused once somebody proved the old one or the session began.
    """
    address = normal_email(email)
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid(
            _("Write a whole e-mail address, for example amara@obi.example."), field="email"
        ) from None
    with transaction.atomic():
        people.lock([booking.host.user_id], email=address)
        booking.refresh_from_db(fields=["status", "attendee", "attendee_email"])
        if booking.attendee_id is not None or booking.status_at(now) is not Status.CONFIRMED:
            raise Refused(
                _("The address of this session can no longer be changed here."), code="address_fixed"
            )
        if address == booking.attendee_email:
            return
        if address == booking.host.user.email:
            raise Refused(_("You cannot book yourself."), code="own_session")
        check_no_other_session(booking, user_id=None, email=address, now=now)
        Booking.objects.filter(pk=booking.pk).update(attendee_email=address)
        booking.attendee_email = address
        link = JoinLink.objects.get(booking=booking, party=Party.ATTENDEE)
        join_links.revoke(link)
        outbox.owe(
            outbox.Mail(
                template="confirmed",
                key=f"confirmed:{booking.pk}:{Party.ATTENDEE.value}:{link.generation}",
                booking_id=booking.pk,
                party=Party.ATTENDEE.value,
            ),
            now=now,
        )
