"""What may two browsers say to each other through our mailbox? The message of one exchange, checked. Pure."""

import json
import re
from dataclasses import dataclass
from typing import Any

from duologue.core.errors import Invalid

LONGEST_EXCHANGE = 256 * 1024
LONGEST_BODY = 32 * 1024
MOST_SIGNALS = 50
HIGHEST_SEQ = 100_000
DEVICE_STATES = frozenset({"", "fine", "silent", "off", "missing", "blocked", "busy"})
"""What a page says of its camera or microphone; empty while it does not know yet."""
_EPOCH = re.compile(r"[A-Za-z0-9-]{8,36}")


@dataclass(frozen=True, slots=True)
class Posted:
    """One signal as its sender numbered it; the body is none of the server's business."""

    seq: int
    body: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One visit to the mailbox: who I am, what I leave there, and from where on I want the other's letters.

    `to` is the other's epoch that my signals are for and whose signals I have up to `since`.
    """

    epoch: str
    entered: bool
    connected: bool
    to: str
    since: int
    signals: tuple[Posted, ...]
    camera: str = ""
    microphone: str = ""


def parse(raw: bytes) -> Exchange:
    """The exchange that a browser sent; raises Invalid for anything else."""
    message = _message(raw)
    signals = message.get("signals", [])
    if not isinstance(signals, list) or len(signals) > MOST_SIGNALS:
        raise Invalid(f"Send a list of at most {MOST_SIGNALS} signals.")
    to = message.get("to", "")
    if to != "":
        to = _epoch(to)
    if signals and not to:
        raise Invalid("Signals need the epoch that they are for.")
    return Exchange(
        epoch=_epoch(message.get("epoch")),
        entered=_flag(message, "entered"),
        connected=_flag(message, "connected"),
        to=to,
        since=_number(message.get("since", 0), least=0),
        signals=tuple(_posted(signal) for signal in signals),
        camera=_device(message, "camera"),
        microphone=_device(message, "microphone"),
    )


def parse_farewell(raw: bytes) -> str:
    """The epoch that says goodbye; raises Invalid for anything else."""
    return _epoch(_message(raw).get("epoch"))


def _message(raw: bytes) -> dict[str, Any]:
    if len(raw) > LONGEST_EXCHANGE:
        raise Invalid("This is too much at once.")
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        raise Invalid("This is no JSON.") from None
    if not isinstance(message, dict):
        raise Invalid("Send one JSON object.")
    return message


def _epoch(value: object) -> str:
    if not isinstance(value, str) or not _EPOCH.fullmatch(value):
        raise Invalid("An epoch is 8 to 36 letters, digits and hyphens.")
    return value


def _flag(message: dict[str, Any], name: str) -> bool:
    value = message.get(name, False)
    if not isinstance(value, bool):
        raise Invalid(f"{name} is true or false.")
    return value


def _device(message: dict[str, Any], name: str) -> str:
    value = message.get(name, "")
    if not isinstance(value, str) or value not in DEVICE_STATES:
        raise Invalid(f"{name} is one of: {', '.join(sorted(DEVICE_STATES - {''}))}.")
    return value


def _number(value: object, *, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= HIGHEST_SEQ:
        raise Invalid(f"A number from {least} to {HIGHEST_SEQ} is needed.")
    return value


def _posted(signal: object) -> Posted:
    if not isinstance(signal, dict) or not isinstance(signal.get("body"), dict):
        raise Invalid("A signal has a seq and a body, which is an object.")
    try:
        body = json.dumps(signal["body"], separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError):
        # Python reads NaN and 1e999, which the other's browser would not.
        raise Invalid("A signal's body is no JSON.") from None
    if len(body) > LONGEST_BODY:
        raise Invalid("A signal is too long.")
    return Posted(_number(signal.get("seq"), least=1), body)
