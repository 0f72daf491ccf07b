"""The host proposes other times; the attendee takes one of them or none (CANCEL-5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from duologue.accounts.throttle import allow
from duologue.bookings import proposals
from duologue.bookings.models import Booking, Party
from duologue.bookings.queries import get_visible
from duologue.bookings.transitions import Actor
from duologue.calls import access
from duologue.core import clock
from duologue.core.errors import Forbidden, NotFound, Refused
from duologue.usecases.answer_proposal import accept, answerer, decline
from duologue.usecases.propose_times import check_stands, found, propose, proposer, withdraw
from duologue.usecases.reschedule import refuse
from duologue.web import picker
from duologue.web.proposal_card import why_not
from duologue.web.stale import has_moved_on, moved_on
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.moving import (
    change_of,
    choice_of,
    chosen_in,
    other_starts,
    people_of,
    say_moved,
    see_other,
    to_session,
)

PROPOSALS_A_DAY = 10
"""Of one session: each sends a mail."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def propose_times(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The month, its days and their times; each that is chosen is kept in the address, up to three."""
    viewer = viewer_of(request)
    booking, by = _as(proposer, booking_id, viewer)
    said = _cannot(request, booking, viewer)
    if said is not None:
        return said
    if request.method == "POST":
        return _propose(request, booking, viewer)
    context = {**people_of(booking, by, viewer), **_card(request, booking, viewer)}
    fragment = request.headers.get("HX-Target") == "booking"
    template = "sessions/_propose_card.html" if fragment else "sessions/propose.html"
    return render(request, template, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, booking_id: UUID, proposal_id: UUID) -> HttpResponse:
    """One of the times: asks once more, from when to when and what it means; then takes it."""
    viewer = viewer_of(request)
    booking, by = _as(answerer, booking_id, viewer)
    to = chosen_in(request)
    if to is None:
        return to_session(booking)
    try:
        if request.method == "POST":
            accept(booking, proposal_id, to, by=by, now=viewer.now)
            say_moved(request, to)
            return to_session(booking)
        check_stands(found(booking, proposal_id), booking, now=viewer.now)
        _check_offered(booking, proposal_id, to, viewer)
    except NotFound:
        raise
    except Refused as refusal:
        return _refused(request, booking, refusal, viewer)
    context = {
        **people_of(booking, by, viewer),
        **change_of(booking, to, by, viewer),
        "action": request.path,
        "others": reverse("session", args=[booking.pk]),
    }
    return render(request, "sessions/confirm_move.html", context)


@never_cache
@require_POST
def say_no(request: HttpRequest, booking_id: UUID, proposal_id: UUID) -> HttpResponse:
    """None of them suits."""
    viewer = viewer_of(request)
    booking, _by = _as(answerer, booking_id, viewer)
    try:
        decline(booking, proposal_id, now=viewer.now)
    except NotFound:
        raise
    except Refused as refusal:
        return _refused(request, booking, refusal, viewer)
    name = booking.host_person.first_name
    _say(request, _("You said no."), _("Everything stays as it is. %(name)s gets a mail.") % {"name": name})
    return to_session(booking)


@never_cache
@require_POST
def take_back(request: HttpRequest, booking_id: UUID, proposal_id: UUID) -> HttpResponse:
    """The host has thought better of it."""
    viewer = viewer_of(request)
    booking, _by = _as(proposer, booking_id, viewer)
    try:
        withdraw(booking, proposal_id, now=viewer.now)
    except NotFound:
        raise
    except Refused as refusal:
        return _refused(request, booking, refusal, viewer)
    name = booking.attendee_person.first_name
    _say(
        request,
        _("The times are taken back."),
        _("Everything stays as it is. %(name)s gets a mail.") % {"name": name},
    )
    return to_session(booking)


def _as(role: Any, booking_id: UUID, viewer: Viewer) -> tuple[Booking, Actor]:
    """The booking for the one of the two whose part it is; for everybody else it is not found."""
    booking = get_visible(booking_id, viewer.user, browser=viewer.known_browser)
    party: Party | None = access.party_of(booking, viewer.user, browser=viewer.known_browser)
    try:
        return booking, role(party, viewer.user.pk if viewer.user else None)
    except Forbidden as refusal:
        raise NotFound(refusal.message) from refusal


