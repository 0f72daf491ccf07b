"""What may the page around a platform's frame tell us? One beat, checked. Pure."""

import json
import re
from dataclasses import dataclass

from duologue.core.errors import Invalid

LONGEST = 2048
_EPOCH = re.compile(r"[A-Za-z0-9-]{8,36}")


@dataclass(frozen=True, slots=True)
class Beat:
    """`epoch` names one stay of one page. `is_in`: its person is in the room, as the frame says; `other`:
    somebody else is too. `place` is the room that the page shows."""

    epoch: str
    is_in: bool
    other: bool
    place: int


def parse(raw: bytes) -> Beat:
    """The beat that a page sent; raises Invalid for anything else."""
    try:
        message = json.loads(raw) if len(raw) <= LONGEST else None
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise Invalid("Send one small JSON object.")
    epoch, place = message.get("epoch"), message.get("place")
    if not isinstance(epoch, str) or not _EPOCH.fullmatch(epoch):
        raise Invalid("An epoch is 8 to 36 letters, digits and hyphens.")
    flags = message.get("in", False), message.get("other", False)
    if not all(isinstance(flag, bool) for flag in flags):
        raise Invalid("in and other are true or false.")
    if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < 2**63:
        raise Invalid("place is the number of the room that the page shows.")
    return Beat(epoch, *flags, place)
