"""Is what a page sends to the mailbox checked before anything is done with it?"""

import json
from typing import Any

import pytest

from duologue.calls import wire
from duologue.core.errors import Invalid

EPOCH = "0f8fad5b-d9cb-469f-a165-70867728950e"
THEIRS = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def message(**changes: Any) -> bytes:
    return json.dumps({"epoch": EPOCH, "entered": True, **changes}).encode()


def test_least_exchange():
    found = wire.parse(message())
    assert found == wire.Exchange(EPOCH, entered=True, connected=False, to="", since=0, signals=())


def test_full_exchange():
    body = {"description": {"type": "offer", "sdp": "v=0\r\n"}}
    found = wire.parse(message(to=THEIRS, since=7, connected=True, signals=[{"seq": 1, "body": body}]))
    assert (found.to, found.since, found.connected) == (THEIRS, 7, True)
    (posted,) = found.signals
    assert posted.seq == 1
    assert json.loads(posted.body) == body


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        message(epoch=None),
        message(epoch="short"),
        message(epoch="x" * 37),
        message(epoch="../../etc/passwd"),
        message(epoch=["a" * 10]),
        message(entered="yes"),
        message(connected=1),
        message(camera="<b>"),
        message(microphone=1),
        message(to="?"),
        message(to=5),
        message(since=-1),
        message(since=True),
        message(since="3"),
        message(since=10**9),
        message(signals={}),
        message(signals=[{"seq": 1, "body": {}}]),
        message(to=THEIRS, signals=[1]),
        message(to=THEIRS, signals=[{"seq": 0, "body": {}}]),
        message(to=THEIRS, signals=[{"seq": 1.5, "body": {}}]),
        message(to=THEIRS, signals=[{"seq": 1, "body": "text"}]),
        message(to=THEIRS, signals=[{"body": {}}]),
        message(to=THEIRS, signals=[{"seq": 1, "body": {"sdp": "x" * wire.LONGEST_BODY}}]),
        message(to=THEIRS, signals=[{"seq": n + 1, "body": {}} for n in range(wire.MOST_SIGNALS + 1)]),
        message(to=THEIRS, signals=[{"seq": 1, "body": {"a": float("nan")}}]),
        message(to=THEIRS, signals=[{"seq": 1, "body": {"a": 424242}}]).replace(b"424242", b"1e999"),
        b" " * (wire.LONGEST_EXCHANGE + 1) + message(),
    ],
    ids=lambda raw: raw[:40].decode(errors="replace") if isinstance(raw, bytes) else "",
)
def test_anything_else_is_refused(raw: bytes):
    with pytest.raises(Invalid):
        wire.parse(raw)


def test_farewell():
    assert wire.parse_farewell(json.dumps({"epoch": EPOCH}).encode()) == EPOCH
    with pytest.raises(Invalid):
        wire.parse_farewell(b"{}")
