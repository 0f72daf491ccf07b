"""How do tests pay by Stripe? A simulated one at loopback, which the real client talks to over HTTP."""

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from duologue.core import clock
from duologue_simulators.stripe.account import GOOD
from duologue_simulators.stripe.faults import Fault
from duologue_simulators.stripe.server import Server, running
from duologue_simulators.stripe.simulator import Simulator

SECRET = "whsec_of_these_tests"
HOOK = "/webhooks/stripe"


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def stripe(stripe_server: Server, settings: Settings) -> Simulator:
    """An empty account, in use as the gateway. Its events wait until a test hands them over."""
    simulator = stripe_server.begin_anew(lambda: clock.machine().timestamp())
    simulator.hooks.is_held = True
    simulator.hooks.secret = SECRET
    settings.DUOLOGUE_PAYMENT_PROVIDER = "stripe"
    settings.DUOLOGUE_STRIPE_SECRET_KEY = "sk_test_of_these_tests"
    settings.DUOLOGUE_STRIPE_WEBHOOK_SECRETS = [SECRET]
    settings.DUOLOGUE_STRIPE_API_BASE = stripe_server.url
    return simulator


def pay(simulator: Simulator, external_id: str, way: str = GOOD) -> str:
    with simulator.account.lock:
        return simulator.account.pay(external_id, way)


def fail_next(simulator: Simulator, kind: str, on: str = "", *, times: int = 1, seconds: float = 0.0) -> None:
    simulator.faults.add(Fault(kind, on, times, seconds))


def calls(simulator: Simulator, name: str) -> int:
    """How often the API was asked for this, for example POST /v1/refunds."""
    return sum(call.name == name for call in simulator.api.calls)


def waiting(simulator: Simulator, *types: str) -> list[str]:
    """The events that nobody handed over, in order; of these types, if any are named."""
    events = simulator.account.events
    return [one for one in simulator.hooks.held if not types or events[one]["type"] in types]


def hand_over(simulator: Simulator, *event_ids: str) -> list[int]:
    """Knock at our door with events (all that wait, if none is named); how each was answered."""
    found = []
    for event_id in event_ids or tuple(simulator.hooks.held):
        body, headers = simulator.hooks.message(event_id)
        response = Client().post(
            HOOK,
            body,
            content_type=headers["Content-Type"],
            headers={"Stripe-Signature": headers["Stripe-Signature"]},
        )
        found.append(response.status_code)
    simulator.hooks.held[:] = [one for one in simulator.hooks.held if event_ids and one not in event_ids]
    return found
