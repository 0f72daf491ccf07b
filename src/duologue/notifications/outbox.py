"""How does a transaction say which mails it owes? A row a mail, and beside it the job that sends it."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from duologue.accounts.models import User
from duologue.core import clock, statements
from duologue.core.ids import uuid7
from duologue.jobs import queue
from duologue.notifications.models import OutgoingMail

_COLUMNS = (
    "id, key, template, booking_id, party, user_id, code_id, params,"
    " state, subject, attempts, last_error, created_at"
)
_ROW = "(%s, %s, %s, %s, %s, %s, %s, %s, 'queued', '', 0, '', %s)"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person: to a booking's party, a user, or the address of a mailed code.

    `key` names the debt: what is owed once is written once. `params` are ids and instants as plain JSON,
    never a token, a code, or a person's words. Without `at` it goes at once.
    """

    template: str
    key: str
    booking_id: UUID | None = None
    party: str = ""
    user_id: int | None = None
    code_id: UUID | None = None
    params: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None


def owe(*mails: Mail, now: datetime) -> None:
    """Owe these mails from the moment the caller's transaction commits: two statements for all.

    A key that was owed before is no error and writes nothing. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        msg = "Mails are owed inside the transaction that makes them due: open transaction.atomic() first."
        raise RuntimeError(msg)
    if not mails:
        return
    by_key = {mail.key: (uuid7(now), mail) for mail in mails}
    # In the order of their keys, so that two transactions that owe the same mails cannot deadlock.
    values = [value for key in sorted(by_key) for value in _values(*by_key[key], now)]
    rows = ", ".join([_ROW] * len(by_key))
    with statements.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO notifications_outgoingmail ({_COLUMNS}) VALUES {rows}"  # noqa: S608
            " ON CONFLICT (key) DO NOTHING RETURNING key",
            values,
        )
        written = [by_key[key] for (key,) in cursor.fetchall()]
    queue.enqueue(*(job(mail_id, mail.at or now) for mail_id, mail in written), now=now)


def job(mail_id: UUID, run_at: datetime) -> queue.Owed:
    """The job that sends a mail."""
    return queue.Owed(
        name="send_mail", key=f"send_mail:{mail_id}", run_at=run_at, args={"mail_id": str(mail_id)}
    )


def to_operators(template: str, key: str, *, params: dict[str, Any]) -> list[Mail]:
    """The same mail to each operator of the installation."""
    operators = User.objects.filter(is_staff=True, is_active=True).values_list("pk", flat=True)
    return [
        Mail(template=template, key=f"{key}:{user_id}", user_id=user_id, params=params)
        for user_id in operators.order_by("pk")
    ]


def send_again(mail: OutgoingMail, *, now: datetime) -> bool:
    """Let a mail that failed, or waits for its next try, go now; False when it moved on meanwhile.

    Needs an open transaction.
    """
    states = [OutgoingMail.State.FAILED, OutgoingMail.State.RETRYING]
    waits = OutgoingMail.objects.filter(pk=mail.pk, state__in=states)
    if not waits.update(state=OutgoingMail.State.QUEUED, attempts=0, last_error=""):
        return False
    queue.enqueue(job(mail.pk, now), now=now)
    return True


def _values(mail_id: UUID, mail: Mail, now: datetime) -> tuple[Any, ...]:
    return (
        _uuid(mail_id),
        mail.key,
        mail.template,
        _uuid(mail.booking_id),
        mail.party,
        mail.user_id,
        _uuid(mail.code_id),
        json.dumps(mail.params),
        connection.ops.adapt_datetimefield_value(clock.aware(now)),
    )


def _uuid(value: UUID | None) -> str | UUID | None:
    """SQLite keeps an id as 32 hex digits, as Django's own field does."""
    if value is None or connection.features.has_native_uuid_field:
        return value
    return value.hex
