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
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from duologue.calls import access, door, wire
from duologue.core.errors import Forbidden, Invalid, NotFound, Refused
from duologue.usecases import presence, signal
from duologue.web.views.at_door import AtDoor, inside

View = Callable[[HttpRequest, UUID], HttpResponse]


def _json(content: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(content), content_type="application/json", status=status)


def _for_scripts(view: View) -> View:
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
            return _json({"code": refusal.code, "message": refusal.message}, 400)
        except NotFound:
            return _json({"code": "not_found", "message": "There is no such call for you."}, 404)
        except Refused as refusal:
            return _json({"code": refusal.code, "message": refusal.message}, refusal.status)

    return answered


def _is_own_json(request: HttpRequest) -> bool:
    if request.content_type != "application/json":
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig:
        raise Invalid("This is too much at once.") from None


@_for_scripts
def exchange(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Leave my signals, take the other's, say that I am here, hear who else is."""
    asked = inside(request, booking_id)
    answer = signal.exchange(asked.booking, asked.party, wire.parse(_body(request)), now=asked.viewer.now)
    return _json(
        {
            "current": answer.is_current,
            "begin": answer.i_came_later,
            "other": signal.words_of(answer, asked.viewer.now),
            "signals": [{"seq": seq, "body": orjson.Fragment(body)} for seq, body in answer.signals],
            "knocks": [device.pk for device in access.asking(asked.booking)] if asked.is_host else [],
            **seconds_left(asked),
        }
    )


@_for_scripts
def farewell(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The page closes or its person leaves."""
    asked = inside(request, booking_id)
    presence.leave(asked.booking, asked.party, wire.parse_farewell(_body(request)), now=asked.viewer.now)
    return _json({})


def seconds_left(asked: AtDoor) -> dict[str, int]:
    """How long until start, end and closing: as lengths, so that the browser's clock need not be right."""
    booking, now = asked.booking, asked.viewer.now
    closes_at = door.window(booking).closes_at
    return {
        "starts_in": round((booking.starts_at - now).total_seconds()),
        "ends_in": round((booking.ends_at - now).total_seconds()),
        "closes_in": round((closes_at - now).total_seconds()),
    }
