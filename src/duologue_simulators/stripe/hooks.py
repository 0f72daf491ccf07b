"""How do events reach whoever listens? Signed for real, and if wished late, twice or in any order."""

import hmac
import http.client
import json
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from duologue_simulators.stripe.account import Account
from duologue_simulators.stripe.objects import Object

RETRIES = (2.0, 10.0, 60.0)
TIMEOUT = 10.0


def signature(body: bytes, secret: str, at: int) -> str:
    """The value of the Stripe-Signature header."""
    return f"t={at},v1={hmac.digest(secret.encode(), b'%d.%b' % (at, body), 'sha256').hex()}"


@dataclass
class Delivery:
    """One attempt to hand an event over: the status it was answered with, 0 without an answer."""

    event_id: str
    type: str
    status: int


@dataclass
class Hooks:
    """Where events go. While `is_held` they wait until somebody sends, repeats or loses them."""

    account: Account
    url: str = ""
    secret: str = ""
    is_held: bool = False
    held: list[str] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._due: queue.PriorityQueue[tuple[float, int, str]] = queue.PriorityQueue()
        self._started = False
        self.account.listeners.append(self._on_event)

    def message(self, event_id: str) -> tuple[bytes, dict[str, str]]:
        """Body and headers of an event as they go over the wire now."""
        body = json.dumps(self.account.events[event_id], indent=2).encode()
        signed = signature(body, self.secret, self.account.now())
        return body, {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed}

    def send(self, event_ids: Sequence[str]) -> list[Delivery]:
        """Hand these over now, one after the other, in this order."""
        return [self._hand_over(event_id) for event_id in event_ids]

    def _on_event(self, event: Object) -> None:
        if self.is_held or not self.url:
            self.held.append(event["id"])
            return
        self._start()
        self._due.put((time.monotonic(), 0, event["id"]))

    def _start(self) -> None:
        if not self._started:
            self._started = True
            threading.Thread(target=self._run, name="webhooks", daemon=True).start()

    def _run(self) -> None:
        """Deliver what is due, and try again a few times what nobody took."""
        while True:
            due, tries, event_id = self._due.get()
            pause = due - time.monotonic()
            if pause > 0:
                self._due.put((due, tries, event_id))
                time.sleep(min(pause, 0.2))
                continue
            delivered = self._hand_over(event_id).status // 100 == 2
            if not delivered and tries < len(RETRIES):
                self._due.put((time.monotonic() + RETRIES[tries], tries + 1, event_id))

    def _hand_over(self, event_id: str) -> Delivery:
        delivery = Delivery(event_id, self.account.events[event_id]["type"], self._post(event_id))
        self.deliveries.append(delivery)
        return delivery

    def _post(self, event_id: str) -> int:
        place = urlsplit(self.url)
        kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        connection = kind(place.hostname or "", place.port, timeout=TIMEOUT)
        body, headers = self.message(event_id)
        try:
            connection.request("POST", place.path, body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
