"""A second device at the door of a call: it waits for the host's word or a mailed code (law 10)."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from duologue.accounts.models import MailedCode
from duologue.accounts.throttle import allow, client_address
from duologue.bookings.models import Booking
from duologue.calls.models import JoinDevice
from duologue.core.errors import NotFound, Refused
from duologue.usecases.admit_device import admit_by_code
from duologue.usecases.mail_code import mail_code
from duologue.web.views.at_door import AtDoor, at_door
from duologue.web.views.joining import people, see_other

TRIES_AN_HOUR = 30


def knock_page(request: HttpRequest, asked: AtDoor, *, error: str = "", status: int = 200) -> HttpResponse:
    """What a device that is not let in yet shows."""
    you, other = people(asked.booking, asked.party)
    device = asked.entrant.device
    context = {
        "booking": asked.booking,
        "you": you,
        "other": other,
        "other_first_name": other.first_name,
        "address": _veiled(_address(asked.booking)),
        "is_refused": device is not None and device.state == JoinDevice.State.REFUSED,
        "code_sent": "code" in request.GET or bool(error),
        "error": error,
    }
    return render(request, "call/knock.html", context, status=status)


@require_safe
@cache_control(no_store=True)
def admission(request: HttpRequest, booking_id: UUID) -> JsonResponse:
    """May this device come in by now? Asked by its page every few seconds."""
    device = _knocking(request, booking_id).entrant.device
    return JsonResponse({"state": device.state if device else JoinDevice.State.ADMITTED.value})


@require_POST
@cache_control(no_store=True)
def send_code(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Mail a code to the address of the booking's attendee."""
    asked = _knocking(request, booking_id)
    try:
        mail_code(
            _address(asked.booking),
            purpose=MailedCode.Purpose.SECOND_DEVICE,
            browser=asked.viewer.browser,
            subject=str(asked.booking.pk),
            network=client_address(request),
            language=asked.booking.attendee_language,
            now=asked.viewer.now,
        )
    except Refused as refusal:
        return knock_page(request, asked, error=refusal.message, status=refusal.status)
    return see_other(f"/video-call/{booking_id}?code")


@require_POST
@cache_control(no_store=True)
def enter_code(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The code from the mail: right lets this device in."""
    asked = _knocking(request, booking_id)
    device = asked.entrant.device
    if device is None:
        return see_other(f"/video-call/{booking_id}")
    if not allow("device-code-try", client_address(request), limit=TRIES_AN_HOUR, seconds=3600):
        return knock_page(request, asked, error=_("That were many tries. Wait a while."), status=429)
    try:
        admit_by_code(
            device, request.POST.get("code", ""), browser=asked.viewer.browser, now=asked.viewer.now
        )
    except Refused as refusal:
        return knock_page(request, asked, error=refusal.message, status=refusal.status)
    return see_other(f"/video-call/{booking_id}")


def _knocking(request: HttpRequest, booking_id: UUID) -> AtDoor:
    try:
        return at_door(request, booking_id)
    except NotFound as refusal:
        raise Http404 from refusal


def _address(booking: Booking) -> str:
    return booking.attendee.email if booking.attendee is not None else booking.attendee_email


def _veiled(address: str) -> str:
    """Enough of an address to know which mailbox to open: a…@people.example"""
    name, _at, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"
