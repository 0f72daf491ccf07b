"""How is Google asked, and what do its refusals mean? Of a 403 only the reason in it tells."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from duologue.connections.vendors import GOOGLE, Scope, vendor_of
from duologue.core import http
from duologue.core.errors import NeedsReconnect, NotConfigured, Permanent, ProviderError, Retryable
from duologue.core.http import SPENT, Answer
from duologue.video.contract import Account, CreatedMeeting, Role, Setting, Visitor
from duologue.video.providers import values

NAME = "Google"
TOKEN_INFO = "https://oauth2.googleapis.com/tokeninfo"  # noqa: S105 - an address
SETTINGS = (
    Setting("GOOGLE_CLIENT_ID", "Google Cloud's console, APIs & Services, Credentials"),
    Setting("GOOGLE_CLIENT_SECRET", "Google Cloud's console, APIs & Services, Credentials"),
)
RIGHTS = "rights_missing"
_REASON = re.compile(r"[A-Za-z_]{1,40}")
_SWITCHED_OFF = {"accessNotConfigured", "SERVICE_DISABLED"}
_NOT_GRANTED = {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
_TOO_FAST = {"userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"}
_TOO_MUCH = {"quotaExceeded", "dailyLimitExceeded"}
# Google rarely says how long; whoever names no pause would count as down for everybody.
_A_WHILE, _LONG = timedelta(seconds=30), timedelta(minutes=15)


def send(account: Account, method: str, url: str, **how: Any) -> Answer:
    """A good answer of one of Google's APIs; everything else raises one of the four errors."""
    check_set_up()
    answer = http.request(
        NAME, method, _at(url), headers={"Authorization": f"Bearer {account.secret}"}, **how
    )
    if not http.is_good(answer):
        raise refusal(answer)
    return answer


def ask(account: Account, method: str, url: str, **how: Any) -> dict[str, Any]:
    """As `send`, and the object in the answer."""
    return send(account, method, url, **how).json()


def ask_about(account: Account, method: str, url: str, **how: Any) -> dict[str, Any]:
    """As `ask`, of a room that was made before; Permanent `room_gone` where it is no more."""
    try:
        return ask(account, method, url, **how)
    except Permanent as error:
        if not is_gone(error):
            raise
        raise Permanent("Google does not know this room any more.", code="room_gone") from None


def is_gone(error: Permanent) -> bool:
    """Whether it says that there is no such thing (any more), or none of this account's."""
    is_hidden = bool({"PERMISSION_DENIED", "forbidden"} & set(error.data.get("reasons", ())))
    return error.data.get("status") in {404, 410} or is_hidden


def check_set_up() -> None:
    """Raise NotConfigured without client id and secret."""
    vendor_of(GOOGLE.slug)


def entrance(meeting: CreatedMeeting, visitor: Visitor, account: Account) -> str:
    """Everybody's address; a host's also says with which of several Google accounts to enter."""
    check_set_up()
    if visitor.role is not Role.HOST or "@" not in account.name:
        return meeting.join_url
    return values.with_query(meeting.join_url, authuser=account.name)


def probe(account: Account, any_of: tuple[str, ...], url: str, params: Mapping[str, str]) -> str:
    """The account's e-mail address, when it lives, was granted one of these rights, and the API answers."""
    told = _token_info(account)
    if not Scope(any_of[0], also=any_of[1:]).is_among(str(told.get("scope", "")).split()):
        raise _not_granted()
    ask(account, "GET", url, params=params)
    email = told.get("email")
    return email if isinstance(email, str) and email.isprintable() else ""


def refusal(answer: Answer) -> ProviderError:
    """What an answer that is not 2xx means."""
    told = answer.told()
    reasons = _reasons(told)
    if reasons & _SWITCHED_OFF:
        return NotConfigured("This API is not switched on in the operator's project at Google.")
    if reasons & _NOT_GRANTED:
        return _not_granted()
    if answer.status == 403 and not reasons & (_TOO_FAST | _TOO_MUCH):
        why = f" ({', '.join(sorted(reasons))})" if reasons else ""
        return Permanent(f"Google answers 403{why}.", code="not_the_host", status=403, reasons=reasons)
    usual = http.refusal(answer)
    if answer.status not in {403, 429}:
        return usual
    pause = http.retry_after(answer) or _delay(told) or (_LONG if reasons & _TOO_MUCH else _A_WHILE)
    return Retryable(f"Google answers {answer.status}: too much at once.", retry_after=pause)


def _at(url: str) -> str:
    """The same where the operator's base stands in for Google."""
    base: str = settings.DUOLOGUE_GOOGLE_API_BASE
    return f"{base}{urlsplit(url).path}" if base else url


def _token_info(account: Account) -> dict[str, Any]:
    check_set_up()
    answer = http.request(NAME, "POST", GOOGLE.at(TOKEN_INFO), form={"access_token": account.secret})
    if answer.status == 400 and answer.told().get("error") == "invalid_token":
        raise NeedsReconnect("Google knows this token no more.", code=SPENT)
    if not http.is_good(answer):
        raise refusal(answer)
    return answer.json()


def _not_granted() -> NeedsReconnect:
    return NeedsReconnect(
        "Google was not allowed to let us do this: connect again and leave every box ticked.", code=RIGHTS
    )


def _reasons(told: Mapping[str, Any]) -> set[str]:
    """Google's words for why, of its older and its newer APIs."""
    error = told.get("error")
    if not isinstance(error, dict):
        return set()
    parts = [error.get("status"), *(one.get("reason") for one in _parts(error))]
    return {one for one in parts if isinstance(one, str) and _REASON.fullmatch(one)}


def _delay(told: Mapping[str, Any]) -> timedelta | None:
    """`retryDelay` of google.rpc.RetryInfo, such as "3.5s"."""
    for part in _parts(told.get("error")):
        found = re.fullmatch(r"(\d{1,5})(\.\d+)?s", str(part.get("retryDelay", "")))
        if found:
            return timedelta(seconds=max(1, int(found[1])))
    return None


def _parts(error: Any) -> list[dict[str, Any]]:
    if not isinstance(error, dict):
        return []
    lists = [error.get("errors"), error.get("details")]
    return [one for found in lists if isinstance(found, list) for one in found if isinstance(one, dict)]
