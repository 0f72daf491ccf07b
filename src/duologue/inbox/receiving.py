"""How is an event taken in, worked off and forgotten? (Law 6: webhooks are hints.)"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F

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


def receive(source: str, external_id: str, *, type: str, body: str, now: datetime) -> int | None:
    """Write an event down, once: its row's id, or None when it was known.

    Raises RuntimeError outside a transaction, where a crash could part an event from its job.
    """
    if not connection.in_atomic_block:
        msg = "Events are received in the transaction that owes their job: open transaction.atomic() first."
        raise RuntimeError(msg)
    received_at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [source, external_id, type, body, received_at])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


@contextmanager
def working_on(event: WebhookEvent, *, now: datetime) -> Iterator[None]:
    """Count the attempt; afterwards the event is handled, or its row says what went wrong."""
    rows = WebhookEvent.objects.filter(pk=event.pk)
    try:
        yield
    except Exception as error:
        words = error.message if isinstance(error, DuologueError) else type(error).__name__
        rows.update(attempts=F("attempts") + 1, last_error=words[:_ERROR_LENGTH])
        raise
    rows.update(attempts=F("attempts") + 1, handled_at=now, last_error="")


def forget_bodies(now: datetime) -> None:
    """The chore: empty what is old; that an event came, and when it was handled, stays known."""
    WebhookEvent.objects.filter(received_at__lt=now - KEPT_FOR).exclude(body="").update(body="")
