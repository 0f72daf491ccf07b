"""What can be done at a gateway from outside: by payers, by banks, by time, by the network?

A till is the truth about money: what it took and what it gave back is what the product's rows are held to.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import transaction
from django.test import Client

from duologue.core import clock
from duologue.core.money import Money
from duologue.jobs import queue
from duologue.payments.models import CheckoutAttempt, SandboxCheckout
from duologue.payments.providers import stripe_client
from duologue.payments.providers.sandbox import SandboxProvider
from duologue.payments.providers.stripe_units import from_stripe
from duologue_simulators.stripe.account import DECLINED, GOOD, REFUND_WAITS, TRANSFER
from duologue_simulators.stripe.errors import ApiError
from duologue_simulators.stripe.faults import Fault
from duologue_simulators.stripe.server import KEY, SECRET, Server, running
from tests.ledger.books import BOOKS, NO, SENT, WAITING


def nth(things, pick):
    """One of the things, or None when there are none."""
    found = list(things)
    return found[pick % len(found)] if found else None


class SandboxTill:
    """The product's sandbox, its tables and the books beside them."""

    slug = "sandbox"
    gateway = "tests.ledger.gate:Sandbox"

    def open(self) -> None:
        BOOKS.clear()

    def pay(self, pick: int, *, tell: bool) -> None:
        """Press Pay on an open page; a told payment is a job, as the page's view makes it."""
        page = nth(self._pages(), pick)
        if page is None or not SandboxProvider().pay(str(page.key)) or not tell:
            return
        from_page = {"attempt_id": str(page.key)}
        owed = queue.Owed("settle_payment", f"settle_payment:{page.key}", clock.now(), from_page)
        with transaction.atomic():
            queue.enqueue(owed, now=clock.now())

    def decline(self, pick: int) -> None:
        """Its page says so, and nothing else happens."""

    def pay_another_sum(self, pick: int) -> None:
        page = nth(self._pages(), pick)
        if page is not None and SandboxProvider().pay(str(page.key)):
            SandboxCheckout.objects.filter(key=page.key).update(amount=page.amount + 100)

    def be_in_trouble(self, pick: int) -> None:
        BOOKS.trouble = ("down", "lost")[pick % 2]

    def refuse_a_refund(self) -> None:
        BOOKS.moods.append(NO)

    def let_a_refund_wait(self) -> None:
        BOOKS.moods.append(WAITING)

    def end_refund(self, pick: int, *, succeeds: bool) -> None:
        waiting = nth((one for one in BOOKS.refunds.values() if one.state == WAITING), pick)
        if waiting is not None:
            waiting.state = SENT if succeeds else NO

    def bounce(self, pick: int) -> None:
        """The payer's bank sends a refund back that had succeeded."""
        sent = nth((one for one in BOOKS.refunds.values() if one.state == SENT), pick)
        if sent is not None:
            sent.state = NO

    def dispute(self, pick: int, *, spared: set[str]) -> None:
        paid = SandboxCheckout.objects.filter(state=SandboxCheckout.State.PAID).order_by("expires_at")
        kept = (page for page in paid if not BOOKS.returned(str(page.key)))
        one = nth((page for page in kept if str(page.key) not in spared), pick)
        if one is not None:
            BOOKS.disputed.add(f"sandbox-{one.key}")

    def word(self, pick: int, *, kept: bool, arrives: bool) -> None:
        """The sandbox sends no webhooks."""

    def transfer(self, pick: int) -> None:
        """Nor does it know transfers."""

    def end_transfer(self, pick: int, *, arrives: bool) -> None:
        """Nor their ends."""

    def calm(self) -> None:
        """From now on everything works; what waits comes to its end."""
        BOOKS.trouble = ""
        BOOKS.moods.clear()
        self.end_refund(0, succeeds=True)

    def taken(self, attempt: CheckoutAttempt) -> int:
        found = SandboxCheckout.objects.filter(pk=attempt.pk, state=SandboxCheckout.State.PAID).first()
        return found.amount if found else 0

    def returned(self, attempt: CheckoutAttempt) -> int:
        return BOOKS.returned(str(attempt.pk))

    def is_disputed(self, attempt: CheckoutAttempt) -> bool:
        return f"sandbox-{attempt.pk}" in BOOKS.disputed

    def violations(self) -> list[str]:
        return BOOKS.violations

    def _pages(self):
        pages = SandboxCheckout.objects.filter(state=SandboxCheckout.State.OPEN, expires_at__gt=clock.now())
        known = pages.filter(pk__in=CheckoutAttempt.objects.exclude(url="").values("pk"))
        return known.order_by("expires_at", "amount")


