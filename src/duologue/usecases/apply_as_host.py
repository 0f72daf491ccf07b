"""Become a host: a page that waits for an operator's approval."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts import people
from duologue.accounts.models import Host, User
from duologue.core.errors import Refused
from duologue.notifications.outbox import owe, to_operators
from duologue.usecases.save_host import HostPage, write


def apply_as_host(user: User, page: HostPage, *, now: datetime) -> Host:
    """Write the page and tell the operators. Raises Invalid with the `field`, Refused for a second page."""
    with transaction.atomic():
        people.lock([user.pk])
        if Host.objects.filter(user=user).exists():
            raise Refused(_("You have a page already."), code="host_already")
        host = Host(user=user, status=Host.Status.WAITING, applied_at=now)
        write(host, page)
        # Hours are meant in this zone from now on; a browser abroad must not move them.
        User.objects.filter(pk=user.pk).update(time_zone_chosen=True)
        owe(
            *to_operators("host_application", f"host_application:{host.pk}", params={"host_id": host.pk}),
            now=now,
        )
    return host
