"""The host changes where a session takes place: a new room, or the address of one they have (LINK-4)."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from duologue.bookings.models import Booking, Party
from duologue.bookings.queries import get_visible
from duologue.core.errors import Invalid, NotFound, Refused
from duologue.usecases.give_link import give_link, make_new_link, refuse
from duologue.web.form_errors import tell
from duologue.web.forms_place import LinkForm
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.joining import see_other
from duologue.web.views.sessions import session_context


@never_cache
@require_POST
def new_link(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """A new room at the platform that the host likes best."""
    viewer = viewer_of(request)
    booking = _as_host(booking_id, viewer)
    try:
        make_new_link(booking, now=viewer.now)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return see_other(f"/sessions/{booking.pk}")
    messages.success(request, _("A new room is being made."), extra_tags="toast")
    return _back(booking)


@never_cache
@require_POST
def link_by_hand(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The address of a room that the host has; what is wrong with it stands at the field."""
    viewer = viewer_of(request)
    booking = _as_host(booking_id, viewer)
    form = LinkForm(request.POST)
    refusal = refuse(booking, now=viewer.now)
    if refusal is not None:
        messages.error(request, refusal.message)
        return see_other(f"/sessions/{booking.pk}")
    try:
        if form.is_valid():
            give_link(booking, form.cleaned_data["link"], now=viewer.now)
    except Invalid as wrong:
        tell(form, wrong)
    except Refused as refused:
        messages.error(request, refused.message)
        return see_other(f"/sessions/{booking.pk}")
    if form.errors:
        context = session_context(booking, viewer, form=form)
        return render(request, "sessions/session.html", context, status=422)
    messages.success(request, _("Your links lead there now, and we tell both of you."), extra_tags="toast")
    return _back(booking)


def _as_host(booking_id: UUID, viewer: Viewer) -> Booking:
    """The booking for its host; for everybody else it is not found."""
    booking = get_visible(booking_id, viewer.user)
    if viewer.user is None or booking.party_of(viewer.user.pk) is not Party.HOST:
        raise NotFound("There is no such session, or it is not yours.")
    return booking


def _back(booking: Booking) -> HttpResponse:
    return see_other(f"/sessions/{booking.pk}#place")
