"""What goes wrong on purpose at a video vendor? Faults that wait for a request to strike."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HUGE = 3_000_000

PAGES: Mapping[str, tuple[int, Any]] = {
    "503": (503, "<html><h1>Service unavailable</h1></html>"),
    "html": (200, "<html><h1>Sign in</h1></html>"),
    "empty": (200, b""),
    "truncated": (200, b'{"id": "12'),
    "list": (200, b"[1, 2]"),
    "strange": (200, b'{"surprise": true}'),
    "huge": (200, b" " * HUGE),
    "redirect": (302, None),
    "400": (400, {"error": "bad request", "message": "bad request"}),
    "401": (401, {"error": "unauthorized", "message": "unauthorized"}),
    "403": (403, {"error": "forbidden", "message": "forbidden"}),
}
KINDS = {
    "429": "refuses with the vendor's own form, and a pause of `seconds`",
    "500": "an error before anything is done",
    "500_after": "an error although it was done",
    "cut": "closes the connection before anything is done",
    "lost": "does it, and closes the connection instead of answering",
    "slow": "waits `seconds` before doing it",
    **dict.fromkeys(PAGES, "answers that without doing anything"),
}


class Cut(Exception):
    """Close the connection without an answer."""


@dataclass
class Fault:
    """Strikes the next `times` requests whose `METHOD /path` begins with `on`."""

    kind: str
    on: str = ""
    times: int = 1
    seconds: float = 0.0
    reply: tuple[int, Any] = field(default=(500, None), init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            msg = f"There is no fault called {self.kind!r}; there are {', '.join(KINDS)}."
            raise ValueError(msg)
        self.reply = PAGES.get(self.kind, self.reply)

    @property
    def is_after(self) -> bool:
        return self.kind in {"500_after", "lost"}


class Faults:
    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> int:
        """How often any of them can still strike."""
        with self._lock:
            return sum(fault.times for fault in self._waiting)

    def strike(self, request: str) -> Fault | None:
        """The fault for this request, if one waits for it."""
        with self._lock:
            for fault in self._waiting:
                if request.startswith(fault.on):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None
