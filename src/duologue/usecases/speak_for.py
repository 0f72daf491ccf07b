"""Ask a platform in somebody's name: with which account, a token that opens it, and what a refusal means."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from duologue.connections import accounts, health, tokens
from duologue.connections.models import Connection
from duologue.core.errors import NeedsReconnect
from duologue.core.http import SPENT
from duologue.video.contract import INSTALLATION, Account, VideoProvider
from duologue.video.registry import provider

Found = TypeVar("Found")
Call = Callable[[VideoProvider, Account], Found]


def speak_for(
    user_id: int, platform: str, call: Call[Found], *, now: datetime, made_by: Connection | None = None
) -> tuple[Found, Connection | None]:
    """What the platform answers, and through which connection it was asked; None: the settings' keys.

    `made_by` is the connection that made what is asked about; it is used while it works. Raises the four
    errors; NeedsReconnect `not_connected` without an account. Outside transactions only.
    """
    adapter = provider(platform)
    if not adapter.vendor:
        return call(adapter, INSTALLATION), None
    connection = made_by if made_by is not None and made_by.works else None
    connection = connection or accounts.find(user_id, adapter.vendor)
    if connection is None:
        raise NeedsReconnect(f"No account at {adapter.name} is connected.", code="not_connected")
    found = _through(connection, adapter, call, now)
    health.mark_worked(connection, now=now)
    return found, connection


def take_away_for(
    user_id: int, platform: str, call: Call[object], *, now: datetime, made_by: Connection | None = None
) -> None:
    """As `speak_for`, to take away what was made; also through an account that was disconnected just now.

    Its access is given back once nothing is left to take away (`disconnect_account`).
    """
    adapter = provider(platform)
    ended = made_by or (accounts.last_ended(user_id, adapter.vendor) if adapter.vendor else None)
    access = tokens.last(ended) if ended is not None else None
    if access is not None and (made_by is not None or accounts.find(user_id, adapter.vendor) is None):
        call(adapter, Account(access.name, access.secret))
    else:
        speak_for(user_id, platform, call, now=now, made_by=made_by)


def _through(connection: Connection, adapter: VideoProvider, call: Call[Found], now: datetime) -> Found:
    """Once, and once more with a fresh token where the first was refused; then the connection is broken."""
    access = tokens.usable(connection, now=now)
    try:
        try:
            return call(adapter, Account(access.name, access.secret))
        except NeedsReconnect as error:
            if error.code != SPENT:
                raise
        access = tokens.usable(connection, now=now, refused=access.secret)
        return call(adapter, Account(access.name, access.secret))
    except NeedsReconnect as error:
        problem = Connection.Problem.REFUSED if error.code == SPENT else Connection.Problem.RIGHTS
        health.mark_broken(connection, problem, now=now, refused=access.secret)
        raise
