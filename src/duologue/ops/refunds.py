"""Which money waits to go back, which is stuck and why, and which payments need a look? (PAY-3)"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from duologue.bookings.models import Booking
from duologue.core.money import Money
from duologue.jobs.models import Job
from duologue.notifications import paid_with
from duologue.payments import questions, refunds
from duologue.payments.models import Payment, Refund, RefundTransition
from duologue.usecases.settle_by_hand import is_stuck

_Status = Refund.Status
# Refused, or asked for without an answer: both need a person if it lasts.
STUCK = Q(status=_Status.FAILED) | (Q(status=_Status.PENDING) & ~Q(failure="") & Q(external_id=""))
SHOWN: dict[str, Q] = {
    "stuck": STUCK,
    "waiting": Q(status=_Status.PENDING) & ~STUCK,
    "done": Q(status__in=[_Status.SUCCEEDED, _Status.SETTLED_BY_HAND]),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A refund, its history, what waits at the gateway, and what a person can do."""

    refund: Refund
    booking: Booking
    history: tuple[RefundTransition, ...]
    next_try: Job | None

    @property
    def money(self) -> Money:
        return self.refund.money

    @property
    def is_stuck(self) -> bool:
        return is_stuck(self.refund)

    @property
    def is_unknown(self) -> bool:
        """Asked for, and nobody heard what became of it."""
        return self.is_stuck and self.refund.status == _Status.PENDING

    @property
    def card(self) -> str:
        return paid_with.card_of(self.refund)

    @property
    def is_disputed(self) -> bool:
        return self.refund.payment.disputed_at is not None


def listed(shown: str) -> QuerySet[Refund]:
    """The longest waiting first; of what is done, the newest."""
    order = ("-finished_at", "-pk") if shown == "done" else ("created_at", "pk")
    return Refund.objects.filter(SHOWN[shown]).select_related(*_PEOPLE).order_by(*order)


def counts() -> dict[str, int]:
    """How many there are of each kind."""
    found: dict[str, int] = Refund.objects.aggregate(
        **{shown: Count("pk", filter=which) for shown, which in SHOWN.items()}
    )
    return found


def rows(found: Iterable[Refund]) -> list[Row]:
    """In as many queries for one as for all."""
    refunds_ = list(found)
    history: dict[UUID, list[RefundTransition]] = defaultdict(list)
    steps = RefundTransition.objects.filter(refund__in=refunds_).select_related("actor_user")
    for step in steps:
        history[step.refund_id].append(step)
    keys = [refunds.job_key(one) for one in refunds_]
    jobs = {job.key: job for job in Job.objects.filter(key__in=keys)}
    return [
        Row(one, one.payment.booking, tuple(history[one.pk]), jobs.get(refunds.job_key(one)))
        for one in refunds_
    ]


def payments_in_question() -> list[Payment]:
    """Payments with something to look at, the newest first."""
    return list(questions.in_question().select_related("booking__host__user", "booking__attendee")[:50])


_PEOPLE = ("payment__booking__host__user", "payment__booking__attendee", "attempt")
