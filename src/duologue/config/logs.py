"""What is written to the log, and what never is: tokens in paths, passwords in addresses, our own secrets."""

import logging
import os
import re
from pathlib import Path

from duologue.core import env

_SHAPES = [
    # Paths that let in whoever knows them.
    (re.compile(r"(/j/|/pay/|/feeds/|/sign-in/|/mail-choices/)[\w\-]{8,}"), r"\1…"),
    # Login data in an address, of a database or a mail server.
    (re.compile(r"(://)[^/\s@]*:[^/\s@]+@"), r"\1…@"),
    # Keys that say what they are: ours, and payment vendors'.
    (re.compile(r"\b(dl|sk|rk|whsec)_[\w\-]{10,}"), r"\1_…"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w\-.=+/]{8,}", re.I), r"\1 …"),
    (
        re.compile(r"\b(\w*(?:password|secret|token|api_?key))(['\"]?\s*[=:]\s*['\"]?)[^\s&'\",;]{4,}", re.I),
        r"\1\2…",
    ),
]
_SECRET_NAMES = re.compile(rf"{env.PREFIX}\w*(SECRET|KEY|KEYS|TOKEN|PASSWORD)(_FILE)?")
_SHORTEST_SECRET = 8
_LONGEST_HEAD, _LONGEST_TAIL = 12_000, 4_000
"""Letters of one entry: what somebody sent must not fill a disk. A traceback tells most at its end."""


class LineFormatter(logging.Formatter):
    """Instant, level, logger, words, and a traceback where there is one; no secrets, and not too long."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
        self._known = _known_secrets()

    def format(self, record: logging.LogRecord) -> str:
        # In this order: half a secret would not be known for one.
        return clipped(without_secrets(super().format(record), self._known))


def without_secrets(text: str, known: list[str]) -> str:
    """The text with everything cut that looks like a secret, or is one of `known`."""
    for secret in known:
        text = text.replace(secret, "…")
    for shape, cut in _SHAPES:
        text = shape.sub(cut, text)
    return text


def clipped(text: str) -> str:
    """The text, or its beginning and end and how much is missing between them."""
    missing = len(text) - _LONGEST_HEAD - _LONGEST_TAIL
    if missing <= 0:
        return text
    return f"{text[:_LONGEST_HEAD]} … {missing} letters left out … {text[-_LONGEST_TAIL:]}"


def _known_secrets() -> list[str]:
    """The secrets given by the environment, the longest first, so that none is left as a piece of another."""
    found: set[str] = set()
    for name, value in os.environ.items():
        match = _SECRET_NAMES.fullmatch(name)
        if match and match[2] is None:
            found.update(part.strip() for part in value.split(","))
        elif match and os.access(value, os.R_OK):
            found.update(part.strip() for part in Path(value).read_text().split(","))
    return sorted((one for one in found if len(one) >= _SHORTEST_SECRET), key=len, reverse=True)
