"""How does a consent become a connection, and how does one end? Rows only; the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from duologue.connections import accounts, vault
from duologue.connections.models import Connection
from duologue.connections.oauth import Grant
from duologue.connections.vendors import LINK
from duologue.jobs import queue

_State = Connection.State


def keep(user_id: int | None, vendor: str, grant: Grant, *, now: datetime) -> Connection:
    """The one living connection of this person and vendor, with what was granted now.

    Another account than before takes the old one's place, which is given back. Of two at the same moment
    the later one counts.
    """
    values = {
        "account_name": grant.account_name,
        "sealed_access": vault.seal(grant.access),
        "sealed_refresh": vault.seal(grant.refresh),
        "access_expires_at": now + grant.lives,
        "scopes": " ".join(grant.scopes or ()),
    }
    try:
        return _put(user_id, vendor, values, now)
    except IntegrityError:
        return _put(user_id, vendor, values, now)


def keep_link(user_id: int, address: str, place: str, *, now: datetime) -> Connection:
    """A host's own room, in the place of the one before."""
    values = {"account_name": place, "sealed_access": vault.seal(address)}
    try:
        return _put(user_id, LINK, values, now)
    except IntegrityError:
        return _put(user_id, LINK, values, now)


def end(connection: Connection, *, now: datetime) -> bool:
    """Nobody uses it from the commit on; what opens it is given back by a job. False when it had ended."""
    living = Connection.objects.filter(pk=connection.pk).exclude(state=_State.DISCONNECTED)
    if not living.update(state=_State.DISCONNECTED, problem="", checked_at=now):
        return False
    queue.enqueue(revocation(connection, at=now), now=now)
    return True


def revocation(connection: Connection, *, at: datetime) -> queue.Owed:
    """The job that gives back what opens an ended one."""
    args = {"connection_id": connection.pk}
    return queue.Owed("revoke_account", f"revoke_account:{connection.pk}", at, args)


def _put(user_id: int | None, vendor: str, values: Mapping[str, Any], now: datetime) -> Connection:
    fresh = {
        **values,
        "state": _State.WORKS,
        "problem": "",
        "connected_at": now,
        "checked_at": now,
        "worked_at": now,
        "broke_at": None,
        "told_at": None,
        "refreshing_until": None,
    }
    with transaction.atomic():
        current = accounts.living(user_id).filter(vendor=vendor).select_for_update().first()
        if current is not None and vendor != LINK and _is_other(current, values["account_name"]):
            end(current, now=now)
            current = None
        if current is None:
            return Connection.objects.create(user_id=user_id, vendor=vendor, **fresh)
        Connection.objects.filter(pk=current.pk).update(**fresh)
    current.refresh_from_db()
    return current


def _is_other(current: Connection, account_name: object) -> bool:
    return bool(current.account_name and account_name and current.account_name != account_name)
