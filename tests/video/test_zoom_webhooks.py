"""Is Zoom recognised by its signature, and is what it tells of understood? Nothing else counts."""

import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from duologue.core.errors import Invalid
from duologue.video.contract import Role
from duologue.video.webhooks import zoom
from duologue.video.webhooks.contract import Sighted

SECRET = "zoom_secret_token"
# Body and signature of a published scheme, computed apart from this code.
BODY = (
    b'{"event":"meeting.participant_joined","event_ts":1795240652000,"payload":{"account_id":"a","object":'
    b'{"id":"123","uuid":"u==","host_id":"h","topic":"t","type":2,"duration":30,"participant":'
    b'{"user_id":"1","user_name":"Ann","join_time":"2026-11-21T05:00:00Z","email":""}}}}'
)
SIGNED = "v0=6087b9d2d2f9ab26b92ccc4d584e55d45d35b63613a80908efc71146e933b15b"
AT = datetime.fromtimestamp(1795240652, UTC)
HEADERS = {"x-zm-request-timestamp": "1795240652", "x-zm-signature": SIGNED}


def verify(body=BODY, *, secrets=(SECRET,), now=AT, **headers):
    given = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return zoom.verify(body, given, secrets, now=now)


def event(**changes):
    """The event of the body, with changes to what it tells of the participant and the meeting."""
    data = json.loads(BODY)
    meeting = data["payload"]["object"]
    for name, value in changes.items():
        (meeting if name in {"id", "host_id", "participant"} else meeting["participant"])[name] = value
    return zoom.read(json.dumps(data).encode())


def test_the_published_signature_fits():
    assert verify() == SECRET


def test_any_of_our_secrets_may_have_signed_and_it_is_told_which():
    assert verify(secrets=["zoom_newer_token", SECRET]) == SECRET


@pytest.mark.parametrize(
    "how",
    [
        {"body": BODY + b" "},
        {"body": b""},
        {"secrets": ["another"]},
        {"secrets": []},
        {"x_zm_signature": ""},
        {"x_zm_signature": SIGNED.removeprefix("v0=")},
        {"x_zm_signature": SIGNED.replace("v0=", "v1=")},
        {"x_zm_signature": "v0=é"},
        {"x_zm_request_timestamp": ""},
        {"x_zm_request_timestamp": "1795240653"},
        {"now": AT + timedelta(seconds=301)},
        {"now": AT - timedelta(seconds=301)},
    ],
)
def test_nobody_else_is_believed(how):
    with pytest.raises(Invalid):
        verify(**how)


@pytest.mark.parametrize("at", ["", "soon", "-1", "1e9", "9" * 40, "\uff11\uff17"])
def test_a_time_that_is_none_is_refused_however_well_it_is_signed(at):
    signed = "v0=" + hmac.digest(SECRET.encode(), b"v0:%b:{}" % at.encode(), "sha256").hex()
    with pytest.raises(Invalid, match="tells no time"):
        verify(b"{}", x_zm_signature=signed, x_zm_request_timestamp=at)


def test_the_url_check_is_answered_as_published():
    event = zoom.read(
        b'{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},'
        b'"event_ts":1654503849680}'
    )
    assert zoom.answer(event, SECRET) == {
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
        "encryptedToken": "bd48235863f4a6323ccc4963c594908b7c97f88b4a6a95278f4f093690b12726",
    }
    assert zoom.sighted(event) is None


@pytest.mark.parametrize("plain", [None, 7, "", "v0:1:{}", "x" * 101, "a b", {"a": 1}])
def test_nothing_that_looks_like_more_than_a_token_is_ever_signed(plain):
    body = json.dumps({"event": "endpoint.url_validation", "payload": {"plainToken": plain}}).encode()
    with pytest.raises(Invalid):
        zoom.answer(zoom.read(body), SECRET)


def test_other_events_want_no_answer():
    assert zoom.answer(event(), SECRET) is None


def test_a_guest_is_the_attendee_and_whoever_hosts_at_zoom_is_the_host():
    at = datetime(2026, 11, 21, 5, tzinfo=UTC)
    assert zoom.sighted(event()) == Sighted("123", Role.ATTENDEE, at, "1")
    guest = event(participant={"id": "somebody", "join_time": "2026-11-21T05:00:00Z"})
    assert zoom.sighted(guest) == Sighted("123", Role.ATTENDEE, at)
    host = event(participant={"id": "h", "join_time": "2026-11-21T06:00:00+01:00"})
    assert zoom.sighted(host) == Sighted("123", Role.HOST, at)
    host = event(participant={"participant_user_id": "h", "join_time": "2026-11-21T05:00:00Z"})
    assert zoom.sighted(host) == Sighted("123", Role.HOST, at)


def test_without_a_host_at_zoom_nobody_is_taken_for_the_host():
    nobody = {"id": "", "join_time": "2026-11-21T05:00:00Z"}
    assert zoom.sighted(event(host_id="", participant=nobody)).role is Role.ATTENDEE


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": ""},
        {"id": ["123"]},
        {"id": "x" * 256},
        {"participant": None},
        {"participant": []},
        {"join_time": ""},
        {"join_time": "yesterday"},
        {"join_time": "2026-11-21T05:00:00"},
        {"join_time": 5},
    ],
)
def test_half_an_event_tells_of_nobody(changes):
    assert zoom.sighted(event(**changes)) is None


def test_who_left_is_told_with_the_visit_that_ended():
    left = BODY.replace(b"participant_joined", b"participant_left").replace(b"join_time", b"leave_time")
    at = datetime(2026, 11, 21, 5, tzinfo=UTC)
    assert zoom.sighted(zoom.read(left)) == Sighted("123", Role.ATTENDEE, at, "1", has_left=True)


def test_other_events_tell_of_nobody():
    other = zoom.read(BODY.replace(b"participant_joined", b"participant_left"))
    assert zoom.sighted(other) is None


def test_an_event_has_no_id_but_that_of_its_body():
    assert zoom.read(BODY).id == zoom.read(BODY).id != zoom.read(BODY + b" ").id
    assert len(zoom.read(BODY).id) == 64


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"{",
        b"{}",
        b'{"event":"x"}',
        b'{"event":"x","payload":[]}',
        b'{"event":"","payload":{}}',
        b'{"event":7,"payload":{}}',
        b'{"event":"a b","payload":{}}',
        b'{"event":"' + b"x" * 101 + b'","payload":{}}',
        b"[" * 100_000,
        b'{"event":"x","payload":' + b"9" * 5000 + b"}",
    ],
    ids=range(14),
)
def test_what_is_no_event_is_refused(body):
    with pytest.raises(Invalid):
        zoom.read(body)
