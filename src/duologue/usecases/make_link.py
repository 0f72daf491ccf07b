"""Where will the session take place? A provisional room at once, the chosen platform's by a job (LINK-4)."""

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from duologue.accounts import people
from duologue.bookings.models import Booking
from duologue.bookings.policy import join_window
from duologue.bookings.states import AGREED
from duologue.core import crypto
from duologue.core.errors import Permanent, ProviderError, Retryable
from duologue.core.ids import random_token
from duologue.jobs import queue
from duologue.jobs.queue import Owed
from duologue.usecases import delete_room
from duologue.video.contract import CreatedMeeting, MeetingRequest
from duologue.video.models import LinkAttempt, MeetingLink
from duologue.video.registry import BUILTIN, provider

FORCED_BEFORE = timedelta(minutes=60)
"""From here on a platform that does not answer is no longer waited for."""
EJECTS_AFTER = timedelta(hours=4)


def owed(booking: Booking, *, now: datetime) -> Owed:
    """The job that makes the link."""
    return Owed(
        name="make_link", key=f"make_link:{booking.pk}", run_at=now, args={"booking_id": str(booking.pk)}
    )


def is_builtin_allowed() -> bool:
    """Whether the operator allows our own room, and in production a relay makes it reach everyone."""
    listed = BUILTIN in {settings.DUOLOGUE_VIDEO_DEFAULT, *settings.DUOLOGUE_VIDEO_BACKUPS}
    return listed and (settings.ENV != "production" or bool(settings.DUOLOGUE_TURN_URLS))


def give_provisional(booking: Booking, *, now: datetime) -> None:
    """A room of our own, in the transaction that confirms, so that a link exists at once."""
    if is_builtin_allowed():
        _record(booking, BUILTIN, _builtin_room(booking), now=now, status=MeetingLink.Status.PROVISIONAL)


def make_link(now: datetime, booking_id: str) -> None:
    """Try the host's platform, then the backups in order; the provisional room serves meanwhile."""
    booking = Booking.objects.select_related("host__user").filter(pk=UUID(booking_id)).first()
    if booking is None or booking.status_at(now) not in AGREED:
        return
    if MeetingLink.objects.filter(booking=booking, status=MeetingLink.Status.READY).exists():
        return
    waiting: Retryable | None = None
    for platform in platforms(booking):
        try:
            made = _try(booking, platform, now)
        except ProviderError as error:
            if isinstance(error, Retryable) and now < booking.starts_at - FORCED_BEFORE:
                waiting = waiting or error
                break
            continue
        _settle(booking, platform, made, now)
        return
    if waiting is not None:
        raise waiting
    raise Permanent("No platform that is allowed could make a room.")


def platforms(booking: Booking) -> list[str]:
    """The chain for a booking: the host's choice or the installation's, then the backups, each once."""
    chain = [booking.host.video_platform or settings.DUOLOGUE_VIDEO_DEFAULT, *settings.DUOLOGUE_VIDEO_BACKUPS]
    allowed = (slug for slug in dict.fromkeys(chain) if slug != BUILTIN or is_builtin_allowed())
    return list(allowed)


def _try(booking: Booking, platform: str, now: datetime) -> CreatedMeeting:
    """Ask one platform, outside any transaction, and write down how it went."""
    began = time.monotonic()
    outcome, detail = "made", ""
    try:
        if platform == BUILTIN:
            return _builtin_room(booking)
        return provider(platform).create_meeting(
            _request(booking), idempotency_key=f"{booking.pk}:{platform}"
        )
    except ProviderError as error:
        outcome, detail = error.code, error.message[:300]
        raise
    finally:
        LinkAttempt.objects.create(
            booking=booking,
            platform=platform,
            began_at=now,
            milliseconds=round((time.monotonic() - began) * 1000),
            outcome=outcome,
            detail=detail,
        )


def _request(booking: Booking) -> MeetingRequest:
    window = join_window(
        booking.starts_at,
        booking.ends_at,
        opens=settings.DUOLOGUE_JOIN_OPENS,
        closes=settings.DUOLOGUE_JOIN_CLOSES,
    )
    return MeetingRequest(
        booking_id=booking.pk,
        title=settings.DUOLOGUE_NAME,
        host_name=booking.host.user.name,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        ejects_at=booking.ends_at + EJECTS_AFTER,
    )


def _builtin_room(booking: Booking) -> CreatedMeeting:
    """The built-in room is rows of ours: the provisional one stays the same when it becomes final."""
    current = MeetingLink.objects.filter(
        booking=booking, platform=BUILTIN, status=MeetingLink.Status.PROVISIONAL
    ).first()
    room = current.room_id if current is not None else random_token(128)
    return CreatedMeeting(room_id=room, join_url=f"/video-call/{booking.pk}")


def _settle(booking: Booking, platform: str, made: CreatedMeeting, now: datetime) -> None:
    """Make the new room the current one, unless the booking was cancelled meanwhile."""
    with transaction.atomic():
        people.lock([booking.host.user_id])
        booking.refresh_from_db(fields=["status"])
        if booking.status_at(now) not in AGREED:
            _give_up(booking, platform, made, now)
            return
        current = MeetingLink.objects.filter(
            booking=booking, status__in=[MeetingLink.Status.PROVISIONAL, MeetingLink.Status.READY]
        ).first()
        if current is not None and current.platform == platform and current.room_id == made.room_id:
            MeetingLink.objects.filter(pk=current.pk).update(status=MeetingLink.Status.READY, ready_at=now)
            return
        if current is not None:
            MeetingLink.objects.filter(pk=current.pk).update(status=MeetingLink.Status.REPLACED)
        _record(booking, platform, made, now=now, status=MeetingLink.Status.READY)


def _give_up(booking: Booking, platform: str, made: CreatedMeeting, now: datetime) -> None:
    """The booking was cancelled while the platform made the room: it goes again."""
    if platform != BUILTIN:
        link = _record(booking, platform, made, now=now, status=MeetingLink.Status.DELETED)
        queue.enqueue(delete_room.owed(link, now=now), now=now)


def _record(
    booking: Booking, platform: str, made: CreatedMeeting, *, now: datetime, status: MeetingLink.Status
) -> MeetingLink:
    return MeetingLink.objects.create(
        booking=booking,
        platform=platform,
        room_id=made.room_id,
        sealed_url="" if platform == BUILTIN else _vault().seal(made.join_url),
        passcode=made.passcode,
        status=status,
        created_at=now,
        ready_at=now,
    )


def _vault() -> crypto.Vault:
    return crypto.Vault(settings.DUOLOGUE_ENCRYPTION_KEYS)
