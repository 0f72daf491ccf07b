"""How does one get a token that opens an account now? Renewed in time, by one at a time.

Zoom's refresh tokens serve once: two that renew at once would end the consent. So whoever renews holds a
lease in the row, over processes, and the others wait for the new token. What the vendor answers is kept
before it is used. Only a crash between the answer and that is beyond mending: the next renewal is refused,
and the owner is asked to connect again.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from duologue.connections import health, oauth, vault
from duologue.connections.models import Connection
from duologue.connections.vendors import LINK, vendor_of
from duologue.core import clock, http
from duologue.core.errors import NeedsReconnect, ProviderError, Retryable
from duologue.core.kept import Kept, given
from duologue.core.resting import resting

RENEWED_BEFORE = timedelta(minutes=2)
LEASE = timedelta(seconds=60)
"""Far longer than a renewal can take, so that a lease ends only for who died."""
WAITS_SECONDS = http.ANSWERS_WITHIN + 5
_POLL_SECONDS = 0.1
_WORKING = Kept(lambda: Connection.objects.filter(pk=given("id"), state=Connection.State.WORKS))


@dataclass(frozen=True, slots=True)
class Access:
    """An account, ready for use: its name, and the token (of a link: the address) that opens it."""

    name: str
    secret: str = field(repr=False)


def usable(connection: Connection, *, now: datetime, refused: str = "") -> Access:
    """Access that the vendor takes now; renews a token that is about to end.

    `refused` is a token the vendor did not take: while it is still the one we keep, it is renewed. Raises
    NeedsReconnect when the owner has to connect again, Retryable when the vendor cannot say. Call it
    outside of transactions.
    """
    until = time.monotonic() + WAITS_SECONDS
    while True:
        current = _current(connection)
        access = _opened(current, current.sealed_access, now)
        if current.vendor == LINK or (access != refused and _is_fresh(current, now)):
            return Access(current.account_name, access)
        lease = _claim(current)
        if lease is not None:
            return _renewed(current, lease, now)
        if time.monotonic() > until:
            raise Retryable(f"The access to {current.vendor} is being renewed.", retry_after=LEASE)
        with resting():
            time.sleep(_POLL_SECONDS)


def last(connection: Connection) -> Access | None:
    """What opened an account that was disconnected, as long as it is not yet given back; None otherwise.

    Only for taking away what was made there.
    """
    found = Connection.objects.filter(pk=connection.pk, state=Connection.State.DISCONNECTED).first()
    if found is None or not found.sealed_access:
        return None
    try:
        return Access(found.account_name, vault.unseal(found.sealed_access))
    except ValueError:
        return None


def _current(connection: Connection) -> Connection:
    found = _WORKING.first(id=connection.pk)
    if found is None:
        raise NeedsReconnect("The account has to be connected again.")
    return found


def _opened(connection: Connection, sealed: str, now: datetime) -> str:
    try:
        return vault.unseal(sealed)
    except ValueError:
        health.mark_broken(connection, Connection.Problem.UNREADABLE, now=now)
        raise NeedsReconnect("No encryption key opens the tokens that were kept.") from None


def _is_fresh(connection: Connection, now: datetime) -> bool:
    return connection.access_expires_at is not None and connection.access_expires_at > now + RENEWED_BEFORE


def _claim(connection: Connection) -> datetime | None:
    """The lease, if the row still is as it was read and nobody else renews."""
    at = clock.machine()
    free = Q(refreshing_until__isnull=True) | Q(refreshing_until__lt=at)
    unchanged = Connection.objects.filter(
        free, pk=connection.pk, state=Connection.State.WORKS, sealed_access=connection.sealed_access
    )
    return at + LEASE if unchanged.update(refreshing_until=at + LEASE) else None


def _renewed(connection: Connection, lease: datetime, now: datetime) -> Access:
    ours = Connection.objects.filter(pk=connection.pk, refreshing_until=lease)
    try:
        kept = _opened(connection, connection.sealed_refresh, now)
        grant = oauth.refresh(vendor_of(connection.vendor), kept)
    except ProviderError as error:
        if not isinstance(error, NeedsReconnect) or not health.mark_ended(connection, lease, now=now):
            ours.update(refreshing_until=None)
        raise
    # Whatever the state is by now: who disconnects gives back the token that stands here.
    saved = ours.update(
        sealed_access=vault.seal(grant.access),
        sealed_refresh=vault.seal(grant.refresh or kept),
        access_expires_at=now + grant.lives,
        checked_at=now,
        worked_at=now,
        refreshing_until=None,
    )
    if not saved:
        raise Retryable("The account was connected anew meanwhile.")
    return Access(_current(connection).account_name, grant.access)
