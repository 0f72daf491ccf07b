"""Keep the address of a host's own room, where all their sessions may take place."""

from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction

from duologue.accounts.models import Host
from duologue.connections import keeping
from duologue.connections.models import Connection
from duologue.connections.own_links import check_link
from duologue.connections.vendors import LINK
from duologue.jobs import queue
from duologue.usecases import order_platforms, retry_places


def save_own_link(host: Host, typed: str, *, now: datetime) -> Connection:
    """Raises Invalid with a sentence that says what to do."""
    address = check_link(typed)
    with transaction.atomic():
        connection = keeping.keep_link(host.user_id, address, urlsplit(address).netloc[:254], now=now)
        order_platforms.prefer(host.user_id, LINK)
        queue.enqueue(retry_places.owed(connection, now=now), now=now)
    return connection
