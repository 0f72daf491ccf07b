"""A line between two call pages that can be cut and made thin: their packets go through this process.

The pages' candidates are rewritten on their way into the mailbox, so each page only knows the other's
stand-in here. Nothing else of the pages is touched.
"""

import json
import re
import select
import socket
import threading
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error, Page, Route

CANDIDATE = re.compile(r"(candidate:\S+ \d+ udp \d+) (\d+\.\d+\.\d+\.\d+) (\d+) (typ host)", re.IGNORECASE)
OTHERS = re.compile(r"a=candidate:\S+ \d+ (?:tcp|udp \d+ \S*:).*\r\n", re.IGNORECASE)
Address = tuple[str, int]
# Late candidates go over the call's own channel; those stay here, or a way around the line would be found.
KEEP = """
  const send = RTCDataChannel.prototype.send;
  RTCDataChannel.prototype.send = function (words) {
    if (!/"(candidate|description)"/.test(words)) send.call(this, words);
  };
"""


class Line:
    """`is_cut` lets nothing pass, `every` drops each n-th packet (0: none)."""

    def __init__(self) -> None:
        self.is_cut = False
        self.every = 0
        self._count = 0
        self._doors: dict[Address, socket.socket] = {}
        self._behind: dict[socket.socket, Address] = {}
        self._lock = threading.Lock()
        self._running = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def between(self, *pages: Page) -> None:
        for page in pages:
            page.add_init_script(KEEP)
            page.route("**/exchange", self._pass)

    def through(self, page: Page) -> None:
        """Between this page and one whose browser cannot be steered so: both ways are rewritten here."""
        page.add_init_script(KEEP)
        page.route("**/exchange", self._pass_both_ways)

    def close(self) -> None:
        self._running = False
        self._thread.join()
        for door in self._behind:
            door.close()

    def _pass(self, route: Route) -> None:
        # A page that goes away asks no more.
        with suppress(Error):
            route.continue_(post_data=self._through_here(route.request.post_data))

    def _pass_both_ways(self, route: Route) -> None:
        with suppress(Error):
            answer = route.fetch(post_data=self._through_here(route.request.post_data))
            route.fulfill(response=answer, body=self._through_here(answer.text()))

    def _through_here(self, message: str | None) -> str:
        words = json.loads(message or "{}")
        if not self._running:
            return json.dumps(words)
        for signal in words.get("signals", []):
            signal["body"] = self._rewritten(signal["body"])
        return json.dumps(words)

    def _rewritten(self, body: dict[str, Any]) -> dict[str, Any]:
        if description := body.get("description"):
            description["sdp"] = CANDIDATE.sub(self._stand_in, OTHERS.sub("", description["sdp"]))
        if candidate := body.get("candidate"):
            is_known = CANDIDATE.search(candidate["candidate"])
            candidate["candidate"] = CANDIDATE.sub(self._stand_in, candidate["candidate"]) if is_known else ""
        return body

    def _stand_in(self, found: re.Match[str]) -> str:
        door = self._door((found[2], int(found[3])))
        return f"{found[1]} {found[2]} {door.getsockname()[1]} {found[4]}"

    def _door(self, behind: Address) -> socket.socket:
        with self._lock:
            if behind not in self._doors:
                door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                door.bind(("", 0))
                self._doors[behind] = door
                self._behind[door] = behind
            return self._doors[behind]

    def _run(self) -> None:
        while self._running:
            with self._lock:
                doors = list(self._behind)
            ready, _, _ = select.select(doors, [], [], 0.02)
            for door in ready:
                packet, source = door.recvfrom(65_536)
                self._count += 1
                if self.is_cut or (self.every and not self._count % self.every):
                    continue
                with suppress(OSError):
                    # To the page behind this door, from the door of whoever sent it.
                    self._door(source).sendto(packet, self._behind[door])
