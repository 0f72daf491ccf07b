"""How do STUN and TURN messages look on the wire? Pure (RFC 8489, RFC 8656)."""

import hashlib
import hmac
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

BINDING, ALLOCATE, REFRESH = 0x0001, 0x0003, 0x0004
SUCCESS, ERROR = 0x0100, 0x0110
MAPPED, USERNAME, INTEGRITY, ERROR_CODE = 0x0001, 0x0006, 0x0008, 0x0009
LIFETIME, REALM, NONCE, RELAYED, TRANSPORT, XOR_MAPPED = 0x000D, 0x0014, 0x0015, 0x0016, 0x0019, 0x0020
UDP = bytes([17, 0, 0, 0])
"""What a relay shall speak to the other side, as REQUESTED-TRANSPORT."""
COOKIE = 0x2112A442
HEADER = 20
_INTEGRITY_SIZE = 24


@dataclass(frozen=True, slots=True)
class Login:
    """Long-term credentials in the realm that the server named."""

    username: str
    password: str
    realm: str
    nonce: bytes

    @property
    def key(self) -> bytes:
        # MD5 is what RFC 8489, 9.2.2 asks for.
        words = f"{self.username}:{self.realm}:{self.password}"
        return hashlib.md5(words.encode(), usedforsecurity=False).digest()


@dataclass(frozen=True, slots=True)
class Message:
    """An answer. Of an attribute that comes twice the first counts."""

    kind: int
    transaction: bytes
    attributes: dict[int, bytes]
    raw: bytes

    @property
    def error(self) -> int:
        """401 and the like; 0 where there is none."""
        value = self.attributes.get(ERROR_CODE, b"")
        return value[2] * 100 + value[3] if len(value) >= 4 else 0

    def address(self, attribute: int) -> tuple[str, int] | None:
        """The address in one of the XORed attributes."""
        value = self.attributes.get(attribute, b"")
        if len(value) not in {8, 20}:
            return None
        port = struct.unpack("!H", value[2:4])[0] ^ COOKIE >> 16
        mask = COOKIE.to_bytes(4) + self.transaction
        address = bytes(one ^ other for one, other in zip(value[4:], mask, strict=False))
        return str(IPv4Address(address) if len(address) == 4 else IPv6Address(address)), port


def request(
    method: int, transaction: bytes, attributes: list[tuple[int, bytes]], login: Login | None = None
) -> bytes:
    """The bytes to send, signed where there is a login."""
    body = b"".join(_attribute(kind, value) for kind, value in attributes)
    if login is None:
        return _header(method, len(body), transaction) + body
    body += _attribute(USERNAME, login.username.encode())
    body += _attribute(REALM, login.realm.encode()) + _attribute(NONCE, login.nonce)
    signed = _header(method, len(body) + _INTEGRITY_SIZE, transaction) + body
    return signed + _attribute(INTEGRITY, hmac.digest(login.key, signed, "sha1"))


def length(header: bytes) -> int:
    """How many bytes of a message follow its header."""
    return int(struct.unpack("!H", header[2:4])[0])


def read(raw: bytes) -> Message | None:
    """The message in these bytes; None for anything else."""
    if (
        len(raw) < HEADER
        or raw[4:8] != COOKIE.to_bytes(4)
        or raw[0] & 0xC0
        or len(raw) != HEADER + length(raw)
    ):
        return None
    attributes: dict[int, bytes] = {}
    at = HEADER
    while at + 4 <= len(raw):
        kind, size = struct.unpack("!HH", raw[at : at + 4])
        if at + 4 + size > len(raw):
            return None
        attributes.setdefault(kind, raw[at + 4 : at + 4 + size])
        at += 4 + size + -size % 4
    return Message(struct.unpack("!H", raw[:2])[0], raw[8:20], attributes, raw)


def is_signed(message: Message, key: bytes) -> bool:
    """Whether who answered knows the password: what stands before MESSAGE-INTEGRITY was signed with it."""
    at = HEADER
    while at + 4 <= len(message.raw):
        kind, size = struct.unpack("!HH", message.raw[at : at + 4])
        if kind == INTEGRITY:
            covered = at + _INTEGRITY_SIZE - HEADER
            signed = message.raw[:2] + struct.pack("!H", covered) + message.raw[4:at]
            return hmac.compare_digest(hmac.digest(key, signed, "sha1"), message.attributes[INTEGRITY])
        at += 4 + size + -size % 4
    return False


def _header(method: int, size: int, transaction: bytes) -> bytes:
    return struct.pack("!HHI", method, size, COOKIE) + transaction


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)
