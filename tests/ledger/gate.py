"""What befalls the calls to a gateway? Processes die beside them, and other people act while they last."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from duologue.payments.providers.sandbox import SandboxProvider
from duologue.payments.providers.stripe import StripeProvider
from tests.ledger.books import BOOKS

BEFORE, AFTER = "before", "after"


class Killed(BaseException):
    """The process is gone, at this very place. No `except Exception` of the product sees it."""


@dataclass
class Gate:
    """What happens once, before or after the next call; nothing is left planned after it."""

    point: str = ""
    happens: Callable[[], None] | None = None

    def plan(self, point: str, happens: Callable[[], None]) -> None:
        self.point, self.happens = point, happens

    def forget(self) -> None:
        self.point, self.happens = "", None

    def through(self, call: Callable[..., Any], *arguments: Any) -> Any:
        self._strike(BEFORE)
        answer = call(*arguments)
        self._strike(AFTER)
        return answer

    def _strike(self, point: str) -> None:
        if self.point == point and self.happens is not None:
            happens = self.happens
            self.forget()
            happens()


GATE = Gate()


class Watched:
    """Every method of a gateway, through the gate."""

    def create_checkout(self, request):
        return GATE.through(super().create_checkout, request)

    def fetch_checkout(self, external_id):
        return GATE.through(super().fetch_checkout, external_id)

    def close_checkout(self, external_id):
        return GATE.through(super().close_checkout, external_id)

    def refund(self, request):
        return GATE.through(super().refund, request)

    def fetch_refund(self, external_id):
        return GATE.through(super().fetch_refund, external_id)

    def find_refund(self, request):
        return GATE.through(super().find_refund, request)

    def is_disputed(self, payment_external_id):
        return GATE.through(super().is_disputed, payment_external_id)


class Stripe(Watched, StripeProvider):
    """The real adapter, through the gate."""


class MoodySandbox(SandboxProvider):
    """The sandbox as a vendor that may also say no, take its time, and not answer."""

    def create_checkout(self, request):
        return BOOKS.answer(lambda: super(MoodySandbox, self).create_checkout(request))

    def fetch_checkout(self, external_id):
        return BOOKS.answer(lambda: super(MoodySandbox, self).fetch_checkout(external_id))

    def close_checkout(self, external_id):
        return BOOKS.answer(lambda: super(MoodySandbox, self).close_checkout(external_id))

    def refund(self, request):
        return BOOKS.answer(lambda: BOOKS.refund(request, super(MoodySandbox, self).refund))

    def fetch_refund(self, external_id):
        return BOOKS.answer(lambda: BOOKS.told(external_id))

    def find_refund(self, request):
        return BOOKS.answer(lambda: BOOKS.found(request))

    def is_disputed(self, payment_external_id):
        return payment_external_id in BOOKS.disputed


class Sandbox(Watched, MoodySandbox):
    """The product's own sandbox, with moods and through the gate."""
