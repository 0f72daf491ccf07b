"""How are secrets kept, and how are tokens made that need not be kept?"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_DIGITS = 6


class Vault:
    """Encrypts secrets at rest. The first key encrypts, all keys decrypt, so keys can rotate."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            msg = "At least one encryption key is needed."
            raise ValueError(msg)
        self._fernet = MultiFernet([Fernet(_fernet_key(key)) for key in keys])

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text again; raises ValueError when no key fits."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            msg = "No encryption key opens this value."
            raise ValueError(msg) from None


def _fernet_key(key: str) -> bytes:
    """Any long random text serves as a key: it is hashed to the 32 bytes that Fernet wants."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())


def mac(key: str, purpose: str, *parts: object) -> bytes:
    """HMAC-SHA-256 over the parts, apart for each purpose; lengths are bound in, so parts cannot shift."""
    message = b"".join(len(p).to_bytes(4) + p for p in (str(part).encode() for part in (purpose, *parts)))
    return hmac.digest(key.encode(), message, "sha256")


def token(key: str, purpose: str, *parts: object) -> str:
    """128 bits of a mac as 22 URL-safe letters: can be made again at any time, so it is never stored."""
    return base64.urlsafe_b64encode(mac(key, purpose, *parts)[:16]).rstrip(b"=").decode()


def digits(key: str, purpose: str, *parts: object) -> str:
    """Six decimal digits of a mac, for codes that a person types."""
    number = int.from_bytes(mac(key, purpose, *parts)[:8]) % 10**_DIGITS
    return f"{number:0{_DIGITS}d}"


def fingerprint(secret: str) -> str:
    """SHA-256 in hex: what is stored of a random token, so that a leaked database opens nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def equal(left: str, right: str) -> bool:
    """Compare without telling by the time it takes."""
    return hmac.compare_digest(left.encode(), right.encode())
