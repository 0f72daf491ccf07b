"""Write once more to whoever has to connect an account again: an operator's click, at most once an hour."""

from datetime import datetime

from django.db import transaction

from duologue.connections.models import Connection
from duologue.notifications import outbox
from duologue.notifications.models import OutgoingMail
from duologue.usecases.tell_reconnect import TEMPLATE


def remind_host(connection: Connection, *, now: datetime) -> bool:
    """False when nothing was written: it works again, is the installation's, or they were told this hour."""
    if not connection.is_broken or connection.user_id is None:
        return False
    broke_at = connection.broke_at.isoformat() if connection.broke_at else ""
    mail = outbox.Mail(
        template=TEMPLATE,
        key=f"{TEMPLATE}:{connection.pk}:again:{now:%Y%m%dT%H}",
        user_id=connection.user_id,
        params={"connection_id": connection.pk, "broke_at": broke_at},
    )
    with transaction.atomic():
        if OutgoingMail.objects.filter(key=mail.key).exists():
            return False
        outbox.owe(mail, now=now)
    return True
