"""How does Twilio Video answer? Its routes and codes, and what happens when a browser shows it a token."""

import argparse
import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from duologue_simulators import tokens
from duologue_simulators.frames import SCRIPT, Lobby
from duologue_simulators.pages import page
from duologue_simulators.serving import serve
from duologue_simulators.tokens import BadToken
from duologue_simulators.twilio.rooms import Room, wrong_wish
from duologue_simulators.vendor import Answer, Call, Reply, Vendor

ACCOUNT = "ACsimulated0000000000000000000000"
KEY = "SKsimulated0000000000000000000000"
SECRET = "simulated-twilio-secret-of-32-and-more"  # noqa: S105 (it guards nothing)
ROOM_EXISTS = 53113
DAY = 86400
_ONE = r"/v1/Rooms/(?P<room>[^/]+)"


class Twilio(Vendor):
    """One account. There is no page to meet at; `/connect` does what Twilio's client does in a browser."""

    name = "Twilio"
    settings = {
        "DUOLOGUE_TWILIO_ACCOUNT_SID": ACCOUNT,
        "DUOLOGUE_TWILIO_API_KEY": KEY,
        "DUOLOGUE_TWILIO_API_SECRET": SECRET,
        "DUOLOGUE_TWILIO_API_BASE": "{url}/v1",
        "DUOLOGUE_TWILIO_SCRIPT": "{url}/twilio-video.js",
    }

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.rooms: list[Room] = []
        self.lobby = Lobby(url, self.now)

    def routes(self) -> Mapping[str, Answer]:
        return {
            "POST /v1/Rooms": self._guarded(self._create),
            "GET /v1/Rooms": self._guarded(self._list),
            f"GET {_ONE}": self._guarded(self._get),
            f"POST {_ONE}": self._guarded(self._complete),
            f"GET {_ONE}/Participants": self._guarded(self._participants),
            "GET /connect": self._connect,
            **self.lobby.routes(),
            "GET /twilio-video.js": lambda call: self.lobby.script("twilio"),
            "GET /_frame/twilio": self._client,
        }

    # Refusals in Twilio's own form

    def too_many(self, pause: int) -> Reply:
        """It names no pause."""
        return _no(429, 20429, "Too Many Requests")

    def broken(self) -> Reply:
        return _no(503, 20503, "Service is unavailable. Please try again")

    def unknown(self) -> Reply:
        return _no(404, 20404, "The requested resource was not found")

    def _guarded(self, answer: Answer) -> Answer:
        wanted = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()

        def checked(call: Call, **groups: str) -> Reply:
            if call.headers.get("Authorization") != f"Basic {wanted}":
                return _no(401, 20003, "Authenticate")
            return answer(call, **groups)

        return checked

    # The API

    def _create(self, call: Call) -> Reply:
        form = call.form()
        wrong = wrong_wish(form)
        if wrong:
            return _no(400, 53114 if "range" in wrong else 53100, wrong)
        if "UniqueName" in form and self.living(form["UniqueName"]):
            return _no(400, ROOM_EXISTS, "Room exists")
        room = Room(form, self.now())
        self.rooms.append(room)
        return Reply(201, self._shown(room))

    def _list(self, call: Call) -> Reply:
        size = int(call.query.get("PageSize", "50"))
        living = [room for room in self.rooms if not room.is_over(self.now())]
        meta = {"page": 0, "page_size": size, "key": "rooms", "next_page_url": None}
        return Reply(200, {"rooms": [self._shown(room) for room in living[:size]], "meta": meta})

    def _get(self, call: Call, room: str) -> Reply:
        found = self.living(room) or self._by_sid(room)
        return Reply(200, self._shown(found)) if found else self.unknown()

    def _complete(self, call: Call, room: str) -> Reply:
        found = self.living(room) or self._by_sid(room)
        if found is None:
            return self.unknown()
        if call.form().get("Status") != "completed":
            return _no(400, 20001, "Status can only be completed")
        if found.is_over(self.now()):
            return _no(400, 53112, "Unable to update Room: it is completed")
        found.completed_at = self.now()
        return Reply(202, self._shown(found))

    def _participants(self, call: Call, room: str) -> Reply:
        found = self.living(room) or self._by_sid(room)
        there = found.inside(self.now()) if found else []
        told = [{"identity": one.identity, "status": "connected"} for one in there]
        return (
            Reply(200, {"participants": told, "meta": {"key": "participants"}}) if found else self.unknown()
        )

    def living(self, name: str) -> Room | None:
        """The room of this name, or of this sid, that goes on; a name is free again afterwards."""
        name = unquote(name)
        going = (room for room in self.rooms if not room.is_over(self.now()))
        return next((room for room in going if name in {room.unique_name, room.sid}), None)

    def _by_sid(self, sid: str) -> Room | None:
        return next((room for room in self.rooms if room.sid == sid), None)

    def _shown(self, room: Room) -> dict[str, Any]:
        return room.shown(self.url, ACCOUNT, self.now())

    # The client

    def _connect(self, call: Call) -> Reply:
        try:
            claims = self._claims(call.query.get("token", ""))
        except BadToken as refused:
            return Reply(403, page(self.name, "The access token is not good", f"<p>{refused}</p>"))
        grants = claims["grants"]
        room = self.living(grants.get("video", {}).get("room") or call.query.get("room", ""))
        if room is None:
            return Reply(404, page(self.name, "Room not found", "<p>53106</p>"))
        others = [one for one in room.inside(self.now()) if one.identity != grants["identity"]]
        if len(others) >= room.limit("MaxParticipants"):
            return Reply(403, page(self.name, "Room contains too many participants", "<p>53105</p>"))
        room.enter(grants["identity"], self.now())
        words = f"You are in Twilio room {room.unique_name} as {grants['identity']}"
        return Reply(200, page(self.name, words, ""))

    def _client(self, call: Call) -> Reply:
        """The same for the script in a page of somebody else."""
        entered = self._connect(call)
        told = {"message": "" if entered.status == 200 else f"refused, {entered.status}"}
        return Reply(entered.status, told, SCRIPT | {"Content-Type": "application/json"})

    def _claims(self, token: str) -> dict[str, Any]:
        """What an access token says; raises BadToken."""
        header, claims = tokens.opened(token, "HS256", tokens.by_secret(SECRET))
        tokens.check_times(claims, self.now())
        if header.get("cty") != "twilio-fpa;v=1":
            raise BadToken("20103: cty is not twilio-fpa;v=1")
        if (claims.get("iss"), claims.get("sub")) != (KEY, ACCOUNT):
            raise BadToken("20103: issuer or subject is wrong")
        if not str(claims.get("jti")).startswith(f"{KEY}-"):
            raise BadToken("20103: jti is wrong")
        if claims.get("exp", float("inf")) - max(claims.get("nbf", 0), self.now()) > DAY:
            raise BadToken("20157: it lives for more than 24 hours")
        if not claims.get("grants", {}).get("identity"):
            raise BadToken("20106: there is no identity")
        return claims


def _no(status: int, code: int, words: str) -> Reply:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Reply(status, {"code": code, "message": words, "more_info": more, "status": status})


def main(arguments: argparse.Namespace) -> int:
    """The command: serve until Ctrl-C, and say how Duologue is started against it."""
    return serve(Twilio, arguments)
