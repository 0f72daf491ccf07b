"""Which sides write reviews at this installation, and under which name does somebody stand in public?"""

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.core.vocabulary import VOCABULARIES
from duologue.reviews.names import public_name


def writes(party: Party) -> bool:
    """Both; but a doctor writes nothing about a patient that another doctor would read."""
    return party is Party.ATTENDEE or not is_discreet()


def attendee_name(booking: Booking) -> str:
    """Mateo L.; A mentee for whoever has no name to show, and for every patient."""
    name = "" if is_discreet() else public_name(booking.attendee_person.name)
    vocabulary = VOCABULARIES[settings.DUOLOGUE_VOCABULARY]
    return name or _("Somebody (%(attendee)s)") % {"attendee": vocabulary.attendee}


def is_discreet() -> bool:
    """Where health is the matter, nobody learns from a page who was whose patient."""
    return bool(settings.DUOLOGUE_VOCABULARY == "telehealth")
