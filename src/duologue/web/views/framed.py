"""The call page around another platform's room: its frame, who is in, the way to another room (JOIN-3)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from duologue.accounts.throttle import allow
from duologue.calls import door, frames
from duologue.core.errors import Forbidden, NotFound, Refused
from duologue.notifications import when
from duologue.usecases.beat_in_frame import beat_in_frame
from duologue.usecases.frame_room import frame_room
from duologue.usecases.try_another_room import place_to_leave, try_another_room
from duologue.video.contract import Frame
from duologue.video.models import MeetingLink
from duologue.video.places import place_name
from duologue.video.registry import CLIENTS, is_framed
from duologue.web.frame_words import frame_words
from duologue.web.permissions import let_in
from duologue.web.room_change import room_change
from duologue.web.views.at_door import AtDoor, inside
from duologue.web.views.joining import people, refusal_page, see_other, too_often
from duologue.web.views.mailbox import body_of, for_scripts, json_answer, seconds_left

OPENED_A_MINUTE = 20
CHANGES_A_MINUTE = 5


def frame_page(request: HttpRequest, asked: AtDoor, link: MeetingLink) -> HttpResponse | None:
    """The platform's room on our page; None where this one opens only in a tab of its own."""
    if not allow("frame", f"{asked.booking.pk}:{asked.party.value}", limit=OPENED_A_MINUTE, seconds=60):
        return too_often(request)
    frame, trouble = None, ""
    try:
        frame = frame_room(asked.booking, asked.party, link, now=asked.viewer.now)
    except Refused as refusal:
        trouble = refusal.message
    if frame is None and not trouble:
        return None
    response = render(request, "call/frame.html", _context(asked, link, frame, trouble))
    if frame is not None:
        let_in(response, frame.origin, _sources(frame))
    return response


def _sources(frame: Frame) -> Mapping[str, list[str]]:
    """What the page has to load for this platform, and nothing for any other."""
    sources = {directive: list(allowed) for directive, allowed in frame.sources.items()}
    foreign = (script for script in frame.scripts if "://" in script)
    sources.setdefault("script-src", []).extend(script.partition("?")[0] for script in foreign)
    return {directive: allowed for directive, allowed in sources.items() if allowed}


def _context(asked: AtDoor, link: MeetingLink, frame: Frame | None, trouble: str) -> dict[str, Any]:
    booking, viewer = asked.booking, asked.viewer
    you, other = people(booking, asked.party)
    config = None
    if frame is not None:
        config = {
            "path": f"/video-call/{booking.pk}",
            "client": static(f"js/embed/{frame.client}.js"),
            "scripts": [script if "://" in script else static(script) for script in frame.scripts],
            "options": dict(frame.options),
            "place": link.pk,
            "left": seconds_left(asked),
            "words": frame_words(other.first_name or other.name, place_name(link.platform)),
        }
    locale = when.locale_of(viewer.language)
    return {
        "booking": booking,
        "you": you,
        "other": other,
        "hours": when.time_range(booking.starts_at, booking.ends_at, viewer.zone, locale),
        "place": place_name(link.platform),
        "place_id": place_to_leave(booking, link),
        "trouble": trouble,
        "has_page": link.platform not in CLIENTS,
        "change": room_change(booking, viewer.now),
        "config": config,
    }


@for_scripts
def seen(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The page around a frame tells who is in it, and hears where the session takes place by now."""
    asked = inside(request, booking_id)
    beat = frames.parse(body_of(request))
    door.check_stay(asked.booking, asked.party, now=asked.viewer.now)
    place, platform = asked.glance.place, asked.glance.platform
    is_here = place == beat.place and is_framed(platform)
    if place and (is_here or not beat.is_in):
        beat_in_frame(asked.booking, asked.party, platform, beat, now=asked.viewer.now)
    return json_answer({"place": place, **seconds_left(asked)})


@require_POST
@cache_control(no_store=True)
def another(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """It does not work here: both move to the next platform."""
    try:
        asked = inside(request, booking_id)
    except NotFound as refusal:
        raise Http404 from refusal
    if asked.is_outside:
        # Another platform would be a way around the host's door.
        words = _("Wait until %(name)s lets you in.") % {"name": asked.booking.host_person.first_name}
        return refusal_page(request, asked.booking, asked.party, Forbidden(words, code="outside"))
    from_session = request.POST.get("back") == "session"
    back = f"/sessions/{booking_id}" if from_session else f"/video-call/{booking_id}"
    if not allow("another-room", str(booking_id), limit=CHANGES_A_MINUTE, seconds=60):
        return too_often(request)
    place = request.POST.get("place", "")
    try:
        link = try_another_room(
            asked.booking, asked.party, place=int(place) if place.isdecimal() else 0, now=asked.viewer.now
        )
    except Refused as refusal:
        if refusal.code != "no_other_room":
            return refusal_page(request, asked.booking, asked.party, refusal)
        messages.error(request, refusal.message)
        return see_other(back)
    words = _("Your room is now %(place)s. We tell both of you.")
    messages.success(request, words % {"place": place_name(link.platform)}, extra_tags="toast")
    return see_other(back)
