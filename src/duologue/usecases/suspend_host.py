"""Close a host's page: nobody finds or books them, and what is agreed stays agreed (OPS-1)."""

from datetime import datetime

from django.db import transaction

from duologue.accounts.models import Host
from duologue.notifications.outbox import Mail, owe


def suspend_host(host: Host, *, now: datetime) -> bool:
    """Suspend an approved or waiting host and tell them; False when the page is closed already."""
    with transaction.atomic():
        open_pages = Host.objects.filter(pk=host.pk).exclude(status=Host.Status.SUSPENDED)
        if not open_pages.update(status=Host.Status.SUSPENDED):
            return False
        owe(
            Mail(
                template="host_suspended",
                key=f"host_suspended:{host.pk}:{now.isoformat()}",
                user_id=host.user_id,
            ),
            now=now,
        )
    return True
