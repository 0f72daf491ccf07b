"""When is the door of a booking's call open, and who may stay when it closes?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.bookings.policy import JoinWindow, join_window
from duologue.calls.models import Extension, FrameStay, Presence
from duologue.core.errors import Forbidden, Refused
from duologue.core.kept import Kept, given

STAYS = timedelta(hours=4)
"""Who is in when entry ends may stay until this long after the session's end (LINK-7)."""
RETURNS = timedelta(minutes=5)
"""Reloading the page or restarting the browser within this time still counts as the same visit."""
EXTRA = timedelta(hours=1)
_ALONG = "door_extension"
_LONGER = Kept(lambda: Extension.objects.filter(booking_id=given("booking")))


def window(booking: Booking) -> JoinWindow:
    """When people may enter, with what the host has added."""
    longer = _longer(booking)
    return _window(booking, longer.closes_at if longer else None)


def _longer(booking: Booking) -> Extension | None:
    """Asked for, unless the booking came with it."""
    came_along = booking._state.fields_cache
    if _ALONG not in came_along:
        return _LONGER.first(booking=booking.pk)
    found: Extension | None = came_along[_ALONG]
    return found


def windows(bookings: Sequence[Booking]) -> dict[UUID, JoinWindow]:
    """The same for many, by booking id, in one query."""
    extensions = Extension.objects.filter(booking__in=bookings).values_list("booking_id", "closes_at")
    longer = dict(extensions) if bookings else {}
    return {booking.pk: _window(booking, longer.get(booking.pk)) for booking in bookings}


def _window(booking: Booking, longer: datetime | None) -> JoinWindow:
    usual = join_window(
        booking.starts_at,
        booking.ends_at,
        opens=settings.DUOLOGUE_JOIN_OPENS,
        closes=settings.DUOLOGUE_JOIN_CLOSES,
    )
    return JoinWindow(usual.opens_at, max(usual.closes_at, longer)) if longer else usual


def ejects_at(booking: Booking) -> datetime:
    """When even those who are in have to go."""
    return booking.ends_at + STAYS


def check(booking: Booking, *, now: datetime) -> None:
    """Nothing, or the reason why nobody enters now.

    Raises Forbidden `too_early` (with `opens_at`), `expired`, `cancelled`, or Refused `not_confirmed`.
    """
    opening = window(booking)
    code = opening.refusal(booking.status_at(now), now)
    if code == "too_early":
        raise Forbidden(_("The room is not open yet."), code=code, opens_at=opening.opens_at)
    if code == "expired":
        raise Forbidden(_("The room is closed."), code=code, closed_at=opening.closes_at)
    if code == "cancelled":
        raise Forbidden(_("This was cancelled."), code=code)
    if code is not None:
        raise Refused(_("This is not confirmed yet."), code=code)


def check_stay(booking: Booking, party: Party, *, now: datetime) -> None:
    """Like `check`, but whoever was in when entry ended may go on, and come back after a reload."""
    try:
        check(booking, now=now)
    except Forbidden as refusal:
        if refusal.code == "expired" and now < ejects_at(booking) and _was_just_here(booking, party, now):
            return
        raise


def _was_just_here(booking: Booking, party: Party, now: datetime) -> bool:
    lately = {"booking": booking, "party": party.value, "seen_at__gt": now - RETURNS}
    return (
        Presence.objects.filter(**lately, entered_at__isnull=False).exists()
        or FrameStay.objects.filter(**lately).exists()
    )