class StripeTill:
    """The simulated Stripe, behind the real adapter, the real client and real HTTP."""

    slug = "stripe"
    gateway = "tests.ledger.gate:Stripe"
    faults = ("429", "500", "500_after", "503", "409", "cut", "paid_meanwhile", "lost")

    def __init__(self, server: Server) -> None:
        self._server = server
        self.sim = server.simulator

    def open(self) -> None:
        """An account in which nothing happened."""
        self.sim = self._server.begin_anew(lambda: clock.machine().timestamp())
        self.sim.hooks.secret = SECRET
        self.sim.hooks.is_held = True

    @property
    def account(self):
        return self.sim.account

    def pay(self, pick: int, *, tell: bool) -> None:
        self._fill_in(pick, GOOD)

    def pay_another_sum(self, pick: int) -> None:
        page = self._page(pick)
        if page is not None:
            page["amount_total"] += 100
            self.account.pay(page["id"], GOOD)

    def decline(self, pick: int) -> None:
        self._fill_in(pick, DECLINED)

    def be_in_trouble(self, pick: int) -> None:
        self.sim.faults.add(Fault(self.faults[pick % len(self.faults)]))

    def refuse_a_refund(self) -> None:
        self.sim.faults.add(Fault("403", on="POST /v1/refunds"))

    def let_a_refund_wait(self) -> None:
        for charge in self.account.charges.values():
            if not charge["amount_refunded"]:
                charge["payment_method"] = f"pm_{REFUND_WAITS}"

    def end_refund(self, pick: int, *, succeeds: bool) -> None:
        one = nth((one for one in self.account.refunds.values() if one["status"] == "pending"), pick)
        if one is not None:
            self.account.end_refund(one["id"], succeeds=succeeds)

    def bounce(self, pick: int) -> None:
        one = nth((one for one in self.account.refunds.values() if one["status"] == "succeeded"), pick)
        if one is not None:
            self.account.end_refund(one["id"], succeeds=False)

    def dispute(self, pick: int, *, spared: set[str]) -> None:
        sessions = self.account.sessions.values()
        away = {one["payment_intent"] for one in sessions if one["client_reference_id"] in spared}
        charges = (one for one in self.account.charges.values() if one["payment_intent"] not in away)
        one = nth((one for one in charges if not one["amount_refunded"] and not one["disputed"]), pick)
        if one is not None:
            self.account.dispute(one["id"])

    def word(self, pick: int, *, kept: bool, arrives: bool) -> None:
        """One of the waiting webhooks arrives, or gets lost; one that is kept comes again."""
        held = self.sim.hooks.held
        event_id = nth(held, pick)
        if event_id is None:
            return
        if not kept:
            held.remove(event_id)
        if arrives:
            body, headers = self.sim.hooks.message(event_id)
            given = {"HTTP_STRIPE_SIGNATURE": headers["Stripe-Signature"]}
            answer = Client().post("/webhooks/stripe", body, content_type="application/json", **given)
            assert answer.status_code == 200

    def transfer(self, pick: int) -> None:
        with suppress(ApiError):
            self._fill_in(pick, TRANSFER)

    def end_transfer(self, pick: int, *, arrives: bool) -> None:
        waiting = {one["id"] for one in self.account.intents.values() if one["status"] == "processing"}
        one = nth((one for one in self.account.sessions.values() if one["payment_intent"] in waiting), pick)
        if one is not None:
            self.account.end_transfer(one["id"], arrives=arrives)

    def calm(self) -> None:
        self.sim.faults.clear()
        self.end_refund(0, succeeds=True)
        self.end_transfer(0, arrives=True)

    def taken(self, attempt: CheckoutAttempt) -> int:
        return sum(self._ours(one, "amount") for one in self._charges(attempt))

    def returned(self, attempt: CheckoutAttempt) -> int:
        return sum(self._ours(one, "amount_refunded") for one in self._charges(attempt))

    def is_disputed(self, attempt: CheckoutAttempt) -> bool:
        return any(one["disputed"] for one in self._charges(attempt))

    def violations(self) -> list[str]:
        return []

    def _page(self, pick: int):
        """An open page to which somebody was sent: one whose address never reached us, nobody can pay."""
        self.account.tick()
        known = set(CheckoutAttempt.objects.exclude(url="").values_list("external_id", flat=True))
        open_ones = (one for one in self.account.sessions.values() if one["status"] == "open")
        return nth((one for one in open_ones if one["id"] in known), pick)

    def _fill_in(self, pick: int, way: str) -> None:
        page = self._page(pick)
        if page is not None:
            self.account.pay(page["id"], way)

    def _charges(self, attempt: CheckoutAttempt):
        sessions = [
            one for one in self.account.sessions.values() if one["client_reference_id"] == str(attempt.pk)
        ]
        intents = {one["payment_intent"] for one in sessions}
        return [one for one in self.account.charges.values() if one["payment_intent"] in intents]

    @staticmethod
    def _ours(charge, name: str) -> int:
        money: Money = from_stripe(charge[name], charge["currency"])
        return money.amount


@contextmanager
def stripe(settings) -> Iterator[StripeTill]:
    """An installation with keys, whose client does not pause between tries of its own."""
    usual = stripe_client.RETRIES
    with running() as server:
        settings.DUOLOGUE_PAYMENT_PROVIDER = "stripe"
        settings.DUOLOGUE_STRIPE_SECRET_KEY = KEY
        settings.DUOLOGUE_STRIPE_WEBHOOK_SECRETS = [SECRET]
        settings.DUOLOGUE_STRIPE_API_BASE = server.url
        settings.DUOLOGUE_STRIPE_DELAYED_METHODS = True
        stripe_client.RETRIES = 0
        stripe_client._client.cache_clear()
        try:
            yield StripeTill(server)
        finally:
            stripe_client.RETRIES = usual
            stripe_client._client.cache_clear()
