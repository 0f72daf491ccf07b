"""How are vendors asked over HTTP? With deadlines, bounded answers, no redirects; failures are our errors."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from duologue import __version__
from duologue.core import clock
from duologue.core.errors import NeedsReconnect, NotConfigured, Permanent, ProviderError, Retryable
from duologue.core.resting import resting

CONNECTS_WITHIN, ANSWERS_WITHIN = 3.0, 10.0
"""Seconds; the second is for the whole answer, however slowly it drips in."""
MOST_BYTES = 1_000_000
MOST_LINES = 100
"""Connections at once, kept open: more than a worker has threads that ask."""
LONGEST_PAUSE = timedelta(days=1)
SPENT = "token_refused"
"""The code of a NeedsReconnect that a fresh token may still heal."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a vendor answered. Header names are in lower case."""

    vendor: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    def json(self) -> dict[str, Any]:
        """The object in it; raises Retryable for anything else: the effect may be there all the same."""
        try:
            found = json.loads(self.content)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Retryable(f"{self.vendor} answers something that cannot be read.")
        return found

    def told(self) -> dict[str, Any]:
        """The object in a refusal, empty where there is none: for looking at a vendor's own codes."""
        try:
            return self.json()
        except Retryable:
            return {}


def request(
    vendor: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    within: float = ANSWERS_WITHIN,
) -> Answer:
    """Ask once. `vendor` is the name that errors tell, `within` the seconds for all of it.

    Raises Retryable when no whole answer came, NotConfigured for an address that is none.
    """
    until = time.monotonic() + within
    try:
        with (
            resting(),
            _client().stream(
                method,
                url,
                headers=dict(headers or {}),
                params=dict(params) if params else None,
                json=body,
                data=dict(form) if form is not None else None,
                auth=auth or httpx.USE_CLIENT_DEFAULT,
                timeout=httpx.Timeout(within, connect=min(CONNECTS_WITHIN, within)),
            ) as response,
        ):
            content = _read(vendor, response, until)
            return Answer(vendor, response.status_code, dict(response.headers), content)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise NotConfigured(f"The address of {vendor} in the settings is none.") from None
    except (httpx.HTTPError, httpx.StreamError):
        raise Retryable(f"{vendor} does not answer.") from None


def ask(vendor: str, method: str, url: str, **how: Any) -> dict[str, Any]:
    """The object that a vendor answers; everything but 2xx raises what `refusal` makes of it."""
    answer = request(vendor, method, url, **how)
    if not is_good(answer):
        raise refusal(answer)
    return answer.json()


def is_good(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def refusal(answer: Answer) -> ProviderError:
    """What an answer that is not 2xx means where the vendor has no rule of its own."""
    words = f"{answer.vendor} answers {answer.status}."
    if answer.status == 401:
        return NeedsReconnect(words, code=SPENT)
    if answer.status in {408, 425, 429} or answer.status >= 500:
        return Retryable(words, retry_after=retry_after(answer))
    return Permanent(words, status=answer.status)


def retry_after(answer: Answer) -> timedelta | None:
    """How long the vendor wants to be left alone: seconds, an HTTP date or an ISO date; at most a day."""
    text = answer.headers.get("retry-after", "").strip()
    if not text:
        return None
    pause = timedelta(seconds=int(text[:9])) if text.isdecimal() else _until(text)
    return None if pause is None else min(max(pause, timedelta(seconds=1)), LONGEST_PAUSE)


def _until(text: str) -> timedelta | None:
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = parse(text)
        except ValueError:
            continue
        return (at if at.tzinfo else at.replace(tzinfo=UTC)) - clock.machine()
    return None


def _read(vendor: str, response: httpx.Response, until: float) -> bytes:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > MOST_BYTES:
            raise Retryable(f"{vendor} answers far too much.")
        if time.monotonic() > until:
            raise Retryable(f"{vendor} answers too slowly.")
    return bytes(content)


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    """One a process, so that connections stay open. It takes no proxy, cookie or password from around it."""
    return httpx.Client(
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": f"Duologue/{__version__}", "Accept": "application/json"},
        limits=httpx.Limits(max_connections=MOST_LINES, max_keepalive_connections=MOST_LINES),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )
