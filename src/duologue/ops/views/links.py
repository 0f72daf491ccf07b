"""Do sessions get their rooms? Which platforms fail, which sessions are at risk, and what helps at once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from duologue.bookings.models import Booking
from duologue.bookings.queries import PEOPLE
from duologue.connections.models import Connection
from duologue.core.errors import Refused
from duologue.ops import link_failures
from duologue.ops.at_risk import at_risk
from duologue.ops.entry import for_operators, page, viewer_of
from duologue.usecases.give_link import make_new_link, use_backup
from duologue.usecases.remind_host import remind_host

Change = Callable[..., None]


@require_safe
@for_operators
def links(request: HttpRequest) -> HttpResponse:
    now = viewer_of(request).now
    return page(
        request,
        "ops/links.html",
        platforms=link_failures.platforms(now),
        at_risk=at_risk(now),
        failures=link_failures.sessions(now),
        back="links",
    )


@require_POST
@for_operators
def make_link(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """A new room at the platform that the host likes best."""
    return _change(request, booking_id, make_new_link, _("A new room is being made."))


@require_POST
@for_operators
def take_backup(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The next platform of the order, now. Both people are told when they are led there."""
    return _change(request, booking_id, use_backup, _("A backup is being used now."))


@require_POST
@for_operators
def tell_host(request: HttpRequest, connection_id: int) -> HttpResponse:
    """One more mail to the owner of an account that has to be connected again."""
    of_hosts = Connection.objects.filter(user__isnull=False).select_related("user")
    connection = get_object_or_404(of_hosts, pk=connection_id)
    name = connection.user.name if connection.user is not None else ""
    if remind_host(connection, now=viewer_of(request).now):
        messages.success(request, _("We wrote to %(name)s.") % {"name": name}, extra_tags="toast")
    else:
        said = _("%(name)s was told within this hour, or connected it again.")
        messages.info(request, said % {"name": name})
    return _back(request)


def _change(request: HttpRequest, booking_id: UUID, change: Change, words: str) -> HttpResponse:
    booking = get_object_or_404(Booking.objects.select_related(*PEOPLE), pk=booking_id)
    now: datetime = viewer_of(request).now
    try:
        change(booking, now=now)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, words, extra_tags="toast")
    return _back(request, booking)


def _back(request: HttpRequest, booking: Booking | None = None) -> HttpResponse:
    """To the page the button stood on."""
    asked: Any = request.POST.get("back", "")
    if asked == "session" and booking is not None:
        return redirect("session", booking.pk)
    return redirect({"links": "ops-links", "connections": "ops-connections"}.get(asked, "ops"))
