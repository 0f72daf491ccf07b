"""Who is coming? The name, address and note that a hold still lacks."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts import people
from duologue.accounts.models import User, normal_email
from duologue.accounts.words import clean_line, clean_text
from duologue.bookings.models import Booking
from duologue.bookings.names import searched
from duologue.bookings.states import Status
from duologue.core.errors import Invalid, Refused
from duologue.usecases.book import check_address_limit, check_no_other_session


@dataclass(frozen=True, slots=True)
class Details:
    """What the attendee tells. A signed-in person's address is their account's."""

    name: str
    email: str
    note: str = ""
    wants_reminders: bool = True
    time_zone: str = "UTC"
    language: str = "en"
    user: User | None = None


def give_details(booking: Booking, details: Details, *, now: datetime) -> None:
    """Write the details on a living hold; raises Refused (`hold_over`, `own_session`, `overlap`, …)."""
    email = details.user.email if details.user is not None else normal_email(details.email)
    name, note = clean_line(details.name), clean_text(details.note)
    _check(name, email)
    with transaction.atomic():
        user_id = details.user.pk if details.user is not None else None
        people.lock([booking.host.user_id, user_id], email="" if user_id else email)
        booking.refresh_from_db(fields=["status", "hold_expires_at"])
        check_held(booking, now=now)
        if email == booking.host.user.email:
            raise Refused(_("You cannot book yourself."), code="own_session")
        check_address_limit(email, now=now, besides=booking)
        check_no_other_session(booking, user_id=user_id, email=email, now=now)
        booking.attendee = details.user
        booking.attendee_name, booking.attendee_email = name, email
        booking.attendee_search = searched(booking.attendee_person.name)
        booking.attendee_time_zone, booking.attendee_language = details.time_zone, details.language
        booking.note, booking.wants_reminders = note, details.wants_reminders
        booking.save(update_fields=_FIELDS)


_FIELDS = [
    "attendee",
    "attendee_name",
    "attendee_search",
    "attendee_email",
    "attendee_time_zone",
    "attendee_language",
    "note",
    "wants_reminders",
]


def _check(name: str, email: str) -> None:
    if not name or len(name) > 80:
        raise Invalid(_("Write your name in at most 80 letters."), code="invalid_name", field="name")
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(
            _("Write a whole e-mail address, for example amara@obi.example."),
            code="invalid_email",
            field="email",
        ) from None


def check_held(booking: Booking, *, now: datetime) -> None:
    """Raises Refused unless the booking is a hold that lives."""
    status = booking.status_at(now)
    if status is Status.EXPIRED:
        raise Refused(_("The hold on this time has ended. Nothing was charged."), code="hold_over")
    if status is not Status.PENDING_PAYMENT:
        raise Refused(_("This session is booked already."), code="not_held")
