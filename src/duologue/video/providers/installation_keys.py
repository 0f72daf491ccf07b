"""Which keys did the operator set for a platform, and what does it mean when the platform refuses them?"""

import re
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings

from duologue.core import http
from duologue.core.errors import NotConfigured, Permanent, Retryable
from duologue.core.http import Answer
from duologue.video.contract import Setting

BUSY_FOR = timedelta(seconds=5)
"""Where a platform that counts requests names no pause: with none it would be taken for one that is down."""


def needed(platform: str, wanted: Iterable[Setting]) -> list[str]:
    """The values of these settings; raises NotConfigured that names those which are missing."""
    names = [one.name for one in wanted]
    values = [value_of(name) for name in names]
    missing = [f"DUOLOGUE_{name}" for name, value in zip(names, values, strict=True) if not value]
    if missing:
        raise NotConfigured(f"{platform} is not set up: {' and '.join(missing)} must be set.")
    return values


def value_of(name: str) -> str:
    value: str = getattr(settings, f"DUOLOGUE_{name}")
    return value


def bearer(platform: str, key: str) -> dict[str, str]:
    """The header that shows a key; raises NotConfigured for what no header can hold."""
    if not re.fullmatch(r"[!-~]+", key):
        raise NotConfigured(f"The key of {platform} in the settings is none.")
    return {"Authorization": f"Bearer {key}"}


def checked(answer: Answer, *, room: bool = False) -> Answer:
    """A 2xx; raises the error that any other answer means. `room`: it was asked about one by its id."""
    if http.is_good(answer):
        return answer
    if answer.status == 401:
        # Nobody can connect these keys again: the operator has to set others.
        raise NotConfigured(f"{answer.vendor} refuses the keys in the settings.")
    if answer.status == 404 and room:
        raise Permanent(f"{answer.vendor} does not know this room any more.", code="room_gone")
    if answer.status == 429 and http.retry_after(answer) is None:
        raise Retryable(f"{answer.vendor} answers 429.", retry_after=BUSY_FOR)
    raise http.refusal(answer)
