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
from duologue.calls import door
from duologue.calls.models import Join
from duologue.core.errors import NotFound, Refused
from duologue.core.vocabulary import VOCABULARIES
from duologue.notifications import when
from duologue.usecases.admit_attendee import admit_attendee
from duologue.usecases.admit_device import admit_device
from duologue.usecases.join import current_link, join
from duologue.usecases.join_longer import join_longer
from duologue.usecases.try_another_room import place_to_leave
from duologue.video.models import MeetingLink
from duologue.video.places import host_name, where
from duologue.video.registry import BUILTIN, PROVIDERS, is_framed, notice, provider
from duologue.web.browsers import browser_of
from duologue.web.permissions import uses_devices
from duologue.web.room_change import room_change
from duologue.web.viewer import viewer_of
from duologue.web.views.asks import as_host, decided
from duologue.web.views.at_door import AtDoor, at_door, inside
from duologue.web.views.call_words import call_words, door_words
from duologue.web.views.framed import frame_page
from duologue.web.views.joining import lead_to, people, refusal_page, suppose_zone
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
        framed = frame_page(request, asked, link) if is_framed(link.platform) else None
        return framed or _elsewhere(request, asked, link)
    return render(request, "call/room.html", _room_context(request, asked, link))


def _elsewhere(request: HttpRequest, asked: AtDoor, link: MeetingLink) -> HttpResponse:
    """The session takes place on another platform: one more click leads there.

    Of an address that the host typed, people read first whose machine it leads to (law 12).
    """
    _you, other = people(asked.booking, asked.party)
    context = {
        "booking": asked.booking,
        "other": other,
        "where": where(link.platform),
        "host_name": host_name(link),
        "giver": "" if asked.is_host else asked.booking.host_person.first_name,
        "notice": notice(provider(link.platform)) if link.platform in PROVIDERS else "",
        "way": _way(request.GET.get("way", "")).value,
        "place_id": place_to_leave(asked.booking, link),
        "change": room_change(asked.booking, asked.viewer.now),
    }
    return render(request, "call/elsewhere.html", context)


@require_POST
@cache_control(no_store=True)
def go(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Join from the call page's own address: a device that was let in, or a room elsewhere."""
    asked = _inside_or_404(request, booking_id)
    way = _way(request.POST.get("way", ""))
    try:
        target = join(
            asked.booking,
            asked.party,
            now=asked.viewer.now,
            way=way,
            user=asked.entrant.user,
            by_frame=not request.POST.get("straight"),
        )
    except Refused as refusal:
        return refusal_page(request, asked.booking, asked.party, refusal)
    return lead_to(request, target)


def _way(text: str) -> Join.Way:
    """On which page the way began; a personal link unless it says otherwise."""
    return Join.Way(text) if text in {Join.Way.DASHBOARD, Join.Way.SESSION_PAGE} else Join.Way.JOIN_LINK


@require_POST
@cache_control(no_store=True)
def decide_device(request: HttpRequest, booking_id: UUID, device_id: int) -> HttpResponse:
    """The host lets a further device in, or not; from the call or from the session's page."""
    asked = as_host(request, booking_id)
    try:
        admit_device(
            asked.booking, device_id, admit=request.POST.get("decision") == "admit", now=asked.viewer.now
        )
    except NotFound as refusal:
        raise Http404 from refusal
    return decided(request, asked, back=f"/sessions/{booking_id}")


@require_POST
@cache_control(no_store=True)
def let_in(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The host lets the attendee in who waits at the door; from the call or from the session's page."""
    asked, back = as_host(request, booking_id), f"/video-call/{booking_id}"
    try:
        admit_attendee(asked.booking, now=asked.viewer.now)
    except Refused as refusal:
        return decided(request, asked, back=back, refusal=refusal)
    return decided(request, asked, back=back)


@require_POST
@cache_control(no_store=True)
def keep_open(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The host keeps the door open for one more hour (LINK-7)."""
    asked, back = as_host(request, booking_id), f"/video-call/{booking_id}"
    try:
        door.check_stay(asked.booking, asked.party, now=asked.viewer.now)
    except Refused as refusal:
        return decided(request, asked, back=back, refusal=refusal)
    join_longer(asked.booking, now=asked.viewer.now)
    return decided(request, asked, back=back)


def _inside_or_404(request: HttpRequest, booking_id: UUID) -> AtDoor:
    try:
        return inside(request, booking_id)
    except NotFound as refusal:
        raise Http404 from refusal


def _room_context(request: HttpRequest, asked: AtDoor, link: MeetingLink) -> dict[str, Any]:
    booking, viewer = asked.booking, asked.viewer
    suppose_zone(viewer, booking, asked.party)
    vocabulary = VOCABULARIES[settings.DUOLOGUE_VOCABULARY]
    you, other = people(booking, asked.party)
    name = other.first_name or str(vocabulary.attendee)
    locale = when.locale_of(viewer.language)
    browser = browser_of(request.headers.get("User-Agent", ""))
    return {
        "booking": booking,
        "you": you,
        "you_are_host": asked.is_host,
        "place_id": 0 if asked.is_outside else place_to_leave(booking, link),
        "change": room_change(booking, viewer.now),
        "other": other,
        "other_name": other.name or name,
        "other_first_name": name,
        "vocabulary": vocabulary,
        # What a doctor's appointment is about stays off the screen's title.
        "topic": "" if settings.DUOLOGUE_VOCABULARY == "telehealth" else booking.title,
        "hours": when.time_range(booking.starts_at, booking.ends_at, viewer.zone, locale),
        "config": {
            "path": f"/video-call/{booking.pk}",
            "other": "outside" if asked.is_outside else "absent",
            "polite": asked.party is Party.ATTENDEE,
            "startsAt": when.clock(booking.starts_at, viewer.zone, locale),
            "endsAt": when.clock(booking.ends_at, viewer.zone, locale),
            "left": seconds_left(asked),
            "words": call_words(name, other.name or name, str(vocabulary.session), browser)
            | door_words(name, is_host=asked.is_host),
        },
    }
