"""What went back of a booking's money, and what is still to come? The one answer for pages, mails and API."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from duologue.core.money import Money
from duologue.payments.models import Refund


class State(StrEnum):
    ON_ITS_WAY = "on_its_way"
    REFUNDED = "refunded"
    STUCK = "stuck"


_STATES = {
    Refund.Status.PENDING: State.ON_ITS_WAY,
    Refund.Status.SUCCEEDED: State.REFUNDED,
    Refund.Status.SETTLED_BY_HAND: State.REFUNDED,
    Refund.Status.FAILED: State.STUCK,
}
_WORST_FIRST = (State.STUCK, State.ON_ITS_WAY, State.REFUNDED)


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The price of a booking on its way back. Only `REFUNDED` is money that the attendee has again."""

    state: State
    amount: Money

    @property
    def is_issued(self) -> bool:
        return self.state is State.REFUNDED


def of_booking(booking_id: UUID) -> GivenBack | None:
    """None when nothing goes back."""
    return of_bookings([booking_id]).get(booking_id)


def of_bookings(booking_ids: Iterable[UUID]) -> dict[UUID, GivenBack]:
    """The same for many, by booking id, in one query. What was paid twice is no part of a booking's price."""
    ids = list(booking_ids)
    if not ids:
        return {}
    found: dict[UUID, list[Refund]] = defaultdict(list)
    refunds = Refund.objects.filter(payment__booking__in=ids).exclude(cause=Refund.Cause.PAID_TWICE)
    for refund in refunds.select_related("payment"):
        found[refund.payment.booking_id].append(refund)
    return {booking_id: _sum(mine) for booking_id, mine in found.items()}


def of_refund(refund: Refund) -> GivenBack:
    """One refund by itself, whatever it is for."""
    return _sum([refund])


def _sum(refunds: list[Refund]) -> GivenBack:
    states = {_STATES[Refund.Status(refund.status)] for refund in refunds}
    amount = sum(refund.amount for refund in refunds)
    return GivenBack(
        next(state for state in _WORST_FIRST if state in states), Money(amount, refunds[0].currency)
    )
