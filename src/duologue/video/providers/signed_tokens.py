"""How are the tokens made with which we vouch for a person at a platform? JSON Web Tokens (RFC 7519)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from duologue.core.errors import NotConfigured
from duologue.video.contract import Role, Visitor


def by_secret(
    claims: Mapping[str, Any], secret: str, *, vendor: str, header: Mapping[str, str] | None = None
) -> str:
    """A token that who shares the secret can check (HS256); raises NotConfigured for what is no secret."""
    try:
        return jwt.encode(dict(claims), secret, algorithm="HS256", headers=dict(header or {}))
    except jwt.InvalidKeyError:
        raise NotConfigured(f"The secret of {vendor} in the settings is none.") from None


def by_key(claims: Mapping[str, Any], pem: str, *, vendor: str, key_id: str) -> str:
    """A token that who has the public key can check (RS256); raises NotConfigured for another kind of key."""
    try:
        key = _private_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NotConfigured(f"The private key of {vendor} in the settings is no RSA key.") from None
    return jwt.encode(dict(claims), key, algorithm="RS256", headers={"kid": key_id})


def person(visitor: Visitor) -> dict[str, str]:
    """Who enters, as Jitsi wants it: texts only, anything else ends in an error there."""
    return {
        "id": visitor.person,
        "name": visitor.name,
        "moderator": "true" if visitor.role is Role.HOST else "false",
    }


@lru_cache(maxsize=4)
def _private_key(pem: str) -> RSAPrivateKey:
    """Reading it takes longer than signing. In environments line ends are often written as \\n."""
    key = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(pem[:0])
    return key
