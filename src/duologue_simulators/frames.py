"""What do platforms' rooms tell the page around them? Each script's own events, over one small lobby.

The rooms themselves are pages that post `{"type": "join"}` and the like to the page around them, as Whereby's
do; other platforms' scripts turn that into their own events.
"""

import json
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path

from duologue_simulators.vendor import Answer, Call, Reply

SEEN_FOR = 2.5
"""Seconds after which somebody who no longer looks is gone."""
SCRIPT = {"Content-Type": "application/javascript", "Access-Control-Allow-Origin": "*"}


def _file(name: str) -> str:
    return (Path(__file__).parent / "js" / f"{name}.js").read_text()


def refused(kind: str, words: str) -> str:
    """HTML at the end of the page of who is not let in: the page around hears why."""
    why = f"const REFUSAL = {json.dumps({'type': kind, 'words': words})};"
    return f"<script>{why}{_file('refused')}</script>"


def at_the_door() -> str:
    """HTML at the end of the page of who knocks: the room opens by itself when they are let in."""
    return f"<script>{_file('at_the_door')}</script>"


def door(address: str, knocking: str) -> str:
    """HTML for who lets people in: the forms of those that knock, read again and again at `address`."""
    return f'<div data-door="{escape(address)}">{knocking}</div><script>{{{_file("door")}}}</script>'


class Lobby:
    """Who looks at a room lately. `script` is what a platform gives to the page around, `inside` what its own
    room's page carries."""

    def __init__(self, url: str, now: Callable[[], float]) -> None:
        self.url, self.now = url, now
        self.seen: dict[str, dict[str, float]] = {}

    def routes(self) -> Mapping[str, Answer]:
        return {"GET /_frame/people": self._people}

    def inside(self, room: str) -> str:
        """HTML at the end of a room's page."""
        names = f"const BASE = {json.dumps(self.url)}, ROOM = {json.dumps(room)};"
        return (
            f"<button data-leave>Leave</button><script>{names}{_file('looking')}{_file('in_frame')}</script>"
        )

    def script(self, platform: str) -> Reply:
        text = _file(platform).replace("LOOKING", _file("looking"))
        whole = f"const BASE = {json.dumps(self.url)};{text}"
        return Reply(200, f"{{{whole}}}".encode(), SCRIPT)

    def _people(self, call: Call) -> Reply:
        there = self.seen.setdefault(call.query.get("room", ""), {})
        there[call.query.get("visit", "")] = self.now()
        lately = [one for one, at in there.items() if at > self.now() - SEEN_FOR]
        return Reply(200, {"others": max(0, len(lately) - 1)}, {"Access-Control-Allow-Origin": "*"})
