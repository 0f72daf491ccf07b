"""Take the rooms of a session away where it no longer takes place, at their platforms too (LINK-7)."""

from datetime import datetime, timedelta

from duologue.bookings.models import Booking
from duologue.connections.models import Connection
from duologue.jobs import queue
from duologue.jobs.models import Job
from duologue.jobs.queue import Owed
from duologue.usecases.speak_for import take_away_for
from duologue.video.models import VALID, MeetingLink
from duologue.video.registry import PROVIDERS

_Status = MeetingLink.Status
STAYS = timedelta(minutes=15)
"""A room that was replaced: who is in it has this long to follow."""


def close_rooms(booking: Booking, *, now: datetime) -> None:
    """From the caller's commit on nobody is led there; the platform is told by a job."""
    current = MeetingLink.objects.filter(booking=booking, status__in=VALID)
    links = list(current)
    current.update(status=_Status.DELETED)
    queue.enqueue(*(owed(link, now=now) for link in links), now=now)


def owed(link: MeetingLink, *, now: datetime) -> Owed:
    """The job that deletes one room."""
    return Owed(name="delete_room", key=f"delete_room:{link.pk}", run_at=now, args={"link_id": link.pk})


def owed_later(link: MeetingLink, *, now: datetime) -> Owed:
    """The same for a room that was replaced, once everybody can be gone."""
    return owed(link, now=now + STAYS)


def is_waited_for(connection: Connection, *, now: datetime) -> bool:
    """Whether rooms that this account made are to be taken away soon."""
    over = MeetingLink.objects.filter(
        connection=connection, status__in=[_Status.DELETED, _Status.REPLACED], deleted_at=None
    )
    jobs = [f"delete_room:{pk}" for pk in over.values_list("pk", flat=True)]
    waiting = Job.objects.filter(key__in=jobs, run_at__lte=now + STAYS)
    return waiting.exclude(state=Job.State.FAILED).exists()


def delete_room(now: datetime, link_id: int) -> None:
    """The job: ask the platform, then write down when it was done. A room that is gone is no error."""
    links = MeetingLink.objects.select_related("connection", "booking__host")
    link = links.filter(pk=link_id, status__in=[_Status.DELETED, _Status.REPLACED]).first()
    if link is None or link.deleted_at is not None:
        return
    if link.platform in PROVIDERS and not _serves_again(link):
        _ask(link, now)
    MeetingLink.objects.filter(pk=link.pk).update(deleted_at=now)


def _serves_again(link: MeetingLink) -> bool:
    """Two who asked at once for the same room are given one: what one left, the other may have taken."""
    same = MeetingLink.objects.filter(platform=link.platform, room_id=link.room_id)
    return same.filter(status__in=VALID).exists()


def _ask(link: MeetingLink, now: datetime) -> None:
    take_away_for(
        link.booking.host.user_id,
        link.platform,
        lambda adapter, account: adapter.delete_meeting(link.room_id, account=account),
        now=now,
        made_by=link.connection,
    )
