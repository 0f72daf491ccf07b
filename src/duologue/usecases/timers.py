"""Which timers does a booking have, and which go when it moves on? (law 4)"""

from datetime import datetime, timedelta

from duologue.bookings.models import Booking
from duologue.bookings.states import COMPLETES_AFTER
from duologue.jobs.queue import Owed

REMINDERS = {"day": timedelta(hours=24), "hour": timedelta(hours=1)}
NAMES = ("expire_hold", "start", "complete", "remind_day", "remind_hour", "make_link", "tell_waiting")


def keys(booking: Booking) -> list[str]:
    """The keys of all jobs that can wait for a booking."""
    return [f"{name}:{booking.pk}" for name in NAMES]


def reminder_keys(booking: Booking) -> list[str]:
    """Those that a session of another time may not have at all."""
    return [f"remind_{kind}:{booking.pk}" for kind in REMINDERS]


def of_confirmed(booking: Booking, *, now: datetime) -> list[Owed]:
    """What time will bring to a confirmed session: start, end, and the reminders still ahead."""
    timers = [_timer("start", booking, booking.starts_at)]
    timers.append(_timer("complete", booking, booking.ends_at + COMPLETES_AFTER))
    for kind, before in REMINDERS.items():
        at = booking.starts_at - before
        if at > now:
            timers.append(
                Owed(
                    name="remind",
                    key=f"remind_{kind}:{booking.pk}",
                    run_at=at,
                    args={"booking_id": str(booking.pk), "kind": kind},
                )
            )
    return timers


def _timer(name: str, booking: Booking, at: datetime) -> Owed:
    return Owed(name=name, key=f"{name}:{booking.pk}", run_at=at, args={"booking_id": str(booking.pk)})
