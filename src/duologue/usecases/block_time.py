"""Take time out of a host's hours by hand, from one moment to another; and give it back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts import people
from duologue.accounts.models import Host
from duologue.bookings.models import Booking
from duologue.bookings.queries import claiming
from duologue.core.errors import Invalid, NotFound
from duologue.scheduling.hours import instant_of
from duologue.scheduling.intervals import instant
from duologue.scheduling.models import BlockedTime
from duologue.usecases.save_special_days import FARTHEST, checked_label

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Wall:
    """A date and the minute of its day, as the host's clock shows it."""

    day: date
    minute: int


def block_time(host: Host, begins: Wall, ends: Wall, *, label: str = "", now: datetime) -> BlockedTime:
    """Block `[begins, ends)`; sessions that are booked in it stay.

    Raises Invalid with the `field`: begins, ends or label. A time that clocks jump over is refused.
    """
    starts_at = _instant(host, begins, "begins")
    ends_at = _instant(host, ends, "ends")
    if ends_at <= starts_at:
        raise Invalid(_("The end is not after the beginning."), code="invalid_block", field="ends")
    if ends_at <= now:
        raise Invalid(
            _("This time is over. Choose one that is still to come."), code="invalid_block", field="ends"
        )
    if ends_at - starts_at > LONGEST:
        raise Invalid(_("At most one year at a time."), code="invalid_block", field="ends")
    if ends_at > now + FARTHEST:
        raise Invalid(
            _("That is too far away. Three years ahead is the most."), code="invalid_block", field="ends"
        )
    with transaction.atomic():
        people.lock([host.user_id])
        return BlockedTime.objects.create(
            host=host, starts_at=starts_at, ends_at=ends_at, label=checked_label(label)
        )


def unblock_time(host: Host, blocked_id: int) -> None:
    """Raises NotFound for what is not this host's."""
    with transaction.atomic():
        people.lock([host.user_id])
        gone, _by_model = BlockedTime.objects.filter(host=host, pk=blocked_id).delete()
    if not gone:
        raise NotFound(_("This entry is gone already."))


def booked_within(host: Host, start: datetime, end: datetime, *, now: datetime) -> int:
    """How many sessions lie in that time, so that a host who takes it out knows."""
    bookings = Booking.objects.filter(claiming(now), host=host, ends_at__gt=start, starts_at__lt=end)
    return bookings.filter(ends_at__gt=now).count()


def _instant(host: Host, wall: Wall, field: str) -> datetime:
    try:
        return instant(instant_of(wall.day, wall.minute, host.user.time_zone, ends=field == "ends"))
    except Invalid as refusal:
        raise Invalid(refusal.message, code=refusal.code, field=field) from None
    except (OverflowError, ValueError):
        raise Invalid(_("There is no such day."), code="invalid_block", field=field) from None
