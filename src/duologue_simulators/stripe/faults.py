"""What goes wrong on purpose? Faults that wait for a request to strike."""

import threading
from dataclasses import dataclass

KINDS = {
    "429": "refuses before anything is done",
    "500": "an error before anything is done, kept under the key",
    "500_after": "an error although it was done, kept under the key",
    "503": "an error before anything is done, not kept",
    "409": "says that the same key is under way",
    "401": "does not know the secret key",
    "403": "the key lacks a permission",
    "cut": "closes the connection before anything is done",
    "lost": "does it, and closes the connection instead of answering",
    "slow": "waits `seconds` before doing it",
    "paid_meanwhile": "somebody pays the page just before the request is done",
}


@dataclass
class Fault:
    """Strikes the next `times` requests that begin with `on`, for example POST /v1/refunds."""

    kind: str
    on: str = ""
    times: int = 1
    seconds: float = 0.0


class Faults:
    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        if fault.kind not in KINDS:
            msg = f"There is no fault called {fault.kind!r}; there are {', '.join(KINDS)}."
            raise ValueError(msg)
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

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
