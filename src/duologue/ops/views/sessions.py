"""What does an operator decide about single sessions, and who cancels often?"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from duologue.bookings import cancellers
from duologue.bookings.models import Booking
from duologue.bookings.queries import PEOPLE
from duologue.bookings.reasons import Reason
from duologue.bookings.transitions import Actor
from duologue.core.errors import Refused
from duologue.ops.entry import for_operators, page, viewer_of
from duologue.ops.evidence import evidence_of
from duologue.usecases.cancel import cancel
from duologue.usecases.decide_objection import decide_objection


@require_POST
@for_operators
def cancel_for_host(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """One click, after the host said that they cannot come (CANCEL-1)."""
    booking = _booking(booking_id)
    try:
        cancel(booking, by=_operator(request), reason=Reason.HOST_CANNOT_COME, now=viewer_of(request).now)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        _say(request, _("Cancelled: %(attendee)s with %(host)s. Both were told by mail."), booking)
    return redirect("ops")


@require_POST
@for_operators
def decide(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Whether a host came who is said not to have come (PAY-5)."""
    booking = _booking(booking_id)
    came = request.POST.get("came") == "yes"
    try:
        decide_objection(booking, came=came, by=_operator(request), now=viewer_of(request).now)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        said = _("%(host)s came. Nothing goes back.") if came else _("The money goes back to %(attendee)s.")
        _say(request, said, booking)
    return redirect("ops")


@require_safe
@for_operators
def evidence(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The record of a session as a text file, for the bank that decides about a payment (PAY-5)."""
    words = evidence_of(_booking(booking_id), now=viewer_of(request).now)
    response = HttpResponse(words, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="session-{booking_id}.txt"'
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@for_operators
def frequent_cancellers(request: HttpRequest) -> HttpResponse:
    return page(request, "ops/cancellers.html", cancellers=cancellers.frequent(viewer_of(request).now))


def _booking(booking_id: UUID) -> Booking:
    return get_object_or_404(Booking.objects.select_related(*PEOPLE), pk=booking_id)


def _operator(request: HttpRequest) -> Actor:
    user = viewer_of(request).user
    return Actor("operator", user.pk if user is not None else None)


def _say(request: HttpRequest, words: str, booking: Booking) -> None:
    names = {"attendee": booking.attendee_person.name, "host": booking.host_person.name}
    messages.success(request, words % names, extra_tags="toast")
