"""Take away at a platform what it made without our learning of it: its answer was lost, or said "later".

While the room may still be asked for again, the repeat finds it. Once the session has its room elsewhere, or
needs none, what was left there goes.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from duologue.bookings.models import Booking
from duologue.bookings.states import AGREED
from duologue.connections import accounts
from duologue.connections.models import Connection
from duologue.core.errors import NeedsReconnect, NotConfigured, Retryable
from duologue.jobs import queue
from duologue.jobs.models import Job
from duologue.usecases.speak_for import take_away_for
from duologue.video import displaced
from duologue.video.contract import Account
from duologue.video.models import VALID, MeetingLink
from duologue.video.registry import can_clear_up, provider
from duologue.video.requests import request_for, room_key, room_number

FIRST_LOOK = timedelta(minutes=15)
LOOKS_EVERY = timedelta(hours=1)
A_MOMENT = timedelta(seconds=10)
TRIES_FOR = timedelta(days=2)
"""After the session's end."""
_Status = MeetingLink.Status


def owe(booking: Booking, platform: str, number: int, *, now: datetime) -> bool:
    """The platform may have made the session's room of this number; see to it later, whatever comes.

    Whether this was not known before.
    """
    if not can_clear_up(provider(platform)):
        return False
    args = {"booking_id": str(booking.pk), "platform": platform, "number": number}
    job = queue.Owed("clear_up", key(booking, platform, number), now + FIRST_LOOK, args)
    with transaction.atomic():
        return bool(queue.ensure(job, now=now))


def key(booking: Booking, platform: str, number: int) -> str:
    """Of the job."""
    return f"clear_up:{room_key(booking, platform, number)}"


def clear_up(now: datetime, booking_id: str, platform: str, number: int) -> None:
    """The job. Raises Retryable while the room may still be asked for, or the platform does not answer."""
    booking = Booking.objects.select_related("host__user").get(pk=UUID(booking_id))
    may_ask = booking.status_at(now) in AGREED and _has_account(booking, platform)
    if may_ask and _asking(booking, Job.State.WAITING, Job.State.RUNNING):
        raise _later(booking, "The room is still being asked for.")
    _use_up(booking, platform, number, now)
    if _asking(booking, Job.State.RUNNING):
        # It may have read the number before it was used up.
        raise _later(booking, "The room is being asked for.", after=A_MOMENT)
    made_under, request = room_key(booking, platform, number), request_for(booking)
    kept = _kept(booking, platform)

    def ask(adapter: Any, account: Account) -> None:
        adapter.clear_up(request, idempotency_key=made_under, kept=kept, account=account)

    try:
        # Where nobody lets us in any more, nothing can be done.
        with suppress(NeedsReconnect, NotConfigured):
            take_away_for(booking.host.user_id, platform, ask, now=now)
    except Retryable as error:
        raise _later(booking, error.message) from error


def is_waited_for(connection: Connection, *, now: datetime) -> bool:
    """Whether something is to be looked for through this account; then it is looked for now."""
    platforms = displaced.platforms_of(connection.vendor)
    jobs = Job.objects.filter(name="clear_up", state__in=[Job.State.WAITING, Job.State.RUNNING])
    ours = [
        pk
        for pk, args in jobs.values_list("pk", "args")
        if args["platform"] in platforms and _is_served(args["booking_id"], connection)
    ]
    jobs.filter(pk__in=ours, state=Job.State.WAITING, run_at__gt=now).update(run_at=now)
    return bool(ours)


def _is_served(booking_id: str, connection: Connection) -> bool:
    if connection.user_id is None:
        return True
    return Booking.objects.filter(pk=UUID(booking_id), host__user=connection.user_id).exists()


def _has_account(booking: Booking, platform: str) -> bool:
    vendor = provider(platform).vendor
    return not vendor or accounts.find(booking.host.user_id, vendor) is not None


def _use_up(booking: Booking, platform: str, number: int, now: datetime) -> None:
    """A row that makes the next room another one: nobody is given what we are about to take away."""
    if room_number(booking, platform) <= number:
        MeetingLink.objects.create(
            booking=booking, platform=platform, status=_Status.FAILED, created_at=now, deleted_at=now
        )


def _asking(booking: Booking, *states: Job.State) -> bool:
    links = MeetingLink.objects.filter(booking=booking).values_list("pk", flat=True)
    moving = Q(key__in=[f"move_room:{pk}" for pk in links])
    return Job.objects.filter(moving | Q(key=f"make_link:{booking.pk}"), state__in=states).exists()


def _kept(booking: Booking, platform: str) -> frozenset[str]:
    """The session's rooms that serve, or whose end is owed by themselves."""
    links = MeetingLink.objects.filter(booking=booking, platform=platform)
    served = links.filter(status__in=[*VALID, _Status.REPLACED])
    return frozenset(served.values_list("room_id", flat=True))


def _later(booking: Booking, words: str, *, after: timedelta = LOOKS_EVERY) -> Retryable:
    return Retryable(words, retry_after=after, until=booking.ends_at + TRIES_FOR)
