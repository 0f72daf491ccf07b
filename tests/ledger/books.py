"""What does the sandbox remember beyond its tables, when it plays a vendor that also says no?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from duologue.core.errors import Retryable
from duologue.payments.contract import RefundRequest, RefundState
from duologue.payments.models import SandboxCheckout

SENT, WAITING, NO = "sent", "waiting", "no"


@dataclass
class Entry:
    """A refund as the vendor sees it; `state` is one of the three."""

    checkout: str
    amount: int
    state: str


@dataclass
class Books:
    """Refunds by key, disputes, and the moods of the next answers."""

    refunds: dict[str, Entry] = field(default_factory=dict)
    disputed: set[str] = field(default_factory=set)
    moods: list[str] = field(default_factory=list)
    trouble: str = ""
    violations: list[str] = field(default_factory=list)

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]

    def answer(self, act: Callable[[], Any]) -> Any:
        """Down: nothing is done. Lost: it is done, and nobody hears of it."""
        trouble, self.trouble = self.trouble, ""
        if trouble == "down":
            raise Retryable("The sandbox does not answer.")
        answer = act()
        if trouble == "lost":
            raise Retryable("The sandbox did it, and its answer got lost.")
        return answer

    def refund(self, request: RefundRequest, really: Callable[[RefundRequest], RefundState]) -> RefundState:
        """Once a key; a second key for money that went back is what must never be asked."""
        known = self.refunds.get(request.key)
        if known is not None:
            return self.told(request.key)
        if request.payment_external_id in self.disputed:
            return RefundState("", succeeded=False, failure="The payment was charged back.", key=request.key)
        if self.returned(request.checkout_external_id):
            self.violations.append(f"Asked to refund {request.checkout_external_id} twice.")
            return RefundState("", succeeded=False, failure="Already refunded.", key=request.key)
        mood = self.moods.pop(0) if self.moods else SENT
        if mood != NO:
            done = really(request)
            if not done.succeeded:
                return done
        self.refunds[request.key] = Entry(request.checkout_external_id, request.amount.amount, mood)
        return self.told(request.key)

    def told(self, name: str) -> RefundState:
        entry = self.refunds[name]
        failure = "The card was closed." if entry.state == NO else ""
        return RefundState(
            name, succeeded=entry.state == SENT, pending=entry.state == WAITING, failure=failure, key=name
        )

    def found(self, request: RefundRequest) -> RefundState | None:
        """The one that went through, else this try."""
        ours = [key for key, one in self.refunds.items() if one.checkout == request.checkout_external_id]
        went = next((key for key in ours if self.refunds[key].state != NO), request.key)
        return self.told(went) if went in self.refunds else None

    def returned(self, checkout: str) -> int:
        entries = [one for one in self.refunds.values() if one.checkout == checkout and one.state != NO]
        return sum(one.amount for one in entries)

    def taken(self, checkout: str) -> int:
        found = SandboxCheckout.objects.filter(key=checkout, state=SandboxCheckout.State.PAID).first()
        return found.amount if found else 0


BOOKS = Books()
