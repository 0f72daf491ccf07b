"""Which STUN and TURN servers does a browser ask, and with what login? Pure.

TURN logins are coturn's `use-auth-secret`: the name carries its own expiry, the password is a keyed hash
of the name, so the relay checks them without asking us and a leaked one soon ends.
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any


def turn_credentials(secret: str, *, user: str, expires_at: datetime) -> tuple[str, str]:
    """Name and password of one person at the relay, good until `expires_at`."""
    username = f"{int(expires_at.timestamp())}:{user}"
    # SHA-1 is what the relay computes; nothing else is accepted.
    digest = hmac.digest(secret.encode(), username.encode(), "sha1")
    return username, base64.b64encode(digest).decode()


def ice_servers(
    stun_urls: Sequence[str], turn_urls: Sequence[str], secret: str, *, user: str, expires_at: datetime
) -> list[dict[str, Any]]:
    """The browser's `iceServers`. Empty without settings: on one network no server is needed."""
    servers: list[dict[str, Any]] = []
    if stun_urls:
        servers.append({"urls": list(stun_urls)})
    if turn_urls and secret:
        username, credential = turn_credentials(secret, user=user, expires_at=expires_at)
        servers.append({"urls": list(turn_urls), "username": username, "credential": credential})
    return servers
