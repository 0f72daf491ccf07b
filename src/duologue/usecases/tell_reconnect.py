"""Tell whoever has to connect an account again, once a break (LINK-5)."""

from datetime import datetime

from django.db import transaction

from duologue.connections.models import Connection
from duologue.notifications.outbox import Mail, owe, to_operators

TEMPLATE = "reconnect"


def tell_reconnect(now: datetime, connection_id: int) -> None:
    """The job: one mail to the host, or to each operator where the account serves the installation."""
    with transaction.atomic():
        untold = Connection.objects.filter(
            pk=connection_id, state=Connection.State.RECONNECT_NEEDED, told_at__isnull=True
        )
        if not untold.update(told_at=now):
            return
        owe(*_mails(Connection.objects.get(pk=connection_id)), now=now)


def _mails(connection: Connection) -> list[Mail]:
    broke_at = connection.broke_at.isoformat() if connection.broke_at else ""
    key = f"{TEMPLATE}:{connection.pk}:{broke_at}"
    params = {"connection_id": connection.pk, "broke_at": broke_at}
    if connection.user_id is None:
        return to_operators(TEMPLATE, key, params=params)
    return [Mail(template=TEMPLATE, key=key, user_id=connection.user_id, params=params)]
