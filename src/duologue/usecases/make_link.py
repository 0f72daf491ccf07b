"""Where will the session take place? A provisional room at once, the chosen platform's by a job (LINK-4).

The job tries the host's platforms in their order, then the operator's backups. While there is time, the
chosen one is waited for and another room serves meanwhile; from an hour before the start on, the first that
answers is taken.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from duologue.bookings import queries
from duologue.bookings.models import Booking
from duologue.bookings.states import AGREED
from duologue.core.errors import Permanent, ProviderError, Retryable
from duologue.jobs import backoff, queue
from duologue.jobs.models import Job
from duologue.jobs.queue import Owed
from duologue.usecases import ask_platform, clear_up, take_room
from duologue.usecases.take_room import Made
from duologue.video.chain import chain, is_builtin_allowed
from duologue.video.contract import INSTALLATION
from duologue.video.models import LinkAttempt, MeetingLink
from duologue.video.registry import BUILTIN, provider
from duologue.video.requests import request_for, room_number

FORCED_BEFORE = timedelta(minutes=60)
"""From here on a platform that does not answer is no longer waited for."""
FIRST_PAUSES = (timedelta(seconds=1), timedelta(seconds=5))
"""Most failures are over at once, and people look at the page now."""


class Wish(StrEnum):
    """What for: a link where there is none yet, a better platform than now, a new room in any case, or one
    anywhere else than where the host wants it, without waiting any longer."""

    FIRST = "first"
    BETTER = "better"
    NEW = "new"
    BACKUP = "backup"


def owed(booking: Booking, *, now: datetime, wish: Wish = Wish.FIRST) -> Owed:
    """The job that makes the link. BETTER leaves alone what a host gave by hand."""
    args = {"booking_id": str(booking.pk), "wish": wish.value}
    return Owed("make_link", _key(booking), now, args)


def owe_after_move(booking: Booking, *, now: datetime) -> None:
    """A session that has no final room yet has another time: its new last moment for one may be sooner.

    What is wished already stays wished. Inside the caller's transaction.
    """
    forced_at = max(now, booking.starts_at - FORCED_BEFORE)
    if not queue.hasten(_key(booking), by=forced_at):
        queue.enqueue(owed(booking, now=now), now=now)


def next_try_at(booking: Booking) -> datetime | None:
    """When a platform is asked again; None when none is to be."""
    waiting = Job.objects.filter(key=_key(booking), state=Job.State.WAITING)
    return waiting.values_list("run_at", flat=True).first()


def is_running_for(user_id: int | None) -> bool:
    """Whether a room is being made or moved at this moment for a session of this host's, or of anybody's."""
    running = Job.objects.filter(name__in=["make_link", "move_room"], state=Job.State.RUNNING)
    args = list(running.values_list("args", flat=True))
    if user_id is None:
        return bool(args)
    asked = Q(pk__in=[UUID(one["booking_id"]) for one in args if "booking_id" in one])
    moved = Q(meeting_links__in=[one["link_id"] for one in args if "link_id" in one])
    return Booking.objects.filter(asked | moved, host__user=user_id).exists()


def _key(booking: Booking) -> str:
    return f"make_link:{booking.pk}"


def give_provisional(booking: Booking, *, now: datetime) -> None:
    """A room of our own, in the transaction that confirms, so that a link exists at once."""
    if not is_builtin_allowed():
        return
    room = provider(BUILTIN).create_meeting(
        request_for(booking), idempotency_key=f"{booking.pk}:{BUILTIN}", account=INSTALLATION
    )
    take_room.record(booking, Made(BUILTIN, room), now=now, status=MeetingLink.Status.PROVISIONAL)


def make_link(now: datetime, booking_id: str, wish: str = Wish.FIRST) -> None:
    """The job. Raises Retryable while a better platform is waited for, Permanent when none is left."""
    booking = queries.with_host(UUID(booking_id))
    if booking is None:
        return
    if booking.status_at(now) not in AGREED:
        _see_to_what_is_left(booking, now)
        return
    current = take_room.current(booking)
    if current is not None and not _is_wanted(current, Wish(wish)):
        return
    waits = _try_each(booking, current, Wish(wish), now)
    if waits is not None:
        raise patient(booking, waits, now)


def _see_to_what_is_left(booking: Booking, now: datetime) -> None:
    """A run before this one may have died while a platform made a room; else the job were gone."""
    for platform in chain(booking.host):
        clear_up.owe(booking, platform, room_number(booking, platform), now=now)


def _is_wanted(current: MeetingLink, wish: Wish) -> bool:
    if wish is Wish.BETTER:
        return current.creator != take_room.HOST
    return wish in {Wish.NEW, Wish.BACKUP} or current.status == MeetingLink.Status.PROVISIONAL


def _try_each(booking: Booking, current: MeetingLink | None, wish: Wish, now: datetime) -> Retryable | None:
    """Take the first room that can be had; what it was that did not answer, where that is still wanted."""
    is_forced = wish is Wish.BACKUP or now >= booking.starts_at - FORCED_BEFORE
    waits: Retryable | None = None
    for platform in _worth_trying(booking, current, wish):
        if waits is not None and current is not None and not is_forced:
            return waits
        try:
            made = _made(booking, platform, current if wish is not Wish.NEW else None, now)
        except ProviderError as error:
            waits = waits or (error if isinstance(error, Retryable) else None)
            continue
        is_final = waits is None or is_forced
        take_room.take(booking, made, seen=current, now=now, is_final=is_final)
        return None if is_final else waits
    if current is None:
        take_room.ask_host(booking, now=now)
        if waits is None:
            raise Permanent("No platform that is allowed could make a room.")
    elif waits is None and current.status == MeetingLink.Status.PROVISIONAL:
        # All said no for good, so the room that stands in is the one.
        take_room.take(booking, take_room.as_made(current), seen=current, now=now)
    return waits


def _worth_trying(booking: Booking, current: MeetingLink | None, wish: Wish) -> Iterator[str]:
    """The chain; for something better only down to where the session has its room already."""
    for platform in chain(booking.host)[_first(booking, current, wish) :]:
        if wish is Wish.BETTER and current is not None and current.is_settled_at(platform):
            return
        yield platform


def _first(booking: Booking, current: MeetingLink | None, wish: Wish) -> int:
    """Where in the order to begin. A backup comes after what was settled, else after the one liked best."""
    order = chain(booking.host)
    if wish is not Wish.BACKUP:
        return 0
    settled = (place for place, slug in enumerate(order) if current and current.is_settled_at(slug))
    return next(settled, 0) + 1


def _made(booking: Booking, platform: str, current: MeetingLink | None, now: datetime) -> Made:
    if current is not None and current.platform == platform:
        return take_room.as_made(current)
    return ask_platform.for_room(booking, platform, now=now)


def patient(booking: Booking, waits: Retryable, now: datetime) -> Retryable:
    """Try again soon, then ever less often, and surely when time gets short; until the session is over.

    The pause that a platform names is the shortest.
    """
    forced_at = booking.starts_at - FORCED_BEFORE
    pause = max(waits.retry_after or timedelta(0), _pause(booking))
    if now < forced_at:
        pause = min(pause, forced_at - now)
    return Retryable(waits.message, retry_after=pause, until=booking.ends_at)


def _pause(booking: Booking) -> timedelta:
    failed = LinkAttempt.objects.filter(booking=booking, outcome=Retryable.code).count()
    if failed <= len(FIRST_PAUSES):
        return FIRST_PAUSES[max(failed, 1) - 1]
    return backoff.pause(failed - len(FIRST_PAUSES), 0)
