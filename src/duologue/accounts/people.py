"""Whose time is at stake? The one function that locks people (law 1)."""

from collections.abc import Iterable

from django.db import connection, transaction

from duologue.accounts.models import normal_email
from duologue.core import statements

_LOCK = "SELECT id FROM accounts_user WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def lock(user_ids: Iterable[int | None], *, email: str = "") -> None:
    """Lock the people whose time is taken or freed, in id order, until the transaction ends.

    `email` stands for an attendee who is no user yet: on PostgreSQL a lock on the address itself.
    On SQLite the transaction already holds the only writer's place. Must run in a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        msg = "People are locked inside a transaction."
        raise RuntimeError(msg)
    if connection.vendor != "postgresql":
        return
    ids = sorted({user_id for user_id in user_ids if user_id is not None})
    with statements.cursor() as cursor:
        cursor.execute(_LOCK, [ids])
        if email:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7001))", [normal_email(email)])
