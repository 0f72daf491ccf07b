"""What the script of a call page sends: an exchange with the mailbox, and a farewell. JSON in, JSON out.

No CSRF token guards these two: it changes when somebody signs in beside a running call. Instead they take
only JSON, which no foreign page can send with our cookies, and nothing that another site sends.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from duologue.calls import door, ice, wire
from duologue.calls import presence as stays
from duologue.calls.models import Presence
from duologue.core.errors import Forbidden, Invalid, NotFound, Refused
from duologue.usecases import presence, signal
from duologue.video.registry import BUILTIN
from duologue.web.views.asks import asks_of
from duologue.web.views.at_door import AtDoor, inside

View = Callable[[HttpRequest, UUID], HttpResponse]


def json_answer(content: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(content), content_type="application/json", status=status)


def for_scripts(view: View) -> View:
    """Own pages' JSON only; refusals as JSON with their code."""

    @csrf_exempt
    @require_POST
    @cache_control(no_store=True)
    @wraps(view)
    def answered(request: HttpRequest, booking_id: UUID) -> HttpResponse:
        try:
            if not _is_own_json(request):
                raise Forbidden("Only the call's own page talks here.", code="foreign")
            return view(request, booking_id)
        except Invalid as refusal:
            return json_answer({"code": refusal.code, "message": refusal.message}, 400)
        except NotFound:
            return json_answer({"code": "not_found", "message": "There is no such call for you."}, 404)
        except Refused as refusal:
            return json_answer({"code": refusal.code, "message": refusal.message}, refusal.status)

    return answered


def _is_own_json(request: HttpRequest) -> bool:
    if request.content_type != "application/json":
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()


def body_of(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig:
        raise Invalid("This is too much at once.") from None


@for_scripts
def exchange(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Leave my signals, take the other's, say that I am here, hear who else is."""
    asked = inside(request, booking_id)
    message = wire.parse(body_of(request))
    if asked.glance.platform not in {"", BUILTIN}:
        # One of the two has moved both to another room; the page follows, and nobody is in ours.
        raise Refused("The session takes place elsewhere by now.", code="elsewhere")
    answer = signal.exchange(
        asked.booking, asked.party, message, now=asked.viewer.now, is_outside=asked.is_outside
    )
    return json_answer(
        {
            "current": answer.is_current,
            "begin": answer.i_came_later,
            "other": signal.words_of(answer, asked.viewer.now),
            "servers": _servers(asked, answer, known=message.to),
            "signals": [{"seq": seq, "body": orjson.Fragment(body)} for seq, body in answer.signals],
            "late": _minutes_late(asked, answer.theirs),
            "asks": _asks(asked, answer.theirs),
            **seconds_left(asked),
        }
    )


def _servers(asked: AtDoor, answer: signal.Answer, *, known: str) -> list[dict[str, Any]]:
    """With what help the two browsers find each other, told when there is somebody new to be found."""
    theirs = answer.theirs
    is_new = theirs is not None and theirs.epoch != known and not answer.is_outside
    if not is_new or stays.state(theirs, asked.viewer.now) is not stays.State.HERE:
        return []
    return ice.ice_servers(
        settings.DUOLOGUE_STUN_URLS,
        settings.DUOLOGUE_TURN_URLS,
        settings.DUOLOGUE_TURN_SECRET,
        user=f"{asked.booking.pk.hex[-12:]}-{asked.party.value}",
        expires_at=door.ejects_at(asked.booking) + door.EXTRA,
    )


def _asks(asked: AtDoor, theirs: Presence | None) -> str:
    at_door = stays.state(theirs, asked.viewer.now) is stays.State.DOOR
    waits = asked.glance.has_door and at_door
    return asks_of(asked, has_knocks=asked.glance.is_knocked, attendee_waits=waits).mark


def _minutes_late(asked: AtDoor, theirs: Presence | None) -> int:
    """What the other one said about being late; nothing once they are there."""
    now = asked.viewer.now
    if stays.state(theirs, now) is stays.State.HERE:
        return 0
    return asked.glance.minutes_late(asked.party.other, now)


@for_scripts
def farewell(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The page closes or its person leaves."""
    asked = inside(request, booking_id)
    presence.leave(asked.booking, asked.party, wire.parse_farewell(body_of(request)), now=asked.viewer.now)
    return json_answer({})


def seconds_left(asked: AtDoor) -> dict[str, int]:
    """How long until start, end and closing: as lengths, so that the browser's clock need not be right."""
    booking, now = asked.booking, asked.viewer.now
    closes_at = door.window(booking).closes_at
    return {
        "starts_in": round((booking.starts_at - now).total_seconds()),
        "ends_in": round((booking.ends_at - now).total_seconds()),
        "closes_in": round((closes_at - now).total_seconds()),
    }
