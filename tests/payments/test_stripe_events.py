"""Is a webhook believed only when Stripe signed it just now, and read whatever shape it has?"""

import json
from datetime import UTC, datetime, timedelta

import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.core.errors import Invalid
from duologue.payments.providers.stripe_events import TOLERANCE, Hint, hint, read, verify
from duologue_simulators.stripe.hooks import signature
from tests.simulators.stripe_spec import DATA

VECTOR = json.loads((DATA / "signature.json").read_text())
BODY, SECRET = VECTOR["body"].encode(), VECTOR["secret"]
HEADER = VECTOR["header"]["Stripe-Signature"]
THEN = datetime.fromtimestamp(VECTOR["at"], UTC)
SECOND = timedelta(seconds=1)


def event(kind, **about):
    found = {"id": "evt_1", "object": "event", "type": kind, "livemode": False, "data": {"object": about}}
    return json.dumps(found).encode()


def test_the_vector_is_right():
    verify(BODY, HEADER, [SECRET], now=THEN)


def test_what_stripes_own_package_signs_is_believed():
    body = event("a.b")
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET, int(THEN.timestamp()))
    verify(body, header, [SECRET], now=THEN)
    assert header == signature(body, SECRET, int(THEN.timestamp()))


@pytest.mark.parametrize("shift", [-TOLERANCE, -SECOND, SECOND, TOLERANCE])
def test_a_signature_of_the_last_and_the_next_five_minutes_counts(shift):
    verify(BODY, HEADER, [SECRET], now=THEN + shift)


@pytest.mark.parametrize("shift", [-TOLERANCE - SECOND, TOLERANCE + SECOND, timedelta(days=400)])
def test_an_older_one_and_one_from_the_future_do_not(shift):
    with pytest.raises(Invalid):
        verify(BODY, HEADER, [SECRET], now=THEN + shift)


def test_one_of_several_secrets_is_enough_and_so_is_one_of_several_signatures():
    verify(BODY, HEADER, ["whsec_new", SECRET], now=THEN)
    verify(BODY, HEADER.replace(",v1=", ",v1=00,v0=11,v1="), [SECRET], now=THEN)


@pytest.mark.parametrize("secrets", [[], ["whsec_new"], [SECRET[:-1]], [SECRET + " "]])
def test_no_other_secret_does(secrets):
    with pytest.raises(Invalid):
        verify(BODY, HEADER, secrets, now=THEN)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1795240652",
        HEADER.partition(",")[2],
        HEADER.replace("v1=", "v0="),
        HEADER.replace("t=1795240652", "t=1795240653"),
        HEADER.replace("t=1795240652", "t=1795240652,t=1795240652"),
        HEADER.replace("t=1795240652", "t="),
        HEADER.replace("t=1795240652", "t=-1795240652"),
        HEADER[:-1],
        HEADER.upper(),
        HEADER.replace(",", ";"),
        "t=é,v1=é",
    ],
)
def test_a_header_of_another_form_is_refused(header):
    with pytest.raises(Invalid):
        verify(BODY, header, [SECRET], now=THEN)


def test_a_changed_body_is_refused():
    with pytest.raises(Invalid):
        verify(BODY + b" ", HEADER, [SECRET], now=THEN)


@given(body=st.binary(max_size=200), header=st.text(max_size=200), secret=st.text(min_size=1, max_size=20))
@settings(max_examples=200)
def test_anything_else_is_refused_and_breaks_nothing(body, header, secret):
    with pytest.raises(Invalid):
        verify(body, header, [secret], now=THEN)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"evt_1"',
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        event("a.b").replace(b'"evt_1"', b"7"),
        event("a.b").replace(b'"evt_1"', b'""'),
        event("a.b").replace(b"evt_1", b"\\u0000"),
        event("a.b").replace(b"evt_1", b"\\ud800"),
        event("a.b").replace(b"evt_1", b"e" * 256),
        event("a" * 101),
        event("a.b").replace(b'{"object": {}}', b"7"),
        event("a.b").replace(b'{"object": {}}', b'{"object": []}'),
        event("a.b").replace(b'"livemode"', b'"else"'),
        event("a.b").decode().encode("utf-16"),
    ],
)
def test_what_is_no_event_is_refused(body):
    with pytest.raises(Invalid):
        read(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
kinds = st.sampled_from(
    ["checkout.session.completed", "refund.updated", "charge.dispute.created", "charge.refund.updated", "x.y"]
)
members = st.dictionaries(
    st.sampled_from(["id", "metadata", "client_reference_id", "payment_intent"]), json_values
)


@given(kind=kinds, about=members)
@settings(max_examples=200)
def test_an_object_of_any_shape_gives_names_or_nothing(kind, about):
    found = hint(read(event(kind, **about)))
    for name in (found.external_id, found.reference, found.payment):
        assert isinstance(name, str)
        assert "\x00" not in name


@pytest.mark.parametrize(
    ("kind", "about", "expected"),
    [
        (
            "checkout.session.completed",
            {
                "id": "cs_1",
                "metadata": {"attempt_id": "a"},
                "client_reference_id": "b",
                "payment_intent": "pi",
            },
            Hint("checkout", "cs_1", "a", "pi"),
        ),
        (
            "checkout.session.expired",
            {"id": "cs_1", "client_reference_id": "b", "payment_intent": {"id": "pi"}},
            Hint("checkout", "cs_1", "b", "pi"),
        ),
        ("refund.failed", {"id": "re_1", "metadata": {"refund_id": "r"}}, Hint("refund", "re_1", "r", "")),
        ("charge.refund.updated", {"id": "re_1", "metadata": None}, Hint("refund", "re_1", "", "")),
        ("charge.dispute.created", {"id": "du_1", "payment_intent": "pi"}, Hint("dispute", "du_1", "", "pi")),
        ("charge.refunded", {"id": "ch_1"}, Hint()),
        ("payment_intent.succeeded", {"id": "pi_1"}, Hint()),
    ],
)
def test_hints_name_what_to_ask_about(kind, about, expected):
    assert hint(read(event(kind, **about))) == expected
