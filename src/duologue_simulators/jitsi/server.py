"""How does a Jitsi server let people in? Prosody's checks of tokens, and what people see in a room."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from duologue_simulators import tokens
from duologue_simulators.frames import Lobby
from duologue_simulators.pages import form, page
from duologue_simulators.serving import serve
from duologue_simulators.tokens import BadToken
from duologue_simulators.vendor import Answer, Call, Reply, Vendor

APP_ID = "simulated-app"
SECRET = "simulated-jitsi-secret-of-many-letters"  # noqa: S105 (it guards nothing)


@dataclass(frozen=True, slots=True)
class Occupant:
    """Somebody in a room. Names given in an address after the # are for the browser alone."""

    id: str
    name: str
    is_moderator: bool


class Jitsi(Vendor):
    """One server. Rooms are there from the first who comes.

    `wants_tokens`: Prosody's token authentication is on. `makes_moderators`: the module is loaded by which a
    token makes moderators; without it everybody is one. `wants_sign_in`: as at meet.jit.si, somebody has
    to sign in before anybody gets in. `domain`: set, the token's `sub` is compared with it.
    """

    name = "Jitsi"
    settings = {
        "DUOLOGUE_JITSI_BASE_URL": "{url}",
        "DUOLOGUE_JITSI_APP_ID": APP_ID,
        "DUOLOGUE_JITSI_APP_SECRET": SECRET,
    }

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.rooms: dict[str, list[Occupant]] = {}
        self.signed_in: set[str] = set()
        self.lobby = Lobby(url, self.now)
        self.wants_tokens = self.makes_moderators = True
        self.wants_sign_in = False
        self.domain = ""
        self.audiences = ["jitsi"]

    def routes(self) -> Mapping[str, Answer]:
        return {
            **self.lobby.routes(),
            "HEAD /external_api.js": self._script,
            "GET /external_api.js": self._script,
            r"GET /(?P<room>[^/]+)": self._page,
            r"POST /(?P<room>[^/]+)": self._sign_in,
        }

    def _script(self, call: Call) -> Reply:
        return self.lobby.script("jitsi")

    def _page(self, call: Call, room: str) -> Reply:
        room = room.lower()
        try:
            user = self._user(room, call.query.get("jwt"))
        except BadToken as refused:
            return Reply(
                403, page(self.name, "You are not allowed to join this meeting", f"<p>{refused}</p>")
            )
        if self.wants_sign_in and room not in self.signed_in:
            words = "<p>No moderator has arrived yet.</p>"
            button = form(f"/{room}", "<button>I am the host: sign in</button>", {})
            return Reply(200, page(self.name, "The conference has not started yet", words + button))
        return Reply(200, self._inside(room, self._enter(room, user)))

    def _sign_in(self, call: Call, room: str) -> Reply:
        """With an account at Google, Facebook or GitHub; here a click is enough."""
        self.signed_in.add(room.lower())
        return self._page(call, room)

    def _user(self, room: str, token: str | None) -> dict[str, str]:
        """Who joins, as far as Prosody knows; raises BadToken when they get no further."""
        if not self.wants_tokens:
            return {}
        if token is None:
            raise BadToken("token required")
        _, claims = tokens.opened(token, "HS256", tokens.by_secret(SECRET))
        tokens.check_times(claims, self.now())
        if claims.get("iss") != APP_ID:
            raise BadToken("Invalid issuer ('iss' claim)")
        if claims.get("aud") not in self.audiences:
            raise BadToken("Invalid audience ('aud' claim)")
        if "room" not in claims:
            raise BadToken("'room' claim is missing")
        # Newer versions take the claim in capital letters too.
        if claims["room"] not in {"*", room} or (self.domain and claims.get("sub") not in {"*", self.domain}):
            raise BadToken("Room and token mismatched")
        return tokens.check_texts(claims, "context", "user")

    def _enter(self, room: str, user: Mapping[str, str]) -> Occupant:
        there = self.rooms.setdefault(room, [])
        if self.wants_tokens and self.makes_moderators:
            is_moderator = user.get("moderator") == "true"
        else:
            is_moderator = self.wants_tokens or not there
        occupant = Occupant(user.get("id", ""), user.get("name", "Fellow Jitster"), is_moderator)
        there.append(occupant)
        return occupant

    def _inside(self, room: str, occupant: Occupant) -> str:
        role = "a moderator" if occupant.is_moderator else "a participant"
        words = f"<p>Others see you as {escape(occupant.name)}.</p>"
        return page(self.name, f"You are in Jitsi room {room} as {role}", words + self.lobby.inside(room))


def main(arguments: argparse.Namespace) -> int:
    """The command: serve until Ctrl-C, and say how Duologue is started against it."""
    return serve(Jitsi, arguments)
