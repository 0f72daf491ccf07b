"""What does Stripe remember, and what may follow what? One account's checkouts, payments and refunds."""

import copy
import threading
import time
from collections.abc import Callable

from duologue_simulators.stripe import objects
from duologue_simulators.stripe.errors import impossible, missing
from duologue_simulators.stripe.objects import Object

GOOD = "4242424242424242"
DECLINED = "4000000000000002"
TOO_POOR = "4000000000009995"
ASKS_THE_BANK = "4000002500003155"
DISPUTED = "4000000000000259"
REFUND_WAITS = "4000000000007726"
REFUND_BOUNCES = "4000000000005126"
TRANSFER = "sepa_debit"

WAYS = {
    GOOD: "Card 4242 4242 4242 4242: pays",
    ASKS_THE_BANK: "Card 4000 0025 0000 3155: the bank asks, then it pays",
    DECLINED: "Card 4000 0000 0000 0002: declined",
    TOO_POOR: "Card 4000 0000 0000 9995: declined, not enough money",
    DISPUTED: "Card 4000 0000 0000 0259: pays, then the payer disputes it",
    REFUND_WAITS: "Card 4000 0000 0000 7726: pays; a refund waits before it succeeds",
    REFUND_BOUNCES: "Card 4000 0000 0000 5126: pays; a refund succeeds and fails later",
    TRANSFER: "Bank transfer: the money comes later, or does not",
}
_DECLINES = {DECLINED: "generic_decline", TOO_POOR: "insufficient_funds"}


