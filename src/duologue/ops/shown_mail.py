"""How is a mail shown in a page: its HTML apart in a frame of its own, with nothing it could reach?"""

import base64
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse

from duologue.core.errors import Permanent
from duologue.notifications import message, rendering
from duologue.notifications.models import OutgoingMail
from duologue.notifications.rendering import Rendered

_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline';"
    " img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""No script, no form, nothing loaded; links open in tabs of their own."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page says about a mail. `problem` says why there is nothing to see."""

    rendered: Rendered | None
    headers: list[tuple[str, str]]
    calendar: str
    problem: str


def show(mail: OutgoingMail, now: datetime, *, is_veiled: bool) -> Shown:
    """The mail as it went out; one that did not go out yet, as it would go now."""
    at = mail.sent_at or now
    try:
        rendered = rendering.render(mail, at, is_veiled=is_veiled)
    except Permanent as error:
        return Shown(None, [], "", error.message)
    try:
        headers = [(name, str(value)) for name, value in message.build(rendered, at).items()]
    except ValueError as error:
        headers, problem = [], str(error)
    else:
        problem = ""
    return Shown(rendered, headers, rendered.calendar.decode(), problem)


def frame(rendered: Rendered) -> HttpResponse:
    """The HTML part alone, with its pictures inside, for an iframe."""
    html = rendered.html
    for picture in rendered.pictures:
        inside = f"data:image/png;base64,{base64.b64encode(picture.png).decode()}"
        html = html.replace(f"cid:{picture.cid}", inside)
    response = HttpResponse(html)
    response["Content-Security-Policy"] = _POLICY
    response["Cache-Control"] = "no-store"
    return response
