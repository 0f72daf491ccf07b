"""Was a session given another time since its page was drawn? Pages send along which time they show."""

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking
from duologue.core.errors import Refused
from duologue.notifications import when
from duologue.web.viewer import Viewer


def has_moved_on(request: HttpRequest, booking: Booking) -> bool:
    """Whether the page acts on another SEQUENCE than the present one; pages that say none are believed."""
    asked = request.POST if request.method == "POST" else request.GET
    seen = asked.get("seen", "")
    return bool(seen) and seen != str(booking.ics_sequence)


def moved_on(booking: Booking, viewer: Viewer) -> Refused:
    """What to say then, with the time that holds now."""
    at = when.moment(booking.starts_at, viewer.zone, when.locale_of(get_language() or ""))
    words = _("It was moved to %(moment)s meanwhile, so nothing else was changed. This is how it stands now.")
    return Refused(words % {"moment": at}, code="moved", starts_at=booking.starts_at)
