"""Which sessions wait for an operator's word?"""

from dataclasses import dataclass
from datetime import datetime

from duologue.bookings.models import Booking, CannotCome, Objection
from duologue.bookings.queries import PEOPLE
from duologue.bookings.states import AGREED, Status
from duologue.core.money import Money
from duologue.payments.models import Payment

_PEOPLE = tuple(f"booking__{one}" for one in PEOPLE)


@dataclass(frozen=True, slots=True)
class InNeed:
    """A session, what the host says about it, and the money at stake; None where nothing was paid."""

    booking: Booking
    words: str
    money: Money | None


def hosts_who_cannot_come(now: datetime) -> list[InNeed]:
    """Sessions to cancel, the nearest first."""
    reports = CannotCome.objects.filter(booking__status__in=[status.value for status in AGREED])
    found = reports.select_related(*_PEOPLE).order_by("booking__starts_at")
    return _in_need([one for one in found if one.booking.status_at(now) in AGREED])


def objections() -> list[InNeed]:
    """Hosts who say that they did come, the longest waiting first."""
    found = Objection.objects.filter(decided_at__isnull=True, booking__status=Status.NO_SHOW.value)
    return _in_need(list(found.select_related(*_PEOPLE).order_by("at")))


def _in_need(found: list[CannotCome] | list[Objection]) -> list[InNeed]:
    paid = Payment.objects.filter(
        booking__in=[one.booking_id for one in found], status=Payment.Status.SUCCEEDED
    )
    money = {payment.booking_id: payment.money for payment in paid}
    return [InNeed(one.booking, one.words, money.get(one.booking_id)) for one in found]
