"""How does JaaS let people in? By a token signed with a key whose public half it was given."""

import argparse
import base64
import hmac
import secrets
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from duologue_simulators import tokens
from duologue_simulators.frames import Lobby
from duologue_simulators.hooks import Hooks
from duologue_simulators.jitsi.server import Occupant
from duologue_simulators.pages import page
from duologue_simulators.serving import serve
from duologue_simulators.tokens import BadToken
from duologue_simulators.vendor import Answer, Call, Reply, Vendor

APP_ID = "vpaas-magic-cookie-simulated"
KEY_ID = "4f1c2d"
SECRET = "whsec_simulated_jaas"  # noqa: S105 (it guards nothing)


@lru_cache(maxsize=1)
def key() -> rsa.RSAPrivateKey:
    """The pair of the only key; another in each process."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def written(private: PrivateKeyTypes) -> str:
    """A private key as a file holds it."""
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, form, none).decode()


def signature(body: bytes, secret: str, at: int) -> dict[str, str]:
    """The header of a webhook."""
    signed = hmac.digest(secret.encode(), b"%d.%b" % (at, body), "sha256")
    return {"X-Jaas-Signature": f"t={at},v1={base64.b64encode(signed).decode()}"}


class Jaas(Vendor):
    """One tenant."""

    name = "JaaS"

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.settings = {
            "DUOLOGUE_JAAS_APP_ID": APP_ID,
            "DUOLOGUE_JAAS_KEY_ID": KEY_ID,
            # In environments line ends are written out.
            "DUOLOGUE_JAAS_PRIVATE_KEY": written(key()).replace("\n", "\\n"),
            "DUOLOGUE_JAAS_API_BASE": "{url}",
            "DUOLOGUE_JAAS_WEBHOOK_SECRETS": SECRET,
        }
        self.rooms: dict[str, list[Occupant]] = {}
        self.hooks = Hooks(signature, self.now, SECRET)
        self.lobby = Lobby(url, self.now)

    def routes(self) -> Mapping[str, Answer]:
        return {
            **self.lobby.routes(),
            f"HEAD /{APP_ID}/external_api.js": self._script,
            f"GET /{APP_ID}/external_api.js": self._script,
            rf"GET /{APP_ID}/(?P<room>[^/]+)": self._page,
        }

    def _script(self, call: Call) -> Reply:
        return self.lobby.script("jitsi")

    def _page(self, call: Call, room: str) -> Reply:
        room = room.lower()
        try:
            user = self._user(room, call.query.get("jwt", ""))
        except BadToken as refused:
            return Reply(
                403, page(self.name, "You are not allowed to join this meeting", f"<p>{refused}</p>")
            )
        occupant = Occupant(user.get("id", ""), user.get("name", ""), user.get("moderator") == "true")
        self.rooms.setdefault(room, []).append(occupant)
        self.hooks.tell(self._told(room, occupant))
        role = "a moderator" if occupant.is_moderator else "a participant"
        words = f"<p>Others see you as {escape(occupant.name)}.</p>"
        return Reply(
            200, page(self.name, f"You are in JaaS room {room} as {role}", words + self.lobby.inside(room))
        )

    def _user(self, room: str, token: str) -> dict[str, str]:
        """Who shows this token; raises BadToken when it does not open this room now."""
        header, claims = tokens.opened(token, "RS256", tokens.by_key(key().public_key()))
        tokens.check_times(claims, self.now())
        wanted = {"kid": f"{APP_ID}/{KEY_ID}", "aud": "jitsi", "iss": "chat", "sub": APP_ID}
        for name, value in wanted.items():
            if {**claims, **header}.get(name) != value:
                raise BadToken(f"{name} is not {value}")
        if claims.get("room") not in {"*", room}:
            raise BadToken("The token is for another room")
        if "exp" not in claims:
            raise BadToken("exp is missing")
        tokens.check_texts(claims, "context", "features")
        return tokens.check_texts(claims, "context", "user")

    def _told(self, room: str, occupant: Occupant) -> dict[str, Any]:
        """The event that somebody came."""
        data = {"name": occupant.name, "id": occupant.id, "moderator": occupant.is_moderator}
        return {
            "idempotencyKey": secrets.token_hex(16),
            "customerId": "simulated",
            "appId": APP_ID,
            "eventType": "PARTICIPANT_JOINED",
            "sessionId": secrets.token_hex(16),
            "timestamp": int(self.now() * 1000),
            "fqn": f"{APP_ID}/{room}",
            "data": data,
        }


def main(arguments: argparse.Namespace) -> int:
    """The command: serve until Ctrl-C, and say how Duologue is started against it."""
    return serve(Jaas, arguments, _ready)


def _ready(vendor: Vendor, duologue: str) -> None:
    if isinstance(vendor, Jaas):
        vendor.hooks.address = f"{duologue}/webhooks/jaas"
