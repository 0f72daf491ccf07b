"""Who stands at the door of a call? A signed-in party, the browser that booked, or a device with a pass.

A pass is a signed value in a cookie of one booking's call page. It names a device row, so raising the
link's generation or refusing the device ends it at once.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from duologue.accounts.models import User
from duologue.bookings.models import Booking, JoinLink, Party
from duologue.bookings.queries import get_visible
from duologue.calls.models import JoinDevice
from duologue.core.errors import NotFound
from duologue.core.kept import Kept, given

_SALT = "duologue.calls.pass"

_ASKING = Kept(lambda: knocking(given("booking")).order_by("created_at", "id"))


@dataclass(frozen=True, slots=True)
class Entrant:
    """One of the two people; `device` where they came by the link, `user` where they are signed in."""

    party: Party
    user: User | None = None
    device: JoinDevice | None = None

    @property
    def is_admitted(self) -> bool:
        return self.device is None or self.device.state == JoinDevice.State.ADMITTED


def find(booking_id: UUID) -> Booking:
    """The booking with its people, before it is known who asks. Raises NotFound."""
    found = Booking.objects.select_related("host__user", "attendee").filter(pk=booking_id).first()
    if found is None:
        raise NotFound(_("There is no such session, or it is not yours."))
    return found


def own(booking_id: UUID, user: User | None, *, browser: str) -> tuple[Booking, Party]:
    """The booking of one of the two, and which of them asks; for everybody else, operators too, NotFound."""
    booking = get_visible(booking_id, user, browser=browser)
    party = party_of(booking, user, browser=browser)
    if party is None:
        raise NotFound(_("There is no such session, or it is not yours."))
    return booking, party


def write_pass(device: JoinDevice) -> str:
    return signing.dumps({"device": device.pk}, salt=_SALT)


def entrant(booking: Booking, user: User | None, *, browser: str, join_pass: str) -> Entrant | None:
    """Who this is to the booking; None for a stranger. `browser` is the fingerprint of its secret."""
    party = party_of(booking, user, browser=browser)
    if party is not None:
        return Entrant(party, user)
    device = _device(booking, join_pass)
    return Entrant(Party(device.party), device=device) if device is not None else None


def party_of(booking: Booking, user: User | None, *, browser: str) -> Party | None:
    """The side of a signed-in person, or of the browser that made a booking which is no user's yet."""
    party = booking.party_of(user.pk) if user is not None else None
    if party is None and browser and booking.attendee_id is None and booking.holder == browser:
        return Party.ATTENDEE
    return party


def valid_devices(booking: Booking) -> QuerySet[JoinDevice]:
    """The devices that came by the links which are good now."""
    return _valid_devices(booking.pk)


def _valid_devices(booking_id: Any) -> QuerySet[JoinDevice]:
    link = JoinLink.objects.filter(
        booking=OuterRef("booking"), party=OuterRef("party"), generation=OuterRef("generation")
    )
    return JoinDevice.objects.filter(Exists(link), booking_id=booking_id)


def knocking(booking_id: Any) -> QuerySet[JoinDevice]:
    return _valid_devices(booking_id).filter(state=JoinDevice.State.ASKED)


def asking(booking: Booking) -> list[JoinDevice]:
    """Devices that wait for the host's word, oldest first."""
    return _ASKING.all(booking=booking.pk)


def _device(booking: Booking, join_pass: str) -> JoinDevice | None:
    if not join_pass:
        return None
    try:
        number = signing.loads(join_pass, salt=_SALT)["device"]
    except (signing.BadSignature, KeyError, TypeError):
        return None
    return valid_devices(booking).filter(pk=number).first()
