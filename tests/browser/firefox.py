"""Firefox as people have it, steered by WebDriver BiDi (w3.org/TR/webdriver-bidi) with made-up devices.

Playwright has a Firefox of its own, which is not that one. What is here is as much as the tests need.
"""

import base64
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

NAMES = ("firefox-esr", "firefox")
PATIENCE = 60.0
PAUSE = 0.1
PREFERENCES = {
    # Devices that are made up, and a yes to whoever asks for them.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    # Addresses of this machine as they are, its own loop among them.
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.peerconnection.ice.loopback": True,
    # Nothing of its own goes out.
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "intl.accept_languages": "en-US, en",
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
PRESSABLE = """(words) => [...document.querySelectorAll("button, a[href], summary")].find((one) => {
  const name = (one.getAttribute("aria-label") ?? one.innerText).trim().replace(/\\s+/g, " ");
  return one.checkVisibility() && !one.disabled && name.startsWith(words);
})"""


def installed() -> str | None:
    """The program, where there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Refused(Exception):
    """Firefox says no to a command."""


class Wire:
    """A WebSocket (RFC 6455) that carries JSON, for one thread."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._socket = socket.create_connection((place.hostname, place.port), timeout=2 * PATIENCE)
        self._stream: IO[bytes] = self._socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {place.path} HTTP/1.1",
            f"Host: {place.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        status = self._stream.readline()
        if b" 101 " not in status:
            raise Refused(status.decode())
        while self._stream.readline().strip():
            pass

    def send(self, message: Mapping[str, Any]) -> None:
        payload = json.dumps(message).encode()
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        self._socket.sendall(b"\x81" + _length(len(payload), 0x80) + mask + masked)

    def receive(self) -> dict[str, Any]:
        whole = b""
        while True:
            first, second = self._stream.read(2)
            size = second & 0x7F
            if size > 125:
                form = "!H" if size == 126 else "!Q"
                (size,) = struct.unpack(form, self._stream.read(struct.calcsize(form)))
            part, kind = self._stream.read(size), first & 0x0F
            if kind == 8:
                raise Refused("Firefox hung up.")
            if kind < 8:
                whole += part
                if first & 0x80:
                    found: dict[str, Any] = json.loads(whole)
                    return found

    def close(self) -> None:
        self._stream.close()
        self._socket.close()


def _length(size: int, mask: int) -> bytes:
    if size < 126:
        return bytes([mask | size])
    return struct.pack("!BH", mask | 126, size) if size < 65_536 else struct.pack("!BQ", mask | 127, size)


class Firefox:
    """A running one with an empty profile. `errors` is what scripts did not expect."""

    def __init__(self, program: str, profile: Path) -> None:
        lines = [
            f"user_pref({json.dumps(one)}, {json.dumps(set_to)});" for one, set_to in PREFERENCES.items()
        ]
        (profile / "user.js").write_text("\n".join(lines))
        mine = ["--headless", "--no-remote", "--profile", str(profile)]
        command = [program, *mine, "--remote-debugging-port", "0"]
        surroundings = {**os.environ, "HOME": str(profile), "TZ": "Europe/Berlin"}
        self._told = profile / "told"
        with self._told.open("wb") as told:
            self._process = subprocess.Popen(command, env=surroundings, stdout=told, stderr=told)
        self.errors: list[str] = []
        self._numbers = count(1)
        self._wire = Wire(f"{self._address()}/session")
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])

    def _address(self) -> str:
        while self._process.poll() is None:
            if found := re.search(r"BiDi listening on (ws://\S+)\n", self._told.read_text()):
                return found[1]
            time.sleep(PAUSE)
        raise Refused(f"Firefox ended while it started: {self._told.read_text()}")

    def ask(self, command: str, **given: Any) -> dict[str, Any]:
        """Do this and wait for the answer."""
        number = next(self._numbers)
        self._wire.send({"id": number, "method": command, "params": given})
        while True:
            told = self._wire.receive()
            if told.get("method") == "log.entryAdded":
                self._note(told["params"])
            if told.get("id") == number:
                if told["type"] == "error":
                    raise Refused(f"{command}: {told['error']}: {told['message']}")
                result: dict[str, Any] = told["result"]
                return result

    def _note(self, entry: Mapping[str, Any]) -> None:
        # Of a line that was cut Firefox itself complains in the scripts' name.
        is_ours = entry["type"] == "javascript" and not entry["text"].startswith("WebRTC: ")
        if entry["level"] == "error" and is_ours:
            self.errors.append(entry["text"])

    def visitor(self, url: str, cookies: Mapping[str, str] | None = None) -> "Tab":
        """A tab that shares nothing with any other, for a site at which it has these cookies."""
        person = self.ask("browser.createUserContext")["userContext"]
        where = {"type": "storageKey", "userContext": person}
        for name, value in (cookies or {}).items():
            kept = {"type": "string", "value": value}
            cookie = {"name": name, "value": kept, "domain": urlsplit(url).hostname}
            self.ask("storage.setCookie", cookie=cookie, partition=where)
        made = self.ask("browsingContext.create", type="tab", userContext=person)
        tab = Tab(self, made["context"], person)
        tab.resize(1280, 800)
        return tab

    def close(self) -> None:
        self._wire.close()
        self._process.terminate()
        self._process.wait(timeout=30)


