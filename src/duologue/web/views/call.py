"""The page of the built-in call: two people, only them, only inside the window (JOIN-3, JOIN-4)."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from duologue.bookings.models import Party
from duologue.calls import door, ice
from duologue.calls.models import Join
from duologue.core.errors import NotFound, Refused
from duologue.core.vocabulary import VOCABULARIES
from duologue.notifications import when
from duologue.usecases.admit_device import admit_device
from duologue.usecases.join import current_link, join
from duologue.usecases.join_longer import join_longer
from duologue.video.registry import BUILTIN
from duologue.web.permissions import uses_devices
from duologue.web.viewer import viewer_of
from duologue.web.views.at_door import AtDoor, at_door, inside
from duologue.web.views.call_words import call_words
from duologue.web.views.joining import people, refusal_page, see_other, suppose_zone
from duologue.web.views.knock import knock_page
from duologue.web.views.mailbox import seconds_left


@require_safe
@cache_control(no_store=True)
@uses_devices
def room(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The call itself, or why it cannot begin. Who is signed out may sign in first."""
    try:
        asked = at_door(request, booking_id)
    except NotFound as refusal:
        if viewer_of(request).user is None:
            return redirect(f"/sign-in?{urlencode({'next': request.path})}")
        raise Http404 from refusal
    try:
        door.check_stay(asked.booking, asked.party, now=asked.viewer.now)
        if not asked.entrant.is_admitted:
            return knock_page(request, asked)
        link = current_link(asked.booking)
        if link is None:
            raise Refused(_("The room is not ready yet."), code="link_pending")
    except Refused as refusal:
        return refusal_page(request, asked.booking, asked.party, refusal)
    if link.platform != BUILTIN:
        return _elsewhere(request, asked)
    return render(request, "call/room.html", _room_context(request, asked))


def _elsewhere(request: HttpRequest, asked: AtDoor) -> HttpResponse:
    """The session takes place on another platform: one more click leads there."""
    _you, other = people(asked.booking, asked.party)
    return render(request, "call/elsewhere.html", {"booking": asked.booking, "other": other})


@require_POST
@cache_control(no_store=True)
def go(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Join from the call page's own address: a device that was let in, or a room elsewhere."""
    asked = _inside_or_404(request, booking_id)
    try:
        target = join(
            asked.booking, asked.party, now=asked.viewer.now, way=Join.Way.JOIN_LINK, user=asked.entrant.user
        )
    except Refused as refusal:
        return refusal_page(request, asked.booking, asked.party, refusal)
    return see_other(target.url)


@require_POST
@cache_control(no_store=True)
def decide_device(request: HttpRequest, booking_id: UUID, device_id: int) -> HttpResponse:
    """The host lets a further device in, or not; from the call or from the session's page."""
    asked = _as_host(request, booking_id)
    try:
        admit_device(
            asked.booking, device_id, admit=request.POST.get("decision") == "admit", now=asked.viewer.now
        )
    except NotFound as refusal:
        raise Http404 from refusal
    if request.headers.get("Accept", "").startswith("application/json"):
        return HttpResponse(status=204)
    return see_other(f"/sessions/{booking_id}")


@require_POST
@cache_control(no_store=True)
def keep_open(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The host keeps the door open for one more hour (LINK-7)."""
    asked = _as_host(request, booking_id)
    try:
        door.check_stay(asked.booking, asked.party, now=asked.viewer.now)
    except Refused as refusal:
        return refusal_page(request, asked.booking, asked.party, refusal)
    join_longer(asked.booking, now=asked.viewer.now)
    return see_other(f"/video-call/{booking_id}")


def _inside_or_404(request: HttpRequest, booking_id: UUID) -> AtDoor:
    try:
        return inside(request, booking_id)
    except NotFound as refusal:
        raise Http404 from refusal


def _as_host(request: HttpRequest, booking_id: UUID) -> AtDoor:
    asked = _inside_or_404(request, booking_id)
    if not asked.is_host:
        raise Http404
    return asked


def _room_context(request: HttpRequest, asked: AtDoor) -> dict[str, Any]:
    booking, viewer = asked.booking, asked.viewer
    suppose_zone(viewer, booking, asked.party)
    vocabulary = VOCABULARIES[settings.DUOLOGUE_VOCABULARY]
    you, other = people(booking, asked.party)
    name = other.first_name or str(vocabulary.attendee)
    locale = when.locale_of(viewer.language)
    return {
        "booking": booking,
        "you": you,
        "you_are_host": asked.is_host,
        "other": other,
        "other_name": other.name or name,
        "other_first_name": name,
        "vocabulary": vocabulary,
        # What a doctor's appointment is about stays off the screen's title.
        "topic": "" if settings.DUOLOGUE_VOCABULARY == "telehealth" else booking.title,
        "hours": when.time_range(booking.starts_at, booking.ends_at, viewer.zone, locale),
        "config": {
            "path": f"/video-call/{booking.pk}",
            "polite": asked.party is Party.ATTENDEE,
            "iceServers": _ice_servers(asked),
            "startsAt": when.clock(booking.starts_at, viewer.zone, locale),
            "endsAt": when.clock(booking.ends_at, viewer.zone, locale),
            "left": seconds_left(asked),
            "words": call_words(name, other.name or name, str(vocabulary.session)),
        },
    }


def _ice_servers(asked: AtDoor) -> list[dict[str, Any]]:
    return ice.ice_servers(
        settings.DUOLOGUE_STUN_URLS,
        settings.DUOLOGUE_TURN_URLS,
        settings.DUOLOGUE_TURN_SECRET,
        user=f"{asked.booking.pk.hex[-12:]}-{asked.party.value}",
        expires_at=door.ejects_at(asked.booking) + door.EXTRA,
    )
