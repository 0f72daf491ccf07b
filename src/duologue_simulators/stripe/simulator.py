"""What is one simulated Stripe? Its account, API, webhooks and faults, and the small interface to steer them.

Tests in the same process use the object itself; others steer it over HTTP at `/_sim/…` with JSON.
"""

import time
from collections.abc import Callable
from typing import Any

from duologue_simulators.stripe.account import Account
from duologue_simulators.stripe.api import Api
from duologue_simulators.stripe.faults import Fault, Faults
from duologue_simulators.stripe.hooks import Hooks
from duologue_simulators.stripe.objects import API_VERSION, Object

EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
)


class Simulator:
    """`url` is where it is reached, `clock` tells seconds since 1970."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self.url = url
        self.account = Account(clock)
        self.faults = Faults()
        self.api = Api(self.account, self.faults, url)
        self.hooks = Hooks(self.account)

    def listen(self, url: str, secret: str, *, events: tuple[str, ...] = EVENTS) -> None:
        """Send webhooks there; the endpoint also shows in the API."""
        self.hooks.url, self.hooks.secret = url, secret
        endpoint = {
            "id": "we_simulator",
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "created": self.account.now(),
            "enabled_events": list(events),
            "livemode": False,
            "metadata": {},
            "status": "enabled",
            "url": url,
        }
        self.api.webhook_endpoints[:] = [endpoint]

    def steer(self, what: str, given: dict[str, Any]) -> Any:
        """One word of the interface at `/_sim/<what>`; raises KeyError, ValueError or ApiError."""
        if what == "send":
            # Whoever is told may come back with questions at once.
            return self._send(given)
        with self.account.lock:
            return _STEERING[what](self, given)

    def state(self, given: dict[str, Any]) -> Object:
        return {
            "now": self.account.now(),
            "sessions": list(self.account.sessions.values()),
            "refunds": list(self.account.refunds.values()),
            "charges": list(self.account.charges.values()),
            "events": list(self.account.events.values()),
            "held": list(self.hooks.held),
            "deliveries": [vars(one) for one in self.hooks.deliveries],
        }

    def _clock(self, given: dict[str, Any]) -> Object:
        self.account.move_clock(float(given["advance"]))
        return {"now": self.account.now()}

    def _fault(self, given: dict[str, Any]) -> Object:
        self.faults.add(Fault(**given))
        return {}

    def _calm(self, given: dict[str, Any]) -> Object:
        self.faults.clear()
        return {}

    def _pay(self, given: dict[str, Any]) -> Object:
        return {"outcome": self.account.pay(given["session"], given["way"])}

    def _transfer(self, given: dict[str, Any]) -> Object:
        return self.account.end_transfer(given["session"], arrives=bool(given["arrives"]))

    def _refund(self, given: dict[str, Any]) -> Object:
        return self.account.end_refund(given["refund"], succeeds=bool(given["succeeds"]))

    def _dispute(self, given: dict[str, Any]) -> Object:
        return self.account.dispute(given["charge"])

    def _change(self, given: dict[str, Any]) -> Object:
        """Make a checkout say what it should not, for example another `amount_total`."""
        session = self.account.session(given["session"])
        session |= given["changes"]
        return session

    def _webhooks(self, given: dict[str, Any]) -> Object:
        self.listen(given.get("url", self.hooks.url), given.get("secret", self.hooks.secret))
        self.hooks.is_held = bool(given.get("hold", self.hooks.is_held))
        return {}

    def _send(self, given: dict[str, Any]) -> Object:
        """Hand held events over: all in order, or those that `events` names, as often as it names them."""
        wanted = given.get("events", list(self.hooks.held))
        self.hooks.held[:] = [one for one in self.hooks.held if one not in wanted]
        return {"deliveries": [vars(one) for one in self.hooks.send(wanted)]}

    def _lose(self, given: dict[str, Any]) -> Object:
        lost, self.hooks.held[:] = list(self.hooks.held), []
        return {"lost": lost}


_STEERING: dict[str, Callable[[Simulator, dict[str, Any]], Any]] = {
    "state": Simulator.state,
    "clock": Simulator._clock,
    "fault": Simulator._fault,
    "calm": Simulator._calm,
    "pay": Simulator._pay,
    "transfer": Simulator._transfer,
    "refund": Simulator._refund,
    "dispute": Simulator._dispute,
    "change": Simulator._change,
    "webhooks": Simulator._webhooks,
    "lose": Simulator._lose,
}