class Tab:
    def __init__(self, firefox: Firefox, context: str, person: str) -> None:
        self.firefox, self._context, self._person = firefox, context, person
        self.rest: Callable[[], None] = lambda: time.sleep(PAUSE)
        """Between two looks. Where Playwright answers requests of another browser, let it do so then."""

    def before_scripts(self, script: str) -> None:
        """Run this first in every page to come."""
        function = f"() => {{ {script} }}"
        self.firefox.ask("script.addPreloadScript", functionDeclaration=function, userContexts=[self._person])

    def close(self) -> None:
        self.firefox.ask("browser.removeUserContext", userContext=self._person)

    def goto(self, url: str) -> None:
        self.firefox.ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        self.firefox.ask("browsingContext.setViewport", context=self._context, viewport=size)

    @property
    def url(self) -> str:
        return str(self.read("() => location.href"))

    def read(self, function: str, *given: Any) -> Any:
        """What a function in the page gives back, as JSON can tell it."""
        words = f"async (given) => JSON.stringify(await ({function})(...JSON.parse(given))) ?? 'null'"
        found = self._call(words, [{"type": "string", "value": json.dumps(given)}])
        return json.loads(found["value"])

    def wait(self, function: str, *given: Any, patience: float = PATIENCE) -> Any:
        """Ask until the function gives something true; a page that goes away meanwhile is asked again."""
        until = time.monotonic() + patience
        while True:
            found = None
            try:
                found = self.read(function, *given)
            except Refused as refused:
                last: Any = refused
            else:
                last = found
            if found:
                return found
            if time.monotonic() > until:
                told = self.read("() => document.body.innerText.slice(0, 800)")
                raise AssertionError(f"{function} never held: {last!r} in {self.url}:\n{told}")
            self.rest()

    def wait_for(self, words: str, *, patience: float = PATIENCE) -> None:
        """Until these words can be read."""
        self.wait("(words) => document.body.innerText.includes(words)", words, patience=patience)

    def wait_for_url(self, end: str) -> None:
        self.wait("(end) => new RegExp(end).test(location.href)", end)

    def press(self, words: str) -> None:
        """Click, as a mouse does, on the button or link whose name begins so."""
        self.wait(f"(words) => Boolean(({PRESSABLE})(words))", words)
        self.click(f"() => ({PRESSABLE})({json.dumps(words)})")

    def click(self, function: str) -> None:
        """Click on the element that a function gives."""
        come = "one.scrollIntoView({ block: 'center', behavior: 'instant' })"
        found = self._call(f"() => {{ const one = ({function})(); {come}; return one; }}", [])
        origin = {"type": "element", "element": {"sharedId": found["sharedId"]}}
        moves: list[dict[str, Any]] = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": moves})

    def write(self, label: str, words: str) -> None:
        """Type into the field with this label."""
        named = f"one.labels?.[0]?.innerText.startsWith({json.dumps(label)})"
        self.click(f"() => [...document.querySelectorAll('input')].find((one) => {named})")
        keys = [{"type": kind, "value": key} for key in words for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": keys})

    def _act(self, source: Mapping[str, Any]) -> None:
        self.firefox.ask("input.performActions", context=self._context, actions=[source])

    def _call(self, function: str, arguments: list[dict[str, Any]]) -> dict[str, Any]:
        answer = self.firefox.ask(
            "script.callFunction",
            functionDeclaration=function,
            arguments=arguments,
            awaitPromise=True,
            target={"context": self._context},
        )
        if answer["type"] == "exception":
            raise Refused(answer["exceptionDetails"]["text"])
        found: dict[str, Any] = answer["result"]
        return found