def _cannot(request: HttpRequest, booking: Booking, viewer: Viewer) -> HttpResponse | None:
    refusal = refuse(booking, now=viewer.now)
    if refusal is None and has_moved_on(request, booking):
        refusal = moved_on(booking, viewer)
    if refusal is None and proposals.standing(booking, now=viewer.now) is not None:
        refusal = Refused(_("You have proposed times already. Take those back first."))
    return None if refusal is None else _refused(request, booking, refusal, viewer)


def _propose(request: HttpRequest, booking: Booking, viewer: Viewer) -> HttpResponse:
    chosen = _instants(request.POST.getlist("t"))
    if not allow("propose", str(booking.pk), limit=PROPOSALS_A_DAY, seconds=86400):
        messages.error(request, _("Times were proposed many times today. Try again tomorrow."))
        return to_session(booking)
    try:
        propose(booking, chosen, now=viewer.now)
    except Refused as refusal:
        if refusal.code in {"too_late", "already_cancelled", "not_cancellable", "moved", "already_proposed"}:
            return _refused(request, booking, refusal, viewer)
        messages.error(request, refusal.message)
        return see_other(f"{request.path}{_kept(booking, chosen)}")
    name = booking.attendee_person.first_name
    _say(
        request,
        _("%(name)s gets a mail with the times.") % {"name": name},
        _("Everything stays as it is until one of them is chosen."),
    )
    return to_session(booking)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A time in the list, and the address of the page without it."""

    at: datetime
    without: str


def _card(request: HttpRequest, booking: Booking, viewer: Viewer) -> dict[str, Any]:
    others = other_starts(booking, viewer, choice_of(request))
    wanted = _instants([*request.GET.getlist("t"), request.GET.get("at", "")])
    is_open = [at for at in wanted if picker.chosen_time(at.isoformat(), others.days) is not None]
    chosen = sorted(is_open[: proposals.MOST])
    where = "".join(
        f"&{urlencode({name: value})}" for name in ("month", "day") if (value := request.GET.get(name))
    )
    return {
        **others.shown,
        "base": _kept(booking, chosen),
        "several": [at.timestamp() for at in chosen],
        "chosen": None,
        "list": [_Chosen(at, _kept(booking, [one for one in chosen if one != at]) + where) for at in chosen],
        "is_too_many": len(is_open) > proposals.MOST,
        "was_lost": len(is_open) < len(wanted),
        "most": proposals.MOST,
    }


def _kept(booking: Booking, chosen: list[datetime]) -> str:
    """The address of the page with these times in the list."""
    return f"?{urlencode([('seen', booking.ics_sequence), *(('t', at.isoformat()) for at in chosen)])}"


def _instants(texts: list[str]) -> list[datetime]:
    """Each once, in the order in which they were chosen; what is no instant is left out."""
    chosen: list[datetime] = []
    for text in texts[: 4 * proposals.MOST]:
        try:
            at = clock.aware(datetime.fromisoformat(text))
        except (ValueError, OverflowError):
            continue
        if at not in chosen:
            chosen.append(at)
    return chosen


def _check_offered(booking: Booking, proposal_id: UUID, to: datetime, viewer: Viewer) -> None:
    """Raises Refused for a time that was not proposed, or is gone."""
    if to not in found(booking, proposal_id).times:
        raise Refused(_("That time was not proposed."))
    said = why_not(booking, to, now=viewer.now)
    if said:
        raise Refused(said)


def _refused(request: HttpRequest, booking: Booking, refusal: Refused, viewer: Viewer) -> HttpResponse:
    """Back to the session's page, which shows how it stands now."""
    said = moved_on(booking, viewer) if refusal.code == "moved" else refusal
    messages.error(request, said.message)
    return to_session(booking)


def _say(request: HttpRequest, title: str, words: str) -> None:
    messages.success(request, format_html("<b>{}</b> {}", title, words))
