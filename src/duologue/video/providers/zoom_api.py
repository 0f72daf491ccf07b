"""How is Zoom asked, and what do its answers mean? The meeting is read here, its codes become our errors."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings

from duologue.connections.vendors import ZOOM, vendor_of
from duologue.core import http
from duologue.core.errors import NeedsReconnect, Permanent, ProviderError, Retryable
from duologue.core.http import Answer
from duologue.video.contract import Account, CreatedMeeting
from duologue.video.providers import values

NAME = "Zoom"
# Zoom's own codes: https://developers.zoom.us/docs/api/errors
INVALID, NO_SUCH_USER, NO_SUCH_MEETING, IN_PROGRESS, ENDED = 300, 1001, 3001, 3002, 3007
GONE = {NO_SUCH_MEETING, ENDED}
_LACKS_RIGHTS, _OF_ANOTHER = {4700, 4711}, {3000, 3003}
_MOST_PAGES, _LONGEST_PASSCODE = 20, 64
_ENDS_WITHIN = timedelta(minutes=15)
_A_MOMENT = timedelta(seconds=2)
"""Zoom names no pause when its limits by the second are met; who names none would count as down."""


def ask(method: str, path: str, account: Account, **how: Any) -> dict[str, Any]:
    """The object that Zoom answers; raises the four errors."""
    return good(send(method, path, account, **how)).json()


def send(method: str, path: str, account: Account, **how: Any) -> Answer:
    """Whatever Zoom answers."""
    check_set_up()
    headers = {"Authorization": f"Bearer {account.secret}"}
    return http.request(NAME, method, f"{settings.DUOLOGUE_ZOOM_API_BASE}{path}", headers=headers, **how)


def check_set_up() -> None:
    """Raise NotConfigured without client id and secret."""
    vendor_of(ZOOM.slug)


def good(answer: Answer) -> Answer:
    """The same, if Zoom did as it was asked."""
    if not http.is_good(answer):
        raise refusal(answer)
    return answer


def refusal(answer: Answer) -> ProviderError:
    """What a refusal means: Zoom's codes tell more than the status."""
    number = code(answer)
    if number in _LACKS_RIGHTS:
        words = "Zoom did not give us all rights: connect again and allow everything."
        return NeedsReconnect(words, code="rights_missing")
    if number == NO_SUCH_USER:
        return NeedsReconnect("This Zoom account is gone: connect another.", code="account_gone")
    if number == IN_PROGRESS:
        return Retryable("The Zoom meeting is going on.", retry_after=_ENDS_WITHIN)
    if answer.status == 429:
        return Retryable("Zoom answers 429.", retry_after=http.retry_after(answer) or _A_MOMENT)
    return _final(number, answer) if answer.status < 500 else http.refusal(answer)


def _final(number: int, answer: Answer) -> ProviderError:
    if number == NO_SUCH_MEETING:
        return Permanent("Zoom does not know this meeting any more.", code="room_gone")
    if number in _OF_ANOTHER:
        return Permanent("This meeting belongs to another Zoom account.", code="not_the_host")
    if number == INVALID and "in one day" in str(answer.told().get("message")):
        return Permanent("Zoom makes no more meetings for this account today.", code="daily_limit")
    if number == INVALID:
        return Permanent(f"Zoom refuses our request as invalid ({answer.status}, 300).")
    return http.refusal(answer)


def code(answer: Answer) -> int:
    """Zoom's number for what is wrong; 0 where it names none, or nothing is wrong."""
    found = 0 if http.is_good(answer) else answer.told().get("code")
    return found if isinstance(found, int) else 0


def refused_fields(answer: Answer) -> set[str]:
    """The fields that do not fit."""
    errors = answer.told().get("errors")
    return {str(one.get("field")) for one in _objects(errors)}


def find(mark: str, account: Account) -> str | None:
    """The id of the meeting in whose agenda the mark stands."""
    page = ""
    for _ in range(_MOST_PAGES):
        asked = {"type": "scheduled", "page_size": "300", **({"next_page_token": page} if page else {})}
        found = ask("GET", "/users/me/meetings", account, params=asked)
        if not isinstance(found.get("meetings"), list):
            raise _unreadable()
        for one in _objects(found["meetings"]):
            if mark in str(one.get("agenda")):
                return _id(one)
        page = str(found.get("next_page_token") or "")
        if not page:
            break
    return None


def made(found: Mapping[str, Any]) -> CreatedMeeting:
    """The meeting that Zoom shows. Its `start_url` is left out: it makes whoever has it the host."""
    return CreatedMeeting(
        room_id=_id(found),
        join_url=values.address(NAME, found, "join_url"),
        passcode=_passcode(found.get("password")),
    )


def _passcode(value: Any) -> str:
    fits = isinstance(value, str) and value.isprintable() and len(value) <= _LONGEST_PASSCODE
    return str(value) if fits else ""


def _id(found: Mapping[str, Any]) -> str:
    id_ = str(found.get("id"))
    if not re.fullmatch(r"[0-9]{1,20}", id_):
        raise _unreadable()
    return id_


def _objects(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _unreadable() -> Retryable:
    return Retryable(f"{NAME} answers something that cannot be read.")
