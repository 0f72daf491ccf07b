"""Does a connection still work? The one place that says so, in guarded updates."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from duologue.connections import vault
from duologue.connections.models import Connection
from duologue.core import statements
from duologue.jobs import queue

_State = Connection.State


def mark_broken(connection: Connection, problem: str, *, now: datetime, refused: str = "") -> bool:
    """The account cannot be used until its owner connects it again; its owner is told by a job, once a break.

    `refused` is the token that the vendor did not take: when it was renewed or replaced meanwhile, nothing is
    broken. False when nothing changed.
    """
    current = Connection.objects.filter(pk=connection.pk, state=_State.WORKS).first()
    if current is None or (refused and not _holds(current, refused)):
        return False
    unchanged = Connection.objects.filter(
        pk=current.pk, state=_State.WORKS, sealed_access=current.sealed_access
    )
    return _break(unchanged, current.pk, problem, now)


def mark_ended(connection: Connection, lease: datetime, *, now: datetime) -> bool:
    """As `mark_broken`, for whoever holds the lease and heard that the consent is over."""
    ours = Connection.objects.filter(pk=connection.pk, state=_State.WORKS, refreshing_until=lease)
    return _break(ours, connection.pk, Connection.Problem.ENDED, now)


def mark_worked(connection: Connection, *, now: datetime, account_name: str = "") -> None:
    """The vendor was asked with it and answered."""
    named = {"account_name": account_name} if account_name else {}
    told = {"checked_at": now, "worked_at": now, **named}
    statements.update(Connection, told, id=connection.pk, state=_State.WORKS)


def _break(rows: QuerySet[Connection], pk: int, problem: str, now: datetime) -> bool:
    with transaction.atomic():
        broke = rows.update(
            state=_State.RECONNECT_NEEDED,
            problem=problem,
            checked_at=now,
            broke_at=now,
            told_at=None,
            refreshing_until=None,
        )
        if broke:
            job = queue.Owed("tell_reconnect", f"tell_reconnect:{pk}", now, {"connection_id": pk})
            queue.enqueue(job, now=now)
    return bool(broke)


def _holds(connection: Connection, secret: str) -> bool:
    try:
        return vault.unseal(connection.sealed_access) == secret
    except ValueError:
        return True
