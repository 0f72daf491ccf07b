"""How does Zoom let its Meeting SDK in? Its scripts, and the check of the signature with which they join."""

import json
from collections.abc import Callable, Mapping

from duologue_simulators import tokens
from duologue_simulators.frames import SCRIPT, Lobby
from duologue_simulators.tokens import BadToken
from duologue_simulators.vendor import Answer, Call, Reply

KEY, SDK_SECRET, ACCOUNT = (
    "simulated-sdk-key",
    "simulated-zoom-sdk-secret-of-32-and-more",
    "simulated-account",
)
ZAK = "simulated-zak"
_JSON = SCRIPT | {"Content-Type": "application/json"}
_SHORTEST, _LONGEST = 1800, 48 * 3600


class Refused(Exception):
    """With the SDK's own code."""

    def __init__(self, words: str, code: int) -> None:
        super().__init__(words)
        self.code = code


class Sdk:
    """All that a page with the component view asks for. `knows` tells whether a meeting has that number."""

    def __init__(self, lobby: Lobby, now: Callable[[], float], knows: Callable[[str], bool]) -> None:
        self.lobby, self.now, self.knows = lobby, now, knows
        self.secret = SDK_SECRET

    def routes(self) -> Mapping[str, Answer]:
        return {
            **self.lobby.routes(),
            r"GET /(?P<version>[0-9.]+)/lib/vendor/(?P<name>[a-z-]+)\.min\.js": self._library,
            r"GET /(?P<version>[0-9.]+)/zoom-meeting-embedded-[0-9.]+\.min\.js": self._script,
            "POST /_frame/zoom": self._join,
        }

    def _library(self, call: Call, version: str, name: str) -> Reply:
        return Reply(200, b"", SCRIPT)

    def _script(self, call: Call, version: str) -> Reply:
        return self.lobby.script("zoom")

    def _join(self, call: Call) -> Reply:
        given = json.loads(call.content)
        try:
            _, claims = tokens.opened(given["signature"], "HS256", tokens.by_secret(self.secret))
            self._check(claims, given)
        except Refused as refused:
            return _no(str(refused), refused.code)
        except (BadToken, KeyError):
            return _no("Signature is invalid.", 3712)
        return Reply(200, {"role": "its host" if claims["role"] == 1 else "a guest"}, _JSON)

    def _check(self, claims: Mapping[str, object], given: Mapping[str, str]) -> None:
        """Raise BadToken as Zoom refuses."""
        made_at, until = int(str(claims["iat"])), int(str(claims["exp"]))
        if claims["appKey"] != KEY or str(claims["mn"]) != given["meetingNumber"]:
            raise BadToken("Signature is invalid")
        if not _SHORTEST <= until - made_at <= _LONGEST or claims["tokenExp"] != until:
            raise BadToken("Signature lives too short or too long")
        if claims["role"] == 1 and given.get("zak") != ZAK:
            raise BadToken("The host needs a ZAK")
        if not self.knows(given["meetingNumber"]):
            raise Refused("Meeting does not exist.", 3001)


def _no(reason: str, code: int) -> Reply:
    return Reply(403, {"type": "JOIN_MEETING_FAILED", "reason": reason, "errorCode": code}, _JSON)
