"""Ending a session before its time, and saying how it went: for its two people, and for operators."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from duologue.bookings.models import Booking, Party, Person
from duologue.bookings.queries import get_visible
from duologue.bookings.transitions import Actor
from duologue.core.errors import NotFound, Refused
from duologue.core.vocabulary import VOCABULARIES
from duologue.payments import given_back
from duologue.usecases.cancel import cancel, gives_back, refuse
from duologue.usecases.correct_outcome import say_absent, say_took_place
from duologue.usecases.object_to_absence import object_to_absence
from duologue.usecases.report_cannot_come import check_report, report_cannot_come
from duologue.web import outcome
from duologue.web.forms_cancelling import CancelForm, WordsForm
from duologue.web.plans import actor, corrector
from duologue.web.stale import has_moved_on, moved_on
from duologue.web.viewer import Viewer, viewer_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_session(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """CANCEL-2: asks once more, on a page of its own or in a dialog."""
    viewer = viewer_of(request)
    booking = get_visible(booking_id, viewer.user, browser=viewer.known_browser)
    by = actor(booking, viewer)
    refusal = refuse(booking, by=by, now=viewer.now)
    if refusal is None and has_moved_on(request, booking):
        refusal = moved_on(booking, viewer)
    if refusal is not None:
        return _say_no(request, booking, refusal)
    form = CancelForm(request.POST or None, by=by, name=_other(booking, by).first_name)
    if request.method == "POST" and form.is_valid():
        return _cancel(request, booking, by, form)
    is_in_time = gives_back(booking, by=by, now=viewer.now)
    context = {
        "form": form,
        "by": by,
        "comes_back": outcome.would_come_back(booking) if is_in_time else None,
        "is_in_time": is_in_time,
        "way_back": outcome.way_back(booking),
    }
    return _ask(request, "sessions/_cancel.html", booking, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cannot_come(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The host's word when it is too late to cancel (CANCEL-1)."""
    viewer = viewer_of(request)
    booking = _as_host(booking_id, viewer)
    refusal = check_report(booking, now=viewer.now)
    if refusal is not None:
        return _say_no(request, booking, refusal)
    name = booking.attendee_person.first_name
    form = WordsForm(request.POST or None, label=_("A word to %(name)s") % {"name": name})
    if request.method == "POST" and form.is_valid():
        try:
            report_cannot_come(booking, words=form.cleaned_data["words"], now=viewer.now)
        except Refused as refused:
            return _say_no(request, booking, refused)
        messages.success(request, _("%(name)s was told. We see to the rest.") % {"name": name})
        return _to_session(booking)
    context = {"form": form, "comes_back": outcome.would_come_back(booking)}
    return _ask(request, "sessions/_cannot_come.html", booking, context)


@require_POST
def objection(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The host says that they were there (PAY-5)."""
    viewer = viewer_of(request)
    booking = _as_host(booking_id, viewer)
    try:
        object_to_absence(booking, words=request.POST.get("words", ""), now=viewer.now)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("We look into it. Nothing goes back until then."))
    return _to_session(booking)


@require_POST
def correct(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Completed or not: the host or an operator knows better (STATUS-1)."""
    viewer = viewer_of(request)
    booking = get_visible(booking_id, viewer.user)
    by = corrector(booking, viewer)
    if by is None:
        raise NotFound("Only the host and operators say how a session went.")
    went = request.POST.get("went", "")
    try:
        if went == "took_place":
            say_took_place(booking, by=by, now=viewer.now)
        elif went in _ABSENT:
            say_absent(booking, _ABSENT[went], by=by, now=viewer.now)
        else:
            raise Refused(_("Say how it went. Nothing was changed."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("It is corrected."), extra_tags="toast")
    return _to_session(booking)


_ABSENT = {f"{party.value}_absent": party for party in Party}


def _as_host(booking_id: UUID, viewer: Viewer) -> Booking:
    """The booking for its host; for everybody else it is not found."""
    booking = get_visible(booking_id, viewer.user)
    if viewer.user is None or booking.party_of(viewer.user.pk) is not Party.HOST:
        raise NotFound("There is no such session, or it is not yours.")
    return booking


def _cancel(request: HttpRequest, booking: Booking, by: Actor, form: CancelForm) -> HttpResponse:
    data = form.cleaned_data
    try:
        cancel(booking, by=by, reason=data["reason"], words=data["words"], now=viewer_of(request).now)
    except Refused as refusal:
        return _say_no(request, booking, refusal)
    messages.success(request, _result(booking, by))
    return _to_session(booking)


def _result(booking: Booking, by: Actor) -> str:
    """Session cancelled. €80.00 is on its way."""
    session = capfirst(str(VOCABULARIES[settings.DUOLOGUE_VOCABULARY].session))
    said = _("%(session)s cancelled.") % {"session": session}
    back = given_back.of_booking(booking.pk)
    party = Party(by.kind) if by.kind in Party.values else None
    money = outcome.money_back(back, party).rstrip(".") if back is not None else ""
    return format_html("<b>{}</b> {}", said, money and f"{money}.")


def _say_no(request: HttpRequest, booking: Booking, refusal: Refused) -> HttpResponse:
    """Back to the session's page, with the reason; a dialog that cannot open leads there too."""
    messages.error(request, refusal.message)
    if _is_for_dialog(request):
        return HttpResponseClientRedirect(_page(booking))
    return _to_session(booking)


def _ask(request: HttpRequest, template: str, booking: Booking, context: dict[str, Any]) -> HttpResponse:
    """A question as a page, or as what a script puts into the dialog."""
    form = context["form"]
    whole = {
        "asks": template,
        "booking": booking,
        "other": _other(booking, context.get("by") or Actor("host")),
        "in_dialog": _is_for_dialog(request),
        **context,
    }
    frame = "sessions/_dialog.html" if _is_for_dialog(request) else "sessions/asks.html"
    return render(request, frame, whole, status=422 if form.errors else 200)


def _is_for_dialog(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def _other(booking: Booking, by: Actor) -> Person:
    """Whom it is with; for an operator the host."""
    return booking.attendee_person if by.kind == Party.HOST.value else booking.host_person


def _page(booking: Booking) -> str:
    return reverse("session", args=[booking.pk])


def _to_session(booking: Booking) -> HttpResponse:
    response = HttpResponseRedirect(_page(booking))
    response.status_code = 303
    return response
