"""Who asks at a call's address: the one gate of its page and of everything its script sends."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

from duologue.accounts import sessions
from duologue.bookings.models import Booking, Party
from duologue.calls import access
from duologue.calls.access import Entrant
from duologue.core.errors import NotFound
from duologue.usecases.look_in import Glance, look_in
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.joining import PASS_COOKIE


@dataclass(frozen=True, slots=True)
class AtDoor:
    """Whose booking, and which of the two people."""

    booking: Booking
    entrant: Entrant
    viewer: Viewer
    glance: Glance

    @property
    def party(self) -> Party:
        return self.entrant.party

    @property
    def is_host(self) -> bool:
        return self.party is Party.HOST

    @property
    def is_outside(self) -> bool:
        """Waits until the host lets them in, and meanwhile learns only whether the other one is there."""
        return self.party is Party.ATTENDEE and self.glance.has_door


def at_door(request: HttpRequest, booking_id: UUID) -> AtDoor:
    """Raises NotFound for everyone but the two, as if there were no such booking."""
    viewer = viewer_of(request)
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    glance = look_in(booking_id, session=key if sessions.is_key(key) else "")
    if glance.user is not None:
        viewer.recognize(glance.user)
    booking = glance.booking
    entrant = access.entrant(
        booking,
        viewer.user,
        browser=viewer.known_browser,
        join_pass=request.COOKIES.get(PASS_COOKIE, ""),
    )
    if entrant is None:
        raise NotFound
    return AtDoor(booking, entrant, viewer, glance)


def inside(request: HttpRequest, booking_id: UUID) -> AtDoor:
    """Like `at_door`, but a device that waits for admission is a stranger still."""
    asked = at_door(request, booking_id)
    if not asked.entrant.is_admitted:
        raise NotFound
    return asked
