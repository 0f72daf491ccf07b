"""Catch up on what an account that did not work kept us from: better rooms, and rooms to take away."""

from datetime import datetime
from itertools import islice

from django.db import transaction

from duologue.connections.models import Connection
from duologue.jobs import queue
from duologue.jobs.queue import Owed
from duologue.usecases import delete_room, make_link
from duologue.video.displaced import displaced
from duologue.video.models import MeetingLink

_AT_ONCE = 100


def owed(connection: Connection, *, now: datetime) -> Owed:
    return Owed("retry_places", f"retry_places:{connection.pk}", now, {"connection_id": connection.pk})


def retry_places(now: datetime, connection_id: int) -> None:
    """The job: each session to come that fell back is owed a better room, and old rooms their end."""
    connection = Connection.objects.filter(pk=connection_id, state=Connection.State.WORKS).first()
    if connection is None:
        return
    found = displaced(connection.vendor, now=now, user_id=connection.user_id)
    while some := list(islice(found, _AT_ONCE)):
        jobs = [make_link.owed(one.booking, now=now, wish=make_link.Wish.BETTER) for one in some]
        with transaction.atomic():
            queue.enqueue(*jobs, now=now)
    _take_away(connection, now)


def _take_away(connection: Connection, now: datetime) -> None:
    over = [MeetingLink.Status.DELETED, MeetingLink.Status.REPLACED]
    left = MeetingLink.objects.filter(connection=connection, status__in=over, deleted_at__isnull=True)
    with transaction.atomic():
        queue.enqueue(*(delete_room.owed_later(link, now=now) for link in left), now=now)
