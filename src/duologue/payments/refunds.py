"""How does money become owed back, and how does a refund change? The one door for both (PAY-2, PAY-3)."""

from datetime import datetime
from typing import Any

from duologue.bookings.transitions import SYSTEM, Actor
from duologue.core.ids import uuid7
from duologue.jobs import queue
from duologue.payments.models import CheckoutAttempt, Payment, Refund, RefundTransition

ALLOWED: dict[str, frozenset[str]] = {
    Refund.Status.PENDING: frozenset(
        {Refund.Status.SUCCEEDED, Refund.Status.FAILED, Refund.Status.SETTLED_BY_HAND}
    ),
    Refund.Status.SUCCEEDED: frozenset({Refund.Status.FAILED}),
    Refund.Status.FAILED: frozenset(
        {Refund.Status.PENDING, Refund.Status.SUCCEEDED, Refund.Status.SETTLED_BY_HAND}
    ),
    Refund.Status.SETTLED_BY_HAND: frozenset(),
}
"""A yes can be taken back days later; what a person settled by hand stays so."""


def owe(
    attempt: CheckoutAttempt, cause: Refund.Cause, *, now: datetime, actor: Actor = SYSTEM
) -> Refund | None:
    """Our row and the job that acts on it; None when this checkout's money is owed back already.

    Needs an open transaction; the gateway is called after its commit. Reads `attempt.payment`.
    """
    refund, is_new = Refund.objects.get_or_create(
        attempt=attempt,
        defaults={
            "id": uuid7(now),
            "payment": attempt.payment,
            "cause": cause,
            "amount": attempt.payment.amount,
            "currency": attempt.payment.currency,
            "created_at": now,
        },
    )
    if not is_new:
        return None
    _write_history(refund, "", now=now, actor=actor, words="")
    enqueue(refund, now=now)
    return refund


def give_back(
    payment: Payment, cause: Refund.Cause, *, now: datetime, actor: Actor = SYSTEM
) -> Refund | None:
    """Owe back what a payment collected and we still have; None when there is nothing. As `owe` else."""
    kept = payment.attempts.select_related("payment").filter(
        status=CheckoutAttempt.Status.PAID, refunds__isnull=True
    )
    owed = [owe(attempt, cause, now=now, actor=actor) for attempt in kept.order_by("created_at", "pk")]
    return next((refund for refund in owed if refund is not None), None)


def move(
    refund: Refund,
    to: Refund.Status,
    *,
    now: datetime,
    actor: Actor = SYSTEM,
    words: str = "",
    **fields: Any,
) -> bool:
    """Move by a guarded UPDATE and write the history row; False when somebody else moved it first.

    `fields` are columns that change with the state. Needs an open transaction. Raises ValueError for a
    move that the table does not allow.
    """
    old = refund.status
    if to not in ALLOWED[old]:
        msg = f"A refund cannot go from {old} to {to}."
        raise ValueError(msg)
    fields = {"status": to, "finished_at": None if to == Refund.Status.PENDING else now, **fields}
    if not Refund.objects.filter(pk=refund.pk, status=old).update(**fields):
        return False
    for name, value in fields.items():
        setattr(refund, name, value)
    _write_history(refund, old, now=now, actor=actor, words=words)
    return True


def try_again(refund: Refund, *, now: datetime, actor: Actor) -> bool:
    """Let a stuck refund go out once more, with a new key; False when it is not stuck any more.

    Needs an open transaction.
    """
    fresh: dict[str, Any] = {"tries": refund.tries + 1, "external_id": "", "failure": ""}
    if refund.status != Refund.Status.FAILED or not move(
        refund, Refund.Status.PENDING, now=now, actor=actor, **fresh
    ):
        return False
    enqueue(refund, now=now)
    return True


def enqueue(refund: Refund, *, now: datetime) -> None:
    """Owe the job that asks the gateway; the last word on its key counts."""
    queue.enqueue(
        queue.Owed(
            name="issue_refund",
            key=job_key(refund),
            run_at=now,
            args={"refund_id": str(refund.pk)},
        ),
        now=now,
    )


def job_key(refund: Refund) -> str:
    return f"issue_refund:{refund.pk}"


def _write_history(refund: Refund, old: str, *, now: datetime, actor: Actor, words: str) -> None:
    RefundTransition.objects.create(
        refund=refund,
        from_status=old,
        to_status=refund.status,
        at=now,
        actor=actor.kind,
        actor_user_id=actor.user_id,
        words=words,
    )
