"""Take the rooms of a cancelled session away, at their platforms too (LINK-7)."""

from datetime import datetime

from duologue.bookings.models import Booking
from duologue.jobs import queue
from duologue.jobs.queue import Owed
from duologue.video.models import MeetingLink
from duologue.video.registry import provider


def close_rooms(booking: Booking, *, now: datetime) -> None:
    """From the caller's commit on nobody is led there; the platform is told by a job."""
    current = MeetingLink.objects.filter(
        booking=booking, status__in=[MeetingLink.Status.PROVISIONAL, MeetingLink.Status.READY]
    )
    links = list(current)
    current.update(status=MeetingLink.Status.DELETED)
    queue.enqueue(*(owed(link, now=now) for link in links), now=now)


def owed(link: MeetingLink, *, now: datetime) -> Owed:
    """The job that deletes one room."""
    return Owed(name="delete_room", key=f"delete_room:{link.pk}", run_at=now, args={"link_id": link.pk})


def delete_room(now: datetime, link_id: int) -> None:
    """The job: ask the platform, then write down when it was done. A room that is gone is no error."""
    link = MeetingLink.objects.filter(pk=link_id, status=MeetingLink.Status.DELETED).first()
    if link is None or link.deleted_at is not None:
        return
    provider(link.platform).delete_meeting(link.room_id)
    MeetingLink.objects.filter(pk=link.pk).update(deleted_at=now)
