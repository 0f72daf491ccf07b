"""When does what a page shows of a session change next? At these instants open pages ask again."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from duologue.bookings.models import Booking
from duologue.bookings.policy import JoinWindow, can_cancel_until
from duologue.bookings.states import AGREED, COMPLETES_AFTER, Status
from duologue.web.distance import DAY, HOUR, MINUTE

MEANWHILE = timedelta(seconds=20)
"""While the door is open more can change than the clock tells: the other one arrives, or says that they are
late, or a room comes about."""


def next_border(booking: Booking, window: JoinWindow, now: datetime) -> datetime | None:
    """The next instant at which the session's state or what can be done changes; None when none will."""
    status = booking.status_at(now)
    if status is Status.PENDING_PAYMENT:
        return booking.hold_expires_at
    if status not in AGREED:
        return None
    borders = [
        can_cancel_until(booking.starts_at, booking.cancel_hours),
        window.opens_at,
        booking.starts_at,
        booking.ends_at,
        window.closes_at,
        booking.ends_at + COMPLETES_AFTER,
    ]
    if window.opens_at <= now < booking.ends_at:
        borders.append(now + MEANWHILE)
    return min((at for at in borders if at > now), default=None)


def next_words(starts_at: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """When "in 3 hours" or "Tomorrow" is no longer true; the last hour is counted by the page itself."""
    left = starts_at - now
    steps = [DAY] if left >= DAY else [HOUR] if left >= 3 * HOUR else [MINUTE] if left > HOUR else []
    # One second after the step, so that it is over.
    ends = [now + (left % step) + timedelta(seconds=1) for step in steps]
    return min([*ends, _midnight(now, zone)])


def _midnight(now: datetime, zone: ZoneInfo) -> datetime:
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(now.tzinfo)
