"""How are things named so that nobody can guess them and the database likes them?"""

import os
import secrets
import uuid
from datetime import datetime


def uuid7(now: datetime) -> uuid.UUID:
    """A time-ordered id with 74 random bits (RFC 9562, section 5.7): inserts stay at the index's end."""
    milliseconds = int(now.timestamp() * 1000)
    raw = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    raw = (raw & ~(0xF << 76)) | (0x7 << 76)
    raw = (raw & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=raw & ((1 << 128) - 1))


def random_token(bits: int = 128) -> str:
    """An unguessable name in URL-safe letters."""
    return secrets.token_urlsafe(bits // 8)
