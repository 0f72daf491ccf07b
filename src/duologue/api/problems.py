"""How does the API say no? Problem details (RFC 9457) with codes that stay."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from duologue.core.errors import DuologueError, Refused

MEDIA_TYPE = "application/problem+json"
JSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """A code's status, and what it says wherever it appears."""

    status: int
    title: Any


KINDS: dict[str, Kind] = {
    "malformed": Kind(400, gettext_lazy("The request cannot be read.")),
    "unauthorized": Kind(401, gettext_lazy("A valid token is needed.")),
    "forbidden": Kind(403, gettext_lazy("This is not yours to do.")),
    "csrf_failed": Kind(403, gettext_lazy("The CSRF token is missing.")),
    "too_early": Kind(403, gettext_lazy("The room is not open yet.")),
    "expired": Kind(403, gettext_lazy("The room is closed.")),
    "cancelled": Kind(403, gettext_lazy("This was cancelled.")),
    "not_found": Kind(404, gettext_lazy("There is nothing here, or nothing of yours.")),
    "method_not_allowed": Kind(405, gettext_lazy("That cannot be done at this address.")),
    "slot_taken": Kind(409, gettext_lazy("The time is taken.")),
    "off_grid": Kind(409, gettext_lazy("No session starts at that time.")),
    "outside_hours": Kind(409, gettext_lazy("That is outside the hours on offer.")),
    "too_soon": Kind(409, gettext_lazy("That is too soon.")),
    "too_far": Kind(409, gettext_lazy("That is further ahead than bookings go.")),
    "day_full": Kind(409, gettext_lazy("That day is full.")),
    "overlap": Kind(409, gettext_lazy("You are in another session then.")),
    "own_session": Kind(409, gettext_lazy("Nobody books themself.")),
    "not_bookable": Kind(409, gettext_lazy("No bookings are taken here.")),
    "too_many_holds": Kind(409, gettext_lazy("Too many times are held already.")),
    "details_missing": Kind(409, gettext_lazy("The booking lacks a name or an address.")),
    "hold_over": Kind(409, gettext_lazy("The hold has ended.")),
    "not_held": Kind(409, gettext_lazy("The booking waits for no payment.")),
    "already_paid": Kind(409, gettext_lazy("It is paid already.")),
    "payments_off": Kind(409, gettext_lazy("Payments are not set up.")),
    "not_confirmed": Kind(409, gettext_lazy("The booking is not confirmed.")),
    "too_late": Kind(409, gettext_lazy("It is too late to cancel or to move it.")),
    "already_cancelled": Kind(409, gettext_lazy("It is cancelled already.")),
    "not_completed": Kind(409, gettext_lazy("The session is not completed.")),
    "already_reviewed": Kind(409, gettext_lazy("You have written a review already.")),
    "review_closed": Kind(409, gettext_lazy("It is too late to write a review.")),
    "reviews_off": Kind(409, gettext_lazy("Your side writes no reviews here.")),
    "not_cancellable": Kind(409, gettext_lazy("Only what is agreed and not over can be cancelled or moved.")),
    "moved": Kind(409, gettext_lazy("It was moved to another time meanwhile.")),
    "not_begun": Kind(409, gettext_lazy("The session has not begun.")),
    "already_proposed": Kind(409, gettext_lazy("Other times are proposed already.")),
    "same_time": Kind(409, gettext_lazy("The session has that time already.")),
    "proposal_over": Kind(409, gettext_lazy("What was proposed was answered or taken back.")),
    "link_pending": Kind(409, gettext_lazy("The room is not ready.")),
    "platform_silent": Kind(409, gettext_lazy("The video platform does not answer.")),
    "too_large": Kind(413, gettext_lazy("The request is too large.")),
    "invalid": Kind(422, gettext_lazy("A value cannot be right.")),
    "naive_time": Kind(422, gettext_lazy("A time lacks its offset.")),
    "idempotency_key_reused": Kind(422, gettext_lazy("The key stood for another request.")),
    "too_many_requests": Kind(429, gettext_lazy("Too many requests.")),
    "internal_error": Kind(500, gettext_lazy("Something broke on our side.")),
    "gateway_down": Kind(503, gettext_lazy("The payment page does not open.")),
    "unavailable": Kind(503, gettext_lazy("Somebody we depend on does not answer.")),
}


class TooManyRequests(Refused):
    """`retry_after` seconds from now it may work again."""

    code = "too_many_requests"
    status = 429


def problem(code: str, detail: str = "", *, status: int = 0, **data: Any) -> HttpResponse:
    """An answer in problem details; `data` are the code's own members."""
    kind = KINDS.get(code, Kind(status or 409, gettext_lazy("This was refused.")))
    body = {
        **data,
        "type": f"{settings.BASE_URL}/api/docs#{code}",
        "title": str(kind.title),
        "status": kind.status,
        "detail": detail or str(kind.title),
        "code": code,
    }
    answer = HttpResponse(
        orjson.dumps(body, option=JSON_OPTIONS, default=str), status=kind.status, content_type=MEDIA_TYPE
    )
    if kind.status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="api"'
    if "retry_after" in data:
        answer["Retry-After"] = str(data["retry_after"])
    return answer


def answer_by(api: NinjaAPI) -> None:
    """Let every way in which a request can fail end in a problem."""
    handlers: dict[type[Exception], Any] = {
        Refused: _refused,
        DuologueError: _let_down,
        ValidationError: _invalid,
        AuthenticationError: _unauthorized,
        HttpError: _malformed,
        SuspiciousOperation: _malformed,
        RequestDataTooBig: _too_large,
        Http404: _not_found,
        Exception: _broken,
    }
    for failure, handler in handlers.items():
        api.add_exception_handler(failure, handler)


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    data = dict(refusal.data)
    field = data.pop("field", None)
    if field:
        data["fields"] = [{"field": field, "message": refusal.message}]
    return problem(refusal.code, refusal.message, status=refusal.status, **data)


def _let_down(request: HttpRequest, failure: DuologueError) -> HttpResponse:
    _log.error("%s %s: %s", request.method, request.path, failure, exc_info=failure)
    return problem("unavailable")


def _invalid(request: HttpRequest, failure: ValidationError) -> HttpResponse:
    fields = [{"field": _field(error["loc"]), "message": _message(error)} for error in failure.errors]
    return problem(
        "invalid", " ".join(f"{each['field']}: {each['message']}." for each in fields), fields=fields
    )


def _field(location: Iterable[Any]) -> str:
    """The member or parameter by its name; the parts before it are ours."""
    source, *path = (str(part) for part in location)
    return ".".join(path[1:] if source == "body" else path) or source


def _message(error: dict[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ").rstrip(".")


def _unauthorized(request: HttpRequest, failure: AuthenticationError) -> HttpResponse:
    return problem("unauthorized", _("Send a valid personal token: Authorization: Bearer dl_…"))


def _malformed(request: HttpRequest, failure: Exception) -> HttpResponse:
    return problem("malformed", _("The body must be JSON in UTF-8."))


def _too_large(request: HttpRequest, failure: RequestDataTooBig) -> HttpResponse:
    return problem("too_large")


def _not_found(request: HttpRequest, failure: Http404) -> HttpResponse:
    return problem("not_found")


def _broken(request: HttpRequest, failure: Exception) -> HttpResponse:
    _log.error("%s %s broke", request.method, request.path, exc_info=failure)
    return problem("internal_error", _("We have written down what happened. Try again in a minute."))
