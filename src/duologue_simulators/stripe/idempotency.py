"""What was answered to this key before? Stripe's memory of keys, with its three traps.

It remembers 500s too, refuses the same key with other parameters, and answers 409 while the first request is
under way. What was refused before anything was done is not remembered.
"""

import hashlib
import threading
from dataclasses import dataclass
from typing import Any

from duologue_simulators.stripe.errors import conflict, other_parameters

KEPT_SECONDS = 24 * 3600
Body = dict[str, Any]


@dataclass
class Entry:
    fingerprint: str
    at: int
    answer: tuple[int, Body] | None = None


class Keys:
    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()

    def begin(self, key: str, request: str, now: int) -> tuple[int, Body] | None:
        """The answer of before, or None: then the key is taken until `finish`. Raises ApiError."""
        fingerprint = hashlib.sha256(request.encode()).hexdigest()
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.at + KEPT_SECONDS <= now:
                self._entries[key] = Entry(fingerprint, now)
                return None
            if entry.fingerprint != fingerprint:
                raise other_parameters()
            if entry.answer is None:
                raise conflict()
            return entry.answer

    def finish(self, key: str, answer: tuple[int, Body] | None) -> None:
        """Remember the answer; None frees the key."""
        with self._lock:
            if answer is None:
                self._entries.pop(key, None)
            else:
                self._entries[key].answer = answer
