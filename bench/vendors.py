"""A video platform that answers like one far away: in a second, now and then with an error.

Run as a process: `python -m bench.vendors NAME ACCOUNTS`. Its first line of output is JSON: the settings that
lead Duologue to it, and an access token for each account.
"""

import json
import random
import sys
import threading
import time
from importlib import import_module

from duologue_simulators.oauth import OAuthVendor, Person
from duologue_simulators.vendor import Call, Reply, Server, Vendor

CLASSES = {
    "zoom": "duologue_simulators.zoom.simulator:Zoom",
    "google": "duologue_simulators.google.simulator:Google",
    "microsoft": "duologue_simulators.microsoft.simulator:Microsoft",
    "daily": "duologue_simulators.daily.server:Daily",
    "whereby": "duologue_simulators.whereby.server:Whereby",
}
ANSWERS_IN = 1.0
FAILS = 0.05
DOWN, OUTAGE = 0.01, 0.3
"""Of the time it is down for everybody, for so many seconds each."""


def main(name: str, accounts: str, health: str = "well") -> None:
    server = Server(lambda url: _paced(_class(name), health)(url))
    vendor = server.vendor
    print(
        json.dumps(
            {
                "settings": {key: value.format(url=server.url) for key, value in vendor.settings.items()},
                "tokens": [_token(vendor, number) for number in range(int(accounts))],
            }
        ),
        flush=True,
    )
    server.serve_forever(0.05)


def _class(name: str) -> type[Vendor]:
    module, _, attribute = CLASSES[name].partition(":")
    found: type[Vendor] = getattr(import_module(module), attribute)
    return found


def _token(vendor: Vendor, number: int) -> str:
    if not isinstance(vendor, OAuthVendor):
        return ""
    return vendor.connect(Person(f"p{number}", f"host{number}@studio.example", f"Host {number}"))[0]


def _paced(made: type[Vendor], health: str) -> type[Vendor]:
    """The same vendor, slower and frailer; `dead` is never there. Its limits are not what is measured."""

    class Paced(made):  # type: ignore[misc, valid-type]
        def __init__(self, url: str) -> None:
            super().__init__(url)
            self._dice, self._dice_lock = random.Random(1), threading.Lock()
            self._back_at = 0.0

        def _chance(self) -> float:
            with self._dice_lock:
                return self._dice.random()

        def _is_down(self) -> bool:
            with self._dice_lock:
                now = time.monotonic()
                if now >= self._back_at and self._dice.random() < DOWN / 10:
                    self._back_at = now + OUTAGE
                return now < self._back_at

        def answer(self, call: Call) -> Reply:
            time.sleep(ANSWERS_IN)
            if health == "dead" or self._is_down() or self._chance() < FAILS:
                return self.broken()
            return super().answer(call)  # type: ignore[no-any-return]

    return Paced


if __name__ == "__main__":
    main(*sys.argv[1:])
