"""Where does the next page begin? After the last row of this one, whatever was added meanwhile."""

import base64
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from duologue.core import clock
from duologue.core.errors import Invalid

USUAL = 20
MOST = 100
LONGEST_CURSOR = 200


@dataclass(frozen=True, slots=True)
class Place:
    """The last row of a page: its start, and its id where starts are equal."""

    at: datetime
    id: UUID


def encode(*parts: str) -> str:
    """A place in a list as clients carry it: opaque, and safe in addresses."""
    return base64.urlsafe_b64encode("|".join(parts).encode()).rstrip(b"=").decode()


def decode(cursor: str, count: int) -> list[str]:
    """The parts again; raises Invalid for what `encode` did not make."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode().split("|")
    except ValueError:
        parts = []
    if len(parts) != count:
        raise not_ours()
    return parts


def not_ours() -> Invalid:
    return Invalid(_("Take the cursor as it stands in the Link header."), field="cursor")


def place(cursor: str) -> Place | None:
    """The row after which a page of bookings begins; None for the first page."""
    if not cursor:
        return None
    at, row = decode(cursor, 2)
    try:
        return Place(clock.aware(datetime.fromisoformat(at)), UUID(row))
    except (ValueError, OverflowError):
        raise not_ours() from None


def link_next(request: HttpRequest, response: HttpResponse, cursor: str) -> None:
    """Say in the Link header (RFC 8288) where the next page is."""
    query = {name: value for name, value in request.GET.items() if name != "cursor"}
    address = request.build_absolute_uri(f"{request.path}?{urlencode({**query, 'cursor': cursor})}")
    response["Link"] = f'<{address}>; rel="next"'
