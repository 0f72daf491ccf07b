"""Where does the next page begin? After the last row of this one, whatever was added meanwhile."""

import base64
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from duologue.core.cursors import Cursor
from duologue.core.errors import Invalid

USUAL = 20
MOST = 100
LONGEST_CURSOR = 200


def encode(place: str) -> str:
    """A place in a list as clients carry it: opaque, and safe in addresses."""
    return base64.urlsafe_b64encode(place.encode()).rstrip(b"=").decode()


def decode(cursor: str) -> str:
    """The place again; raises Invalid for what `encode` did not make."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode()
    except ValueError:
        raise not_ours() from None
    if not place.isprintable():
        raise not_ours()
    return place


def not_ours() -> Invalid:
    return Invalid(_("Take the cursor as it stands in the Link header."), field="cursor")


def place(cursor: str) -> Cursor | None:
    """The row after which a page begins; None for the first page."""
    if not cursor:
        return None
    found = Cursor.parse(decode(cursor))
    if found is None:
        raise not_ours()
    return found


def link_next(request: HttpRequest, response: HttpResponse, cursor: str) -> None:
    """Say in the Link header (RFC 8288) where the next page is."""
    query = {name: value for name, value in request.GET.items() if name != "cursor"}
    address = request.build_absolute_uri(f"{request.path}?{urlencode({**query, 'cursor': cursor})}")
    response["Link"] = f'<{address}>; rel="next"'
