"""Moving a session to another time: choose one, read what changes and what stays, and say so (CANCEL-5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from duologue.accounts.throttle import allow
from duologue.bookings.models import Booking, Party, Person
from duologue.bookings.policy import can_cancel_until
from duologue.bookings.queries import get_visible
from duologue.bookings.transitions import Actor
from duologue.calls import access
from duologue.core import clock
from duologue.core.errors import Refused
from duologue.core.vocabulary import VOCABULARIES
from duologue.notifications import when
from duologue.usecases import other_times
from duologue.usecases.reschedule import mover, refuse, reschedule
from duologue.web import picker
from duologue.web.outcome import would_come_back
from duologue.web.picker import Choice
from duologue.web.stale import has_moved_on, moved_on
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.booking import other_zone

MOVES_A_DAY = 20
"""Of one session: each sends two mails."""
_ENDS_IT = {"too_late", "already_cancelled", "not_cancellable", "moved"}
"""After these there is nothing to choose any more; the session's page shows what is."""


@never_cache
@require_safe
def move_session(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The month, its days and their times, as on the host's page."""
    viewer = viewer_of(request)
    booking, by = _asked(booking_id, viewer)
    said = _cannot(request, booking, by, viewer)
    if said is not None:
        return said
    context = {**people_of(booking, by, viewer), **_card(booking, by, viewer, request)}
    fragment = request.headers.get("HX-Target") == "booking"
    return render(request, "sessions/_move_card.html" if fragment else "sessions/move.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_move(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Asks once more: from when to when, what stays, and until when money comes back."""
    viewer = viewer_of(request)
    booking, by = _asked(booking_id, viewer)
    to = chosen_in(request)
    if to is not None and to == booking.starts_at:
        # The same form once more: it is there already.
        return to_session(booking)
    said = _cannot(request, booking, by, viewer)
    if said is not None:
        return said
    if to is None:
        return _to_picker(booking)
    if request.method == "POST":
        return _move(request, booking, to, by)
    asked = other_times.terms_of(booking)
    if not booking.host.is_bookable or other_times.refusal(booking, asked, to, now=viewer.now) is not None:
        return _to_picker(booking, at=to)
    context = {
        **people_of(booking, by, viewer),
        **change_of(booking, to, by, viewer),
        "action": reverse("confirm-move", args=[booking.pk]),
        "others": f"{reverse('move', args=[booking.pk])}?seen={booking.ics_sequence}",
    }
    return render(request, "sessions/confirm_move.html", context)


def _asked(booking_id: UUID, viewer: Viewer) -> tuple[Booking, Actor]:
    """The booking and which of the two asks; for everybody else it is not found."""
    booking = get_visible(booking_id, viewer.user, browser=viewer.known_browser)
    party = access.party_of(booking, viewer.user, browser=viewer.known_browser)
    return booking, mover(party, viewer.user.pk if viewer.user else None)


def _cannot(request: HttpRequest, booking: Booking, by: Actor, viewer: Viewer) -> HttpResponse | None:
    """Where nothing can be moved (any more): back to the session's page, with the reason."""
    refusal = refuse(booking, now=viewer.now)
    if refusal is None and has_moved_on(request, booking):
        refusal = moved_on(booking, viewer)
    if refusal is None:
        return None
    messages.error(request, refusal.message)
    return to_session(booking)


def _move(request: HttpRequest, booking: Booking, to: datetime, by: Actor) -> HttpResponse:
    viewer = viewer_of(request)
    if not allow("move", str(booking.pk), limit=MOVES_A_DAY, seconds=86400):
        messages.error(request, _("It was moved many times today. Try again tomorrow."))
        return to_session(booking)
    try:
        reschedule(booking, to, by=by, now=viewer.now)
    except Refused as refusal:
        if refusal.code in _ENDS_IT:
            said = moved_on(booking, viewer) if refusal.code == "moved" else refusal
            messages.error(request, said.message)
            return to_session(booking)
        messages.error(request, refusal.message)
        return _to_picker(booking, at=to)
    say_moved(request, to)
    return to_session(booking)


def say_moved(request: HttpRequest, to: datetime) -> None:
    session = capfirst(str(VOCABULARIES[settings.DUOLOGUE_VOCABULARY].session))
    at = when.moment(to, viewer_of(request).zone, when.locale_of(get_language() or ""))
    messages.success(
        request,
        format_html(
            "<b>{}</b> {}",
            _("%(session)s moved.") % {"session": session},
            _("It is now on %(moment)s. You both get a mail.") % {"moment": at},
        ),
    )


def _card(booking: Booking, by: Actor, viewer: Viewer, request: HttpRequest) -> dict[str, Any]:
    shown = other_starts(booking, viewer, choice_of(request)).shown
    at = shown["at"]
    return {
        **shown,
        "base": f"?{urlencode({'seen': booking.ics_sequence})}",
        "ends_at": at + booking.duration if at else None,
        "other_zone": zone_of_other(booking, at, by, viewer) if at else None,
    }


@dataclass(frozen=True, slots=True)
class Others:
    """The other times of a session, by the viewer's dates, and what the picker shows of them."""

    days: picker.Days
    shown: dict[str, Any]


def choice_of(request: HttpRequest) -> Choice:
    return Choice(*(request.GET.get(name, "") for name in ("month", "day", "at")))


def other_starts(booking: Booking, viewer: Viewer, choice: Choice) -> Others:
    """All but the present time, which is no other one."""
    asked = other_times.terms_of(booking)
    horizon = viewer.now + timedelta(seconds=asked.rules.horizon)
    question = other_times.question(booking, asked, viewer.now, horizon, now=viewer.now)
    days: picker.Days = {}
    if booking.host.is_bookable:
        found = picker.open_days(question, viewer, horizon)
        others = {day: [at for at in starts if at != booking.starts_at] for day, starts in found.items()}
        days = {day: starts for day, starts in others.items() if starts}
    return Others(days, picker.drawn(question, days, choice, viewer, horizon=horizon))


def change_of(booking: Booking, to: datetime, by: Actor, viewer: Viewer) -> dict[str, Any]:
    """What the move changes, and what it means for cancelling."""
    until = can_cancel_until(to, booking.cancel_hours)
    refund_until = min(booking.refund_until, until)
    return {
        "to": to,
        "to_ends_at": to + booking.duration,
        "to_zone": zone_of_other(booking, to, by, viewer),
        "is_paid": would_come_back(booking) is not None,
        "refund_until": refund_until,
        "refund_is_over": refund_until <= viewer.now,
        "cancel_until": until if until > viewer.now else None,
    }


def people_of(booking: Booking, by: Actor, viewer: Viewer) -> dict[str, Any]:
    return {
        "booking": booking,
        "by": by,
        "other": _other(booking, by),
        "old_zone": zone_of_other(booking, booking.starts_at, by, viewer),
    }


def _other(booking: Booking, by: Actor) -> Person:
    return booking.attendee_person if by.kind == Party.HOST.value else booking.host_person


def zone_of_other(booking: Booking, at: datetime, by: Actor, viewer: Viewer) -> Any:
    is_host = by.kind == Party.HOST.value
    return other_zone(at, booking.attendee_time_zone if is_host else booking.host.user.time_zone, viewer)


def chosen_in(request: HttpRequest) -> datetime | None:
    """The time that the form or the address names; None for what is no instant."""
    asked = request.POST if request.method == "POST" else request.GET
    try:
        return clock.aware(datetime.fromisoformat(asked.get("at", "")))
    except (ValueError, OverflowError):
        return None


def to_session(booking: Booking) -> HttpResponse:
    return see_other(reverse("session", args=[booking.pk]))


def _to_picker(booking: Booking, at: datetime | None = None) -> HttpResponse:
    asked = {"seen": str(booking.ics_sequence), **({"at": at.isoformat()} if at is not None else {})}
    return see_other(f"{reverse('move', args=[booking.pk])}?{urlencode(asked)}")


def see_other(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response
