"""How is an event taken in, worked off and forgotten? (Law 6: webhooks are hints.)"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from duologue.core import statements
from duologue.core.errors import DuologueError
from duologue.inbox.models import WebhookEvent

KEPT_FOR = timedelta(days=30)
"""Bodies hold names and addresses of people; vendors repeat an event for days, not for weeks."""
_ERROR_LENGTH = 500
# One statement, which tells whether the row is new: the ORM can ignore a conflict or tell, not both.
_INSERT = """
INSERT INTO inbox_webhookevent (source, external_id, type, body, received_at, attempts, last_error)
VALUES (%s, %s, %s, %s, %s, 0, '')
ON CONFLICT (source, external_id) DO NOTHING RETURNING id
"""
_UNHANDLED = "SELECT body FROM inbox_webhookevent WHERE id = %s AND handled_at IS NULL AND body <> ''"
_FAILED = "UPDATE inbox_webhookevent SET attempts = attempts + 1, last_error = %s WHERE id = %s"
_HANDLED = """
UPDATE inbox_webhookevent SET attempts = attempts + 1, handled_at = %s, last_error = '' WHERE id = %s
"""


def receive(source: str, external_id: str, *, type: str, body: str, now: datetime) -> int | None:
    """Write an event down, once: its row's id, or None when it was known.

    Raises RuntimeError outside a transaction, where a crash could part an event from its job.
    """
    if not connection.in_atomic_block:
        msg = "Events are received in the transaction that owes their job: open transaction.atomic() first."
        raise RuntimeError(msg)
    received_at = connection.ops.adapt_datetimefield_value(now)
    with statements.cursor() as cursor:
        cursor.execute(_INSERT, [source, external_id, type, body, received_at])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def unhandled(event_id: int) -> str | None:
    """The body of an event that is still to be worked off."""
    with statements.cursor() as cursor:
        cursor.execute(_UNHANDLED, [event_id])
        row = cursor.fetchone()
    return None if row is None else str(row[0])


@contextmanager
def working_on(event_id: int, *, now: datetime) -> Iterator[None]:
    """Count the attempt; afterwards the event is handled, or its row says what went wrong."""
    try:
        yield
    except Exception as error:
        words = error.message if isinstance(error, DuologueError) else type(error).__name__
        _write_down(_FAILED, words[:_ERROR_LENGTH], event_id)
        raise
    _write_down(_HANDLED, connection.ops.adapt_datetimefield_value(now), event_id)


def _write_down(sql: str, *values: Any) -> None:
    with statements.cursor() as cursor:
        cursor.execute(sql, values)


def forget_bodies(now: datetime) -> None:
    """The chore: empty what is old; that an event came, and when it was handled, stays known."""
    WebhookEvent.objects.filter(received_at__lt=now - KEPT_FOR).exclude(body="").update(body="")
