"""End a connection: at once for us, and at the vendor by a job."""

from datetime import datetime, timedelta

from django.db import transaction

from duologue.connections import keeping, oauth, vault
from duologue.connections.models import Connection
from duologue.connections.vendors import LINK, VENDORS
from duologue.core import clock
from duologue.core.errors import Retryable
from duologue.jobs import queue
from duologue.usecases import clear_up, delete_room, make_link, order_platforms

_LOOKS_EVERY = timedelta(seconds=20)
_WAITS_FOR_ROOMS = timedelta(minutes=20)


def disconnect_account(connection: Connection, *, now: datetime) -> bool:
    """From the commit on nobody is asked through it; False when it had ended already."""
    with transaction.atomic():
        has_ended = keeping.end(connection, now=now)
        if has_ended and connection.user_id is not None:
            order_platforms.forget(connection.user_id, connection.vendor)
    return has_ended


def revoke_account(now: datetime, connection_id: int) -> None:
    """The job: give the tokens back, then forget them. A vendor that cannot be asked any more is not."""
    ended = Connection.objects.filter(pk=connection_id, state=Connection.State.DISCONNECTED).first()
    if ended is None or not ended.sealed_access:
        return
    lease = ended.refreshing_until
    if lease is not None and lease > clock.machine():
        # Who renews it at this moment gets the tokens that have to be given back.
        raise Retryable("The access is being renewed.", retry_after=lease - clock.machine())
    if _is_needed(ended, now):
        with transaction.atomic():
            queue.enqueue(keeping.revocation(ended, at=now + _LOOKS_EVERY), now=now)
        return
    vendor = VENDORS.get(ended.vendor)
    if vendor is not None and vendor.is_set_up and not _is_used_again(ended):
        for token in _tokens(ended):
            oauth.revoke(vendor, token)
    Connection.objects.filter(pk=ended.pk).update(
        sealed_access="", sealed_refresh="", access_expires_at=None, refreshing_until=None
    )


def _is_needed(ended: Connection, now: datetime) -> bool:
    """For rooms that are to go from there, or are being made at this moment; but not for long."""
    if ended.vendor == LINK or (ended.checked_at or now) <= now - _WAITS_FOR_ROOMS:
        return False
    return (
        make_link.is_running_for(ended.user_id)
        or clear_up.is_waited_for(ended, now=now)
        or delete_room.is_waited_for(ended, now=now)
    )


def _is_used_again(ended: Connection) -> bool:
    """Google ends all that a person ever allowed us when one token is given back."""
    works = Connection.objects.filter(vendor=ended.vendor, state=Connection.State.WORKS)
    return works.filter(account_name=ended.account_name).exists()


def _tokens(ended: Connection) -> list[str]:
    try:
        kept = [vault.unseal(ended.sealed_refresh), vault.unseal(ended.sealed_access)]
    except ValueError:
        return []
    return [token for token in kept if token]
