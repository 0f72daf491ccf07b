"""What does a host have to decide at a running call? Forms beside the call, written anew when they change."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from duologue.calls import access, admission, door
from duologue.calls.models import JoinDevice
from duologue.core.errors import NotFound, Refused
from duologue.web.views.at_door import AtDoor, inside
from duologue.web.views.joining import people, refusal_page, see_other

CLOSES_SOON = timedelta(minutes=15)
MARK = "Asks"
"""The header in which the forms' mark goes along with them."""


@dataclass(frozen=True, slots=True)
class Asks:
    """Who waits for the host's word, the attendee or further devices, and whether the door closes soon."""

    attendee_waits: bool
    devices: list[JoinDevice]
    closes_soon: bool

    @property
    def mark(self) -> str:
        """Another one whenever the forms are others; empty where there is nothing to decide."""
        marks = {"attendee": self.attendee_waits, "longer": self.closes_soon}
        asked = [name for name, is_asked in marks.items() if is_asked]
        return " ".join([*asked, *(f"device-{device.pk}" for device in self.devices)])


def asks_of(asked: AtDoor, *, attendee_waits: bool, has_knocks: bool = True) -> Asks:
    """Of the host alone; `has_knocks` is false where it is known that no device waits."""
    if not asked.is_host:
        return Asks(attendee_waits=False, devices=[], closes_soon=False)
    closes_at = door.window(asked.booking).closes_at
    devices = access.asking(asked.booking) if has_knocks else []
    closes_soon = closes_at - asked.viewer.now <= CLOSES_SOON
    return Asks(attendee_waits=attendee_waits, devices=devices, closes_soon=closes_soon)


@require_safe
@cache_control(no_store=True)
def asks(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The forms as they are now."""
    return _part(request, as_host(request, booking_id))


def decided(
    request: HttpRequest, asked: AtDoor, *, back: str, refusal: Refused | None = None
) -> HttpResponse:
    """After a decision: the call's script gets what is left to decide, everybody else goes `back`.

    Where it was refused both read why.
    """
    if request.headers.get("HX-Request"):
        return _part(request, asked, refusal)
    return refusal_page(request, asked.booking, asked.party, refusal) if refusal else see_other(back)


def _part(request: HttpRequest, asked: AtDoor, refusal: Refused | None = None) -> HttpResponse:
    found = asks_of(asked, attendee_waits=admission.waits(asked.booking, now=asked.viewer.now))
    _you, other = people(asked.booking, asked.party)
    context = {
        "booking": asked.booking,
        "other_first_name": other.first_name,
        "asks": found,
        "refusal": refusal.message if refusal else "",
    }
    response = render(request, "call/_asks.html", context, status=refusal.status if refusal else 200)
    response.headers[MARK] = found.mark
    return response


def as_host(request: HttpRequest, booking_id: UUID) -> AtDoor:
    """Raises Http404 for everyone but the session's host."""
    try:
        asked = inside(request, booking_id)
    except NotFound as refusal:
        raise Http404 from refusal
    if not asked.is_host:
        raise Http404
    return asked
