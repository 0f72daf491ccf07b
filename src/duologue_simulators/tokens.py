"""Is a JSON Web Token what it says? Checked by hand, so that no library vouches for itself."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

Fits = Callable[[bytes, bytes], bool]
"""Whether the second is a signature of the first."""


class BadToken(Exception):
    """In the words of whoever refuses it."""


def opened(token: str, algorithm: str, fits: Fits) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token that is signed so; raises BadToken."""
    parts = token.split(".")
    if len(parts) != 3:
        raise BadToken("Invalid token")
    header, claims = _object(parts[0]), _object(parts[1])
    if header.get("alg") != algorithm:
        raise BadToken("Algorithm not supported")
    if not fits(f"{parts[0]}.{parts[1]}".encode(), _bytes(parts[2])):
        raise BadToken("Invalid signature")
    return header, claims


def by_secret(secret: str) -> Fits:
    return lambda signed, given: hmac.compare_digest(hmac.digest(secret.encode(), signed, "sha256"), given)


def by_key(public: RSAPublicKey) -> Fits:
    def fits(signed: bytes, given: bytes) -> bool:
        try:
            public.verify(given, signed, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    return fits


def check_times(claims: Mapping[str, Any], now: float) -> None:
    """Raise BadToken outside `nbf` and `exp`, which have to be numbers where they are there."""
    for name in ("nbf", "exp"):
        if isinstance(claims.get(name, 0), bool) or not isinstance(claims.get(name, 0), int | float):
            raise BadToken(f"{name} must be a number")
    if now >= claims.get("exp", float("inf")):
        raise BadToken("Not acceptable by exp")
    if now < claims.get("nbf", 0):
        raise BadToken("Not acceptable by nbf")


def check_texts(claims: Mapping[str, Any], *path: str) -> dict[str, str]:
    """The texts at the end of a path; raises BadToken for anything else in it, as Jitsi fails on that."""
    found: Any = claims
    for step in path:
        found = found.get(step, {}) if isinstance(found, dict) else None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise BadToken(f"{'.'.join(path)} must hold texts only")
    return found


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadToken("Invalid json")
    return found


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise BadToken("Invalid token") from None
