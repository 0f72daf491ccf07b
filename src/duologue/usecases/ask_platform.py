"""Ask one platform for a room, or to move one, and write down how that went: who, when, how long, how."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from duologue.bookings.models import Booking
from duologue.core import statements
from duologue.core.errors import Permanent, ProviderError, Retryable
from duologue.jobs import queue
from duologue.usecases import clear_up
from duologue.usecases.speak_for import speak_for
from duologue.usecases.take_room import Made
from duologue.video import breaker
from duologue.video.attempts import KNOWN_DOWN, MADE, MOVED
from duologue.video.models import LinkAttempt, MeetingLink
from duologue.video.registry import looks_first, provider
from duologue.video.requests import request_for, room_key, room_number


def for_room(booking: Booking, platform: str, *, now: datetime) -> Made:
    """A room for this booking; outside any transaction. Raises the four errors."""
    return _noted(booking, platform, lambda: _make(booking, platform, now), now=now, well=MADE)


def to_move(booking: Booking, link: MeetingLink, *, now: datetime) -> Made:
    """The link's room, at the booking's present times. As `for_room`; Permanent where it cannot be moved."""
    return _noted(booking, link.platform, lambda: _move(booking, link, now), now=now, well=MOVED)


def _noted(booking: Booking, platform: str, ask: Callable[[], Made], *, now: datetime, well: str) -> Made:
    closed_until = breaker.closed_until(platform, now=now)
    if closed_until is not None:
        _note(booking, platform, now, KNOWN_DOWN)
        raise Retryable(f"{platform} is known to be down.", retry_after=closed_until - now)
    began = time.monotonic()
    try:
        made = ask()
    except ProviderError as error:
        _note(booking, platform, now, error.code, detail=error.message, seconds=time.monotonic() - began)
        if isinstance(error, Retryable) and error.retry_after is None:
            # Who names a pause is alive; it has only enough of this account.
            breaker.failed(platform, now=now)
        raise
    _note(booking, platform, now, well, seconds=time.monotonic() - began)
    breaker.answered(platform)
    return made


def _make(booking: Booking, platform: str, now: datetime) -> Made:
    request, number = request_for(booking), room_number(booking, platform)
    key = room_key(booking, platform, number)
    # A row of ours says that it was asked before it is asked: where there was none, there is nothing to find.
    is_first = looks_first(provider(platform)) and clear_up.owe(booking, platform, number, now=now)
    seen_to = clear_up.key(booking, platform, number) if is_first else ""
    request = replace(request, is_first_try=is_first)
    try:
        room, connection = speak_for(
            booking.host.user_id,
            platform,
            lambda adapter, account: adapter.create_meeting(request, idempotency_key=key, account=account),
            now=now,
        )
    except Retryable:
        # It may have done it all the same.
        clear_up.owe(booking, platform, number, now=now)
        raise
    except ProviderError:
        _let_be(seen_to)
        raise
    if not room.room_id or not room.join_url:
        raise Permanent(f"{platform} made a room without an address.")
    return Made(platform, room, connection, seen_to)


def _let_be(seen_to: str) -> None:
    """It was not asked, or said no: nothing is left there."""
    if seen_to:
        with transaction.atomic():
            queue.drop([seen_to])


def _move(booking: Booking, link: MeetingLink, now: datetime) -> Made:
    request = request_for(booking)
    room, connection = speak_for(
        booking.host.user_id,
        link.platform,
        lambda adapter, account: adapter.update_meeting(link.room_id, request, account=account),
        now=now,
        made_by=link.connection,
    )
    return Made(link.platform, room, connection)


def _note(
    booking: Booking,
    platform: str,
    now: datetime,
    outcome: str,
    *,
    detail: str = "",
    seconds: float = 0,
) -> None:
    attempt = LinkAttempt(
        booking_id=booking.pk,
        platform=platform,
        began_at=now,
        milliseconds=round(seconds * 1000),
        outcome=outcome[:32],
        detail=detail[:300],
    )
    statements.insert(attempt)
