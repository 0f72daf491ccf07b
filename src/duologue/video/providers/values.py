"""How are rooms named, instants told and answers read, the same for every platform?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from duologue.core import clock, crypto
from duologue.core.errors import Retryable
from duologue.video.contract import MeetingRequest

SKEW = timedelta(seconds=10)
"""A platform's clock may be behind ours: it must not refuse whom we let in at the first moment."""
LONGEST_TOKEN = 4000
_LONGEST_NAME, _LONGEST_ADDRESS = 255, 2000


def room_name(idempotency_key: str) -> str:
    """128 bits in lower-case hex that nobody guesses, and the same again for the same key."""
    return crypto.mac(settings.SECRET_KEY, "room", idempotency_key)[:16].hex()


def vendor_time(at: datetime) -> datetime:
    """The instant as platforms know it: they live in the machine's time, whatever a moved clock tells us."""
    return at - clock.offset()


def unix(at: datetime) -> int:
    return int(vendor_time(at).timestamp())


def entry(request: MeetingRequest) -> dict[str, int]:
    """When a token lets people in, as `nbf` and `exp`."""
    return {"nbf": unix(request.opens_at - SKEW), "exp": unix(request.closes_at)}


def text(vendor: str, found: Mapping[str, Any], name: str, *, longest: int = _LONGEST_NAME) -> str:
    """A name in an answer; raises Retryable for anything else: the effect may be there all the same."""
    value = found.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise _unreadable(vendor)
    return value


def address(vendor: str, found: Mapping[str, Any], name: str) -> str:
    """A web address in an answer; raises Retryable for anything else."""
    value = found.get(name)
    if not isinstance(value, str) or not is_web_address(value):
        raise _unreadable(vendor)
    return value


def is_web_address(value: str) -> bool:
    """Whether a browser can be led there as it stands."""
    if len(value) > _LONGEST_ADDRESS or not value.isascii() or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def origin(url: str) -> str:
    """The address without all that stands behind its host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def with_query(url: str, **more: str) -> str:
    """The address with more in its query."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(more)) if part)
    return parts._replace(query=query).geturl()


def _unreadable(vendor: str) -> Retryable:
    return Retryable(f"{vendor} answers something that cannot be read.")
