"""A session was moved to another time: its room follows, and serves all the while (LINK-4).

Where the platform cannot move a room, a new one is made there first, and then the old one goes. Where it
cannot do either, a room is made as for any session: at the first platform of the host's that can.
"""

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from duologue.bookings.models import Booking
from duologue.bookings.states import AGREED
from duologue.connections import vault
from duologue.core.errors import NeedsReconnect, NotConfigured, Permanent, ProviderError, Retryable
from duologue.jobs import queue
from duologue.jobs.queue import Owed
from duologue.usecases import ask_platform, make_link, take_room
from duologue.usecases.make_link import FORCED_BEFORE, Wish
from duologue.usecases.take_room import Made
from duologue.video.models import VALID, MeetingLink
from duologue.video.registry import BUILTIN, PROVIDERS, provider

_Status = MeetingLink.Status


def owe_move(booking: Booking, *, now: datetime) -> None:
    """From the caller's commit on the room is to follow the session to its present time.

    Inside the transaction that moved it, with the people locked and the new times in `booking`; after timers
    were dropped, if they are. Links stay as they are: the join links lead to the same room as before.
    """
    link = take_room.current(booking)
    if link is not None and link.platform in PROVIDERS and link.platform != BUILTIN:
        queue.enqueue(Owed("move_room", f"move_room:{link.pk}", now, {"link_id": link.pk}), now=now)
    if link is None or link.status == _Status.PROVISIONAL:
        make_link.owe_after_move(booking, now=now)


def move_room(now: datetime, link_id: int) -> None:
    """The job. A room that was replaced or taken away meanwhile is no longer its business.

    Raises Retryable while a platform that does not answer can be waited for.
    """
    links = MeetingLink.objects.select_related("connection", "booking__host__user")
    link = links.filter(pk=link_id, status__in=VALID).first()
    if link is None or link.booking.status_at(now) not in AGREED:
        return
    try:
        made = _at_new_time(link, now)
    except ProviderError as error:
        if isinstance(error, Retryable) and now < link.booking.starts_at - FORCED_BEFORE:
            raise make_link.patient(link.booking, error, now) from error
        _make_anywhere(link.booking, now)
        return
    if made.room.room_id == link.room_id:
        _keep(link, made)
    else:
        take_room.take(link.booking, made, seen=link, now=now, is_final=link.status == _Status.READY)


def _at_new_time(link: MeetingLink, now: datetime) -> Made:
    """The room, moved; or another one at the same platform, where it cannot be moved or is gone."""
    if provider(link.platform).can_update:
        with suppress(Permanent, NeedsReconnect, NotConfigured):
            return ask_platform.to_move(link.booking, link, now=now)
    return ask_platform.for_room(link.booking, link.platform, now=now)


def _keep(link: MeetingLink, made: Made) -> None:
    with transaction.atomic():
        is_moved = take_room.lock_and_look(link.booking)
        stands = MeetingLink.objects.filter(pk=link.pk, status__in=VALID)
        stands.update(sealed_url=vault.seal(made.room.join_url), passcode=made.room.passcode)
    if is_moved:
        raise take_room.moved_meanwhile()


def _make_anywhere(booking: Booking, now: datetime) -> None:
    with transaction.atomic():
        queue.enqueue(make_link.owed(booking, now=now, wish=Wish.NEW), now=now)
