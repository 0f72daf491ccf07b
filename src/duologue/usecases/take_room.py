"""Make a room the one where a session takes place, unless the world has moved on while it was made."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from duologue.accounts import people
from duologue.bookings.models import Booking, Party
from duologue.bookings.states import AGREED
from duologue.connections import vault
from duologue.connections.models import Connection
from duologue.core import statements
from duologue.core.errors import NotFound, Retryable
from duologue.core.kept import Kept, given
from duologue.jobs import queue
from duologue.notifications import outbox
from duologue.usecases import delete_room
from duologue.video.chain import chosen
from duologue.video.contract import CreatedMeeting
from duologue.video.models import VALID, MeetingLink, RoomChange
from duologue.video.registry import BUILTIN
from duologue.video.requests import meeting_of

SYSTEM, HOST = "system", "host"
_Status = MeetingLink.Status


@dataclass(frozen=True, slots=True)
class Made:
    """A room at a platform, and the connection that made it.

    `seen_to` is the job that was to look for the room, had no answer told of it: settled once it has its row.
    """

    platform: str
    room: CreatedMeeting
    connection: Connection | None = None
    seen_to: str = ""


def current(booking: Booking) -> MeetingLink | None:
    """Where the session takes place as things stand."""
    return _CURRENT.first(booking=booking.pk)


_CURRENT = Kept(
    lambda: MeetingLink.objects.select_related("connection").filter(
        booking=given("booking"), status__in=VALID
    )
)
_TIMES = Kept(lambda: Booking.objects.only("status", "starts_at", "ends_at").filter(pk=given("id")))


def as_made(link: MeetingLink) -> Made:
    return Made(link.platform, meeting_of(link), link.connection)


def take(
    booking: Booking,
    made: Made,
    *,
    seen: MeetingLink | None,
    now: datetime,
    is_final: bool = True,
    creator: str = SYSTEM,
    asked_by: Party | None = None,
) -> bool:
    """Lead both people there from the commit on; False when it was too late, and the room goes again.

    `asked_by`: which of the two wanted another room, for the log.

    `seen` is the link that stood when the room was asked for: where another was given meanwhile, that stays.
    Raises Retryable when the session was moved to another time meanwhile.
    """
    with transaction.atomic():
        is_moved = lock_and_look(booking)
        stands = current(booking)
        is_late = booking.status_at(now) not in AGREED or stands != seen
        if is_moved or is_late:
            _drop(booking, made, stands, now)
        else:
            _lead_to(booking, made, stands, now, is_final=is_final, creator=creator)
            if asked_by is not None and stands is not None:
                places = {"before": stands.platform, "after": made.platform}
                RoomChange.objects.create(booking=booking, party=asked_by.value, at=now, **places)
        if made.seen_to:
            queue.drop([made.seen_to])
    if is_moved:
        raise moved_meanwhile()
    return not is_late


def lock_and_look(booking: Booking) -> bool:
    """Hold the host until the transaction ends; whether the session was moved since it was read."""
    asked_for = booking.starts_at, booking.ends_at
    people.lock([booking.host.user_id])
    found = _TIMES.first(id=booking.pk)
    if found is None:
        raise NotFound("There is no such booking.")
    booking.status, booking.starts_at, booking.ends_at = found.status, found.starts_at, found.ends_at
    return (booking.starts_at, booking.ends_at) != asked_for


def moved_meanwhile() -> Retryable:
    """What to raise then, outside of the transaction."""
    return Retryable("The session was moved meanwhile.", retry_after=timedelta(seconds=1))


def _lead_to(
    booking: Booking,
    made: Made,
    before: MeetingLink | None,
    now: datetime,
    *,
    is_final: bool,
    creator: str,
) -> None:
    status = _Status.READY if is_final else _Status.PROVISIONAL
    told = _told(booking, before)
    if before is not None and (before.platform, before.room_id) == (made.platform, made.room.room_id):
        statements.update(MeetingLink, {"status": status, "ready_at": now}, id=before.pk)
    else:
        if before is not None:
            statements.update(MeetingLink, {"status": _Status.REPLACED}, id=before.pk)
            queue.enqueue(delete_room.owed_later(before, now=now), now=now)
        before = record(booking, made, now=now, status=status, creator=creator)
    if is_final and told != made.platform:
        _tell(booking, before, now)


def _told(booking: Booking, before: MeetingLink | None) -> str:
    """Where both believe the session to be: what was settled, else what the host wants."""
    is_settled = before is not None and before.status == _Status.READY
    return before.platform if before is not None and is_settled else chosen(booking.host)


def _tell(booking: Booking, link: MeetingLink, now: datetime) -> None:
    mails = (
        outbox.Mail(
            template="place_changed",
            key=f"place_changed:{link.pk}:{party.value}",
            booking_id=booking.pk,
            party=party.value,
            params={"link_id": link.pk},
        )
        for party in Party
    )
    outbox.owe(*mails, now=now)


def ask_host(booking: Booking, *, now: datetime) -> None:
    """Nothing that is allowed made a room: the host is asked for an address, once (LINK-4)."""
    mail = outbox.Mail(
        template="link_wanted",
        key=f"link_wanted:{booking.pk}:{booking.starts_at:%Y%m%dT%H%M%S}",
        booking_id=booking.pk,
        party=Party.HOST.value,
    )
    with transaction.atomic():
        outbox.owe(mail, now=now)


def _drop(booking: Booking, made: Made, stands: MeetingLink | None, now: datetime) -> None:
    """Nobody will be led to this room: it goes again, unless it is the very one that stands."""
    if stands is not None and (stands.platform, stands.room_id) == (made.platform, made.room.room_id):
        return
    link = record(booking, made, now=now, status=_Status.DELETED)
    queue.enqueue(delete_room.owed(link, now=now), now=now)


def record(
    booking: Booking, made: Made, *, now: datetime, status: MeetingLink.Status, creator: str = SYSTEM
) -> MeetingLink:
    """The row of a room."""
    link = MeetingLink(
        booking=booking,
        platform=made.platform,
        room_id=made.room.room_id,
        sealed_url="" if made.platform == BUILTIN else vault.seal(made.room.join_url),
        passcode=made.room.passcode,
        status=status,
        creator=creator,
        connection=made.connection,
        is_chosen=made.platform == chosen(booking.host),
        created_at=now,
        ready_at=now,
    )
    return statements.create(link)
