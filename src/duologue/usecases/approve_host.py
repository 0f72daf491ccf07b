"""Open a host's page: people can find and book them from now on (OPS-1)."""

from datetime import datetime

from django.db import transaction

from duologue.accounts.models import Host
from duologue.notifications.outbox import Mail, owe


def approve_host(host: Host, *, now: datetime) -> bool:
    """Approve who waits, or invite back who was suspended, and tell them; False when it is open already."""
    with transaction.atomic():
        closed = Host.objects.filter(pk=host.pk).exclude(status=Host.Status.APPROVED)
        if not closed.update(status=Host.Status.APPROVED, approved_at=now):
            return False
        owe(
            Mail(
                template="host_approved",
                key=f"host_approved:{host.pk}:{now.isoformat()}",
                user_id=host.user_id,
            ),
            now=now,
        )
    return True