class Account:
    """Everything behind one secret key. Methods raise ApiError; the caller holds `lock`."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.lock = threading.RLock()
        self.sessions: dict[str, Object] = {}
        self.intents: dict[str, Object] = {}
        self.charges: dict[str, Object] = {}
        self.refunds: dict[str, Object] = {}
        self.events: dict[str, Object] = {}
        self.listeners: list[Callable[[Object], None]] = []
        self.key: str | None = None
        self._wishes: dict[str, Object] = {}
        self._clock = clock
        self._offset = 0.0

    def now(self) -> int:
        return int(self._clock() + self._offset)

    def move_clock(self, seconds: float) -> None:
        self._offset += seconds
        self.tick()

    def tick(self) -> None:
        """Whatever happens by time alone: open pages end."""
        for session in self.sessions.values():
            if session["status"] == "open" and session["expires_at"] <= self.now():
                self._close(session)

    def add_session(self, session: Object, wish: Object) -> Object:
        self.sessions[session["id"]] = session
        self._wishes[session["id"]] = wish
        return session

    def session(self, id_: str) -> Object:
        self.tick()
        return _found(self.sessions, id_, "checkout.session")

    def expire(self, id_: str) -> Object:
        session = self.session(id_)
        if session["status"] != "open":
            raise impossible(
                'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has '
                f"a status of `{session['status']}`."
            )
        self._close(session)
        return session

    def pay(self, id_: str, way: str) -> str:
        """Fill the hosted page in: `paid`, `processing`, or the reason of a decline."""
        session = self.session(id_)
        if session["status"] != "open":
            raise impossible("This Checkout Session is no longer active.")
        if way == TRANSFER and TRANSFER not in session["payment_method_types"]:
            raise impossible("This way to pay is not offered here.")
        intent = self._intent_of(session)
        if way in _DECLINES:
            error = {"type": "card_error", "code": "card_declined", "decline_code": _DECLINES[way]}
            intent["last_payment_error"] = error
            self._tell("payment_intent.payment_failed", intent)
            return _DECLINES[way]
        session |= {"status": "complete", "url": None, "customer_details": _payer(session)}
        if way == TRANSFER:
            intent["status"] = "processing"
            self._tell("payment_intent.processing", intent)
            self._tell("checkout.session.completed", session)
            return "processing"
        self._collect(session, intent, way)
        self._tell("checkout.session.completed", session)
        if way == DISPUTED:
            self.dispute(intent["latest_charge"])
        return "paid"

    def end_transfer(self, id_: str, *, arrives: bool) -> Object:
        """The money of a bank transfer comes, or the bank says no."""
        session = self.session(id_)
        intent = self.intents.get(session["payment_intent"] or "")
        if intent is None or intent["status"] != "processing":
            raise impossible("No transfer is on its way for this Checkout Session.")
        if arrives:
            self._collect(session, intent, TRANSFER)
            self._tell("checkout.session.async_payment_succeeded", session)
        else:
            intent["status"] = "requires_payment_method"
            intent["last_payment_error"] = {"type": "invalid_request_error", "code": "payment_failed"}
            self._tell("payment_intent.payment_failed", intent)
            self._tell("checkout.session.async_payment_failed", session)
        return session

    def refund(self, charge: Object, *, amount: int | None, metadata: Object, reason: str | None) -> Object:
        """Give back what is left of a charge, or a part of it."""
        left = charge["amount"] - charge["amount_refunded"]
        if charge["disputed"]:
            raise impossible(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
        if left == 0:
            words = f"Charge {charge['id']} has already been refunded."
            raise impossible(words, code="charge_already_refunded")
        if amount is not None and not 0 < amount <= left:
            words = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            raise impossible(words, param="amount")
        fresh = objects.refund(
            charge, amount=amount or left, metadata=metadata, reason=reason, now=self.now()
        )
        if charge["payment_method"].endswith(REFUND_WAITS):
            fresh |= {"status": "pending", "pending_reason": "processing"}
        self.refunds[fresh["id"]] = fresh
        self._take(charge, fresh["amount"])
        self._tell("refund.created", fresh)
        self._tell("charge.refunded", charge)
        return fresh

    def end_refund(self, id_: str, *, succeeds: bool) -> Object:
        """A refund that waited comes to its end, or one that had succeeded bounces."""
        refund = _found(self.refunds, id_, "refund")
        if refund["status"] == "failed" or (succeeds and refund["status"] == "succeeded"):
            raise impossible("This refund has come to its end.")
        refund["status"] = "succeeded" if succeeds else "failed"
        refund.pop("pending_reason", None)
        if not succeeds:
            refund["failure_reason"] = "expired_or_canceled_card"
            self._take(self.charges[refund["charge"]], -refund["amount"])
        self._tell("refund.updated", refund)
        self._tell("charge.refund.updated", refund)
        if not succeeds:
            self._tell("refund.failed", refund)
        return refund

    def dispute(self, charge_id: str) -> Object:
        """The payer goes to the bank."""
        charge = _found(self.charges, charge_id, "charge")
        charge["disputed"] = True
        fresh = objects.dispute(charge, now=self.now())
        self._tell("charge.dispute.created", fresh)
        return fresh

    def charge_of(self, intent_id: str) -> Object:
        intent = _found(self.intents, intent_id, "payment_intent")
        if not intent["latest_charge"]:
            raise impossible("This PaymentIntent does not have a successful charge to refund.")
        return self.charges[intent["latest_charge"]]

    def _intent_of(self, session: Object) -> Object:
        if session["payment_intent"] is None:
            wish = self._wishes[session["id"]]
            intent = objects.payment_intent(
                session,
                metadata=wish.get("metadata") or {},
                description=wish.get("description"),
                now=self.now(),
            )
            self.intents[intent["id"]] = intent
            session["payment_intent"] = intent["id"]
            self._tell("payment_intent.created", intent)
        return self.intents[session["payment_intent"]]

    def _collect(self, session: Object, intent: Object, way: str) -> None:
        charge = objects.charge(intent, email=session["customer_email"], way=way, now=self.now())
        self.charges[charge["id"]] = charge
        intent |= {
            "status": "succeeded",
            "amount_received": intent["amount"],
            "latest_charge": charge["id"],
            "last_payment_error": None,
            "payment_method": charge["payment_method"],
        }
        session["payment_status"] = "paid"
        self._tell("charge.succeeded", charge)
        self._tell("payment_intent.succeeded", intent)

    def _close(self, session: Object) -> None:
        session |= {"status": "expired", "url": None}
        self._tell("checkout.session.expired", session)

    @staticmethod
    def _take(charge: Object, amount: int) -> None:
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]

    def _tell(self, kind: str, about: Object) -> None:
        """An event tells how things stood when it happened."""
        event = objects.event(kind, copy.deepcopy(about), key=self.key, now=self.now())
        self.events[event["id"]] = event
        for listener in self.listeners:
            listener(event)


def _found(rows: dict[str, Object], id_: str, kind: str) -> Object:
    if id_ not in rows:
        raise missing(kind, id_)
    return rows[id_]


def _payer(session: Object) -> Object:
    return {
        "address": None,
        "email": session["customer_email"],
        "name": "A Payer",
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
