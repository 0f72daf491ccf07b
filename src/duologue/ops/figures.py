"""How does the installation stand? Figures of the operators' overview, counted when asked."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, Sum

from duologue.accounts.models import Host
from duologue.bookings.models import Booking
from duologue.bookings.states import AGREED, Status
from duologue.core import clock
from duologue.core.money import Money
from duologue.jobs import queue
from duologue.jobs.models import ALIVE_WITHIN, WorkerBeat
from duologue.jobs.queue import Tally
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import Payment

_State = OutgoingMail.State
WAITING_MAILS = (_State.QUEUED, _State.SENDING, _State.RETRYING)


@dataclass(frozen=True, slots=True)
class Hosts:
    waiting: int
    oldest_since: datetime | None


@dataclass(frozen=True, slots=True)
class Mails:
    waiting: int
    failed: int
    last_sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Today:
    sessions: int
    running: int
    booked: int
    paid: tuple[Money, ...]
    holds: int


@dataclass(frozen=True, slots=True)
class Worker:
    """`silent_for` is None when no worker was ever heard."""

    silent_for: timedelta | None

    @property
    def is_alive(self) -> bool:
        return self.silent_for is not None and self.silent_for < ALIVE_WITHIN


def hosts() -> Hosts:
    waiting = Host.objects.filter(status=Host.Status.WAITING)
    found = waiting.aggregate(count=Count("pk"), oldest=Min("applied_at"))
    return Hosts(found["count"], found["oldest"])


def jobs(now: datetime) -> Tally:
    return queue.tally(now)


def mails() -> Mails:
    last = OutgoingMail.objects.filter(state=_State.SENT).order_by("-sent_at")
    counts = OutgoingMail.objects.aggregate(
        waiting=Count("pk", filter=Q(state__in=WAITING_MAILS)),
        failed=Count("pk", filter=Q(state=_State.FAILED)),
    )
    return Mails(counts["waiting"], counts["failed"], last.values_list("sent_at", flat=True).first())


def today(now: datetime, zone: ZoneInfo) -> Today:
    """The reader's own day, from midnight to midnight."""
    begin = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    end = (begin + timedelta(days=1, hours=12)).replace(hour=0)
    kept = [status.value for status in (*AGREED, Status.COMPLETED, Status.NO_SHOW)]
    agreed = [status.value for status in AGREED]
    counts = Booking.objects.aggregate(
        sessions=Count("pk", filter=Q(status__in=kept, starts_at__gte=begin, starts_at__lt=end)),
        running=Count("pk", filter=Q(status__in=agreed, starts_at__lte=now, ends_at__gt=now)),
        booked=Count("pk", filter=Q(confirmed_at__gte=begin, confirmed_at__lt=end)),
        holds=Count("pk", filter=Q(status=Status.PENDING_PAYMENT.value, hold_expires_at__gt=now)),
    )
    return Today(**counts, paid=_paid(begin, end))


def _paid(begin: datetime, end: datetime) -> tuple[Money, ...]:
    """What was paid, a sum for each currency."""
    rows = Payment.objects.filter(status=Payment.Status.SUCCEEDED, paid_at__gte=begin, paid_at__lt=end)
    sums: dict[str, int] = defaultdict(int)
    for currency, amount in rows.order_by("currency").values_list("currency").annotate(total=Sum("amount")):
        sums[currency] += amount
    return tuple(Money(amount, currency) for currency, amount in sums.items())


def worker() -> Worker:
    beat_at = WorkerBeat.objects.order_by("-beat_at").values_list("beat_at", flat=True).first()
    return Worker(None if beat_at is None else max(timedelta(), clock.machine() - beat_at))
