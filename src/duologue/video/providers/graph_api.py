"""How is Microsoft Graph asked, and what do its refusals mean?"""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from duologue.connections.vendors import MICROSOFT, vendor_of
from duologue.core import http
from duologue.core.errors import NeedsReconnect, Permanent, ProviderError
from duologue.core.http import Answer
from duologue.video.contract import Account

NAME = "Microsoft"
RIGHTS, UNFIT = "rights_missing", "not_the_host"
GONE = "room_gone"
_CODE = re.compile(r"[A-Za-z_]{1,60}")


def send(account: Account, method: str, path: str, *, body: Mapping[str, Any] | None = None) -> Answer:
    """A good answer; everything else raises one of the four errors."""
    check_set_up()
    url = f"{settings.DUOLOGUE_MICROSOFT_API_BASE}/v1.0/{path}"
    answer = http.request(NAME, method, url, headers={"Authorization": f"Bearer {account.secret}"}, body=body)
    if not http.is_good(answer):
        raise _refusal(answer)
    return answer


def send_about(account: Account, method: str, path: str, **how: Any) -> Answer:
    """As `send`, of a meeting that was made before."""
    try:
        return send(account, method, path, **how)
    except Permanent as error:
        if error.data.get("status") not in {404, 410}:
            raise
        raise Permanent("Microsoft does not know this room any more.", code=GONE) from None


def check_set_up() -> None:
    """Raise NotConfigured without client id and secret."""
    vendor_of(MICROSOFT.slug)


def _refusal(answer: Answer) -> ProviderError:
    error = answer.told().get("error")
    told = error if isinstance(error, dict) else {}
    code, words = str(told.get("code", "")), str(told.get("message", "")).lower()
    if code == "AuthenticationError":
        return personal()
    if code == "Authorization_RequestDenied" or (answer.status == 403 and "scope" in words):
        return NeedsReconnect(
            "Microsoft was not allowed to let us make meetings: connect again.", code=RIGHTS
        )
    if answer.status == 403:
        why = f" ({code})" if _CODE.fullmatch(code) else ""
        words = f"Microsoft answers 403{why}: the account may lack a Teams licence."
        return Permanent(words, code=UNFIT, status=403)
    return http.refusal(answer)


def personal() -> NeedsReconnect:
    return NeedsReconnect(
        "Teams makes meetings only for work and school accounts, not for personal ones: "
        "connect such an account, or choose another platform.",
        code=UNFIT,
    )
