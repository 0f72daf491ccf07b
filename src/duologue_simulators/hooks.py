"""How does a video vendor tell of what happened? By signed posts to one address, or held for tests."""

import http.client
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 3.0
"""Seconds; Zoom waits no longer, and nobody waits less."""

Sign = Callable[[bytes, str, int], Mapping[str, str]]
"""The headers for a body, a secret and the unix seconds of now."""


@dataclass(frozen=True, slots=True)
class Message:
    body: bytes
    headers: Mapping[str, str]


@dataclass
class Hooks:
    """Without an address everything is held. `answered` are the states of what was sent, 0 for no answer."""

    sign: Sign
    now: Callable[[], float]
    secret: str
    address: str = ""
    held: list[Message] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)

    def tell(self, event: Mapping[str, Any]) -> None:
        """Tell of an event, without keeping anybody waiting."""
        message = self.message(event)
        if not self.address:
            self.held.append(message)
            return
        threading.Thread(target=self.send, args=[message], daemon=True).start()

    def message(self, event: Mapping[str, Any]) -> Message:
        """An event as it goes over the wire now."""
        body = json.dumps(event, separators=(",", ":")).encode()
        signed = self.sign(body, self.secret, int(self.now()))
        return Message(body, {"Content-Type": "application/json", **signed})

    def send(self, message: Message) -> bytes:
        """Hand it over and wait for the answer; returns its content, empty without one."""
        place = urlsplit(self.address)
        made = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        connection = made(place.netloc, timeout=TIMEOUT)
        try:
            connection.request("POST", place.path, message.body, dict(message.headers))
            response = connection.getresponse()
            content = response.read()
            self.answered.append(response.status)
            return content
        except (OSError, http.client.HTTPException):
            self.answered.append(0)
            return b""
        finally:
            connection.close()
