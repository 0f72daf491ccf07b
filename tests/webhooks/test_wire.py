"""Is what comes to the webhook's door over the wire, in any shape, no more than an answer and no row?"""

import json
import socket
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPResponse

import pytest

from bench.processes import HOST, serving
from duologue.core import clock
from duologue.inbox.models import WebhookEvent
from duologue.jobs.models import Job
from duologue_simulators.stripe.hooks import signature
from tests.gateways import HOOK, SECRET

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "livemode": False,
    "data": {"object": {"id": "cs_1", "object": "checkout.session"}},
}


def signed(body: bytes) -> dict[str, str]:
    return {"Stripe-Signature": signature(body, SECRET, int(clock.machine().timestamp()))}


def knock(port: int, body, headers: dict[str, str], *, chunked: bool = False) -> int:
    with closing(HTTPConnection(HOST, port, timeout=PATIENCE)) as line:
        line.request("POST", HOOK, body, headers, encode_chunked=chunked)
        return line.getresponse().status


def only_say_how_much(port: int, length: int) -> int:
    """The head of a giant whose body never comes."""
    with socket.create_connection((HOST, port), timeout=PATIENCE) as line:
        head = f"POST {HOOK} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {length}\r\n\r\n"
        line.sendall(head.encode())
        answer = HTTPResponse(line, method="POST")
        answer.begin()
        return answer.status


def test_giants_and_what_is_unsigned_change_nothing_and_the_next_event_is_taken(child_environment):
    environment = {
        **child_environment,
        "DUOLOGUE_STRIPE_SECRET_KEY": "sk_test_of_these_tests",
        "DUOLOGUE_STRIPE_WEBHOOK_SECRETS": SECRET,
    }
    body = json.dumps(EVENT).encode()
    giant = json.dumps({**EVENT, "padding": "x" * 3_000_000}).encode()
    pieces = (giant[at : at + 65_536] for at in range(0, len(giant), 65_536))
    with serving(["duologue", "web", "--workers", "1"], environment) as port:
        assert knock(port, body, {}) == 400
        assert knock(port, body, {"Stripe-Signature": "t=1,v1=é".encode().decode("latin-1")}) == 400
        assert only_say_how_much(port, 10**12) == 413
        # Refused before it has come, so the line may break under whoever goes on sending.
        with suppress(ConnectionError):
            how = {**signed(giant), "Transfer-Encoding": "chunked"}
            assert knock(port, pieces, how, chunked=True) == 400
        assert not WebhookEvent.objects.exists()
        assert not Job.objects.filter(name="handle_stripe_event").exists()
        assert [knock(port, body, signed(body)) for _ in range(2)] == [200, 200]
    assert WebhookEvent.objects.get().external_id == "evt_1"
    assert Job.objects.filter(name="handle_stripe_event").count() == 1
