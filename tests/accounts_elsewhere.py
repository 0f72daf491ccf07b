"""Accounts at vendors that somebody in a test has connected, without the pages that ask for consent."""

from datetime import timedelta

from duologue.accounts.models import User
from duologue.connections import vault
from duologue.connections.models import Connection
from duologue.core import clock
from duologue_simulators.oauth import NAOKO


def connect(user: User, vendor: str, access: str, refresh: str) -> Connection:
    """A fresh connection with these tokens; for `link`, with the host's own address in place of one."""
    now = clock.now()
    return Connection.objects.create(
        user=user,
        vendor=vendor,
        account_name=NAOKO.email,
        sealed_access=vault.seal(access),
        sealed_refresh=vault.seal(refresh),
        access_expires_at=now + timedelta(hours=1),
        connected_at=now,
    )
