"""How does a Zoom meeting open inside our page? By the Meeting SDK, where its account is the operator's own.

A meeting of another account wants its user to be in it already, so that opens in a tab of its own.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings

from duologue.core import clock
from duologue.core.errors import ProviderError
from duologue.video.contract import Account, CreatedMeeting, Frame, MeetingRequest, Role, Visitor
from duologue.video.providers import signed_tokens, values, zoom_api

VERSION = "6.2.0"
_SHORTEST, _LONGEST = timedelta(minutes=30), timedelta(hours=48)
"""Of a signature's life, as Zoom has it."""
_LIBRARIES = ("react", "react-dom", "redux", "redux-thunk", "lodash")


def is_set_up() -> bool:
    """Whether the operator has an SDK key and said whose account it is of."""
    return bool(
        settings.DUOLOGUE_ZOOM_SDK_KEY
        and settings.DUOLOGUE_ZOOM_SDK_SECRET
        and settings.DUOLOGUE_ZOOM_SDK_ACCOUNT
    )


def shown(
    meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
) -> Frame | None:
    """None for a meeting of another account, and for a host whom Zoom gives no token to begin it."""
    if zoom_api.ask("GET", "/users/me", account).get("account_id") != settings.DUOLOGUE_ZOOM_SDK_ACCOUNT:
        return None
    is_host = visitor.role is Role.HOST
    zak = _zak(account) if is_host else ""
    if is_host and not zak:
        return None
    options = {
        "signature": _signature(meeting, request, is_host=is_host),
        "meeting": meeting.room_id,
        "passcode": meeting.passcode,
        "name": visitor.name,
        "language": {"es": "es-ES"}.get(visitor.language, "en-US"),
        "zak": zak,
    }
    return Frame("zoom", options, tuple(_scripts()), sources=_sources())


def _zak(account: Account) -> str:
    """What makes its bearer the host for about two hours; fetched each time, and kept nowhere."""
    try:
        found = zoom_api.ask("GET", "/users/me/token", account, params={"type": "zak"})
        return values.text(zoom_api.NAME, found, "token", longest=values.LONGEST_TOKEN)
    except ProviderError:
        return ""


def _signature(meeting: CreatedMeeting, request: MeetingRequest, *, is_host: bool) -> str:
    made_at = clock.machine()
    ends_at = max(values.vendor_time(request.closes_at), made_at + _SHORTEST)
    until = int(min(ends_at, made_at + _LONGEST).timestamp())
    key = settings.DUOLOGUE_ZOOM_SDK_KEY
    claims: dict[str, Any] = {
        "appKey": key,
        "sdkKey": key,
        "mn": meeting.room_id,
        "role": int(is_host),
        "iat": int(made_at.timestamp()),
        "exp": until,
        "tokenExp": until,
    }
    return signed_tokens.by_secret(claims, settings.DUOLOGUE_ZOOM_SDK_SECRET, vendor="Zoom")


def _scripts() -> list[str]:
    base = f"{settings.DUOLOGUE_ZOOM_SDK_BASE}/{VERSION}"
    libraries = [f"{base}/lib/vendor/{name}.min.js" for name in _LIBRARIES]
    return [*libraries, f"{base}/zoom-meeting-embedded-{VERSION}.min.js"]


def _sources() -> dict[str, tuple[str, ...]]:
    """Zoom draws into our page, computes in workers, and writes its styles into the page."""
    base = values.origin(settings.DUOLOGUE_ZOOM_SDK_BASE)
    everywhere = ("https://*.zoom.us", "wss://*.zoom.us")
    return {
        "script-src": (base, "'wasm-unsafe-eval'", "blob:"),
        "worker-src": ("'self'", "blob:"),
        "style-src": (base, "'unsafe-inline'"),
        "connect-src": (base, *everywhere),
        "img-src": (base, "https://*.zoom.us"),
        "font-src": (base,),
    }
