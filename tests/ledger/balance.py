"""Is the ledger right? What must hold after every step, and what when everything has come to its end."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

from duologue.bookings import queries
from duologue.bookings.models import Booking, Party
from duologue.bookings.states import CLAIMING, Status, is_allowed
from duologue.jobs import chores, queue
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.payments import given_back, refunds
from duologue.payments.models import CheckoutAttempt, Payment, Receipt, Refund
from duologue.usecases.answer_question import close_question
from duologue.usecases.decide_objection import decide_objection
from duologue.usecases.retry_refund import retry_refund
from duologue.usecases.settle_by_hand import settle_by_hand
from tests.ledger.world import World

NEVER_HAPPENED = {Status.CANCELLED, Status.EXPIRED, Status.PENDING_PAYMENT}
GOODWILL = {Refund.Cause.OPERATOR, Refund.Cause.HOST_ABSENT, Refund.Cause.PAID_TWICE}
"""Money of a session that stands goes back only so: given by an operator, or before a correction."""
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
THE_END = (
    *(11 * _MINUTE for _ in range(3)),
    *(61 * _MINUTE for _ in range(4)),
    *(_DAY + _HOUR for _ in range(4)),
    11 * _DAY,
    36 * _DAY,
    *(_DAY + _HOUR for _ in range(2)),
)
"""Pauses of the worker's last turns: holds, transfers, sessions, the latest look at a refund."""
MOST_TURNS = 9
"""So often operators find something new to do, and no more."""


def check_always(world: World) -> None:
    """After every step."""
    now = world.now
    rows = list(Booking.objects.annotate(in_sql=queries.status_at(now)))
    for booking in rows:
        assert booking.status_at(now) == booking.in_sql, f"{booking.pk}: SQL says {booking.in_sql}"
    _check_one_holder(rows, now)
    _check_one_place(rows)
    assert not world.till.violations()
    broken = Job.objects.filter(last_error__contains="The log tells more.")
    assert not broken.exists(), broken.values_list("name", "last_error")


def _check_one_holder(rows: list[Booking], now: datetime) -> None:
    held = [one for one in rows if one.status in CLAIMING]
    held.sort(key=lambda one: (one.host_id, one.blocked_from))
    for one, following in pairwise(held):
        is_apart = one.host_id != following.host_id or one.blocked_until <= following.blocked_from
        assert is_apart, f"{one.pk} and {following.pk} hold one time at {now}"


def _check_one_place(rows: list[Booking]) -> None:
    """Nobody has agreed to be in two sessions at once."""
    agreed = [one for one in rows if one.status in CLAIMING - {Status.PENDING_PAYMENT}]
    agreed.sort(key=lambda one: (one.attendee_email, one.starts_at))
    for one, following in pairwise(agreed):
        is_apart = one.attendee_email != following.attendee_email or one.ends_at <= following.starts_at
        assert is_apart, f"{one.pk} and {following.pk} are one person's at one time"


def bring_to_an_end(world: World) -> None:
    """Everything works again, the operators do their part, and time passes."""
    world.till.calm()
    for pause in THE_END:
        world.clock.move(pause)
        _work(world)
        for _ in range(MOST_TURNS):
            if not _operate(world):
                break
            _work(world)
        else:
            raise AssertionError("The operators are never done.")
        check_always(world)


def _work(world: World) -> None:
    world.till.calm()
    chores.plan(world.now)
    run_due(world.now)


def _operate(world: World) -> bool:
    """Decide what waits for a decision, and see each refund to its end; False when nothing is left to do."""
    objections, failed = list(world.objections()), list(Job.objects.filter(state=Job.State.FAILED))
    stuck = list(Refund.objects.filter(status=Refund.Status.FAILED).select_related("attempt", "payment"))
    for job in failed:
        queue.retry(job.pk, world.now)
    for number, booking in enumerate(objections):
        decide_objection(booking, came=number % 2 == 0, by=world.olive, now=world.now)
    for refund in stuck:
        _end(world, refund)
    return bool(objections or failed or stuck)


def _end(world: World, refund: Refund) -> None:
    """Once more, unless the bank has it."""
    if world.till.is_disputed(refund.attempt):
        settle_by_hand(refund.pk, "The bank did it.", by=world.olive, now=world.now)
        return
    if refund.payment.disputed_at is not None:
        close_question(refund.payment_id)
    retry_refund(refund.pk, by=world.olive, now=world.now)


def check_ledger(world: World) -> None:
    """When all has come to its end."""
    now = world.now
    for booking in Booking.objects.select_related("payment"):
        _check_history(booking)
        _check_money(world, booking, now)
        _check_mails(booking, now)
    _check_nothing_waits(now)
    _check_refunds()
    _check_papers()


def _check_history(booking: Booking) -> None:
    """A path of the table, from the hold to where the booking stands."""
    steps = list(booking.transitions.values_list("from_status", "to_status"))
    assert steps[0] == ("", Status.PENDING_PAYMENT)
    for (_, before), (old, new) in pairwise(steps):
        assert old == before, steps
        assert is_allowed(Status(old), Status(new)), steps
    assert steps[-1][1] == booking.status, steps


def _check_money(world: World, booking: Booking, now: datetime) -> None:
    """Taken is kept for a session that stands, or returned."""
    payment = getattr(booking, "payment", None)
    if payment is None:
        assert booking.is_free or booking.status in NEVER_HAPPENED
        return
    attempts = list(payment.attempts.all())
    paid = [one for one in attempts if world.till.taken(one)]
    odd = [one for one in paid if world.till.taken(one) != payment.amount]
    if odd:
        assert payment.problem or payment.pk in world.closed_questions, "Another sum, and nobody is told."
        assert all(one.status != CheckoutAttempt.Status.PAID for one in odd)
    kept = sum(_kept(world, one) for one in paid if one not in odd)
    owed = payment.refunds.exclude(cause=Refund.Cause.PAID_TWICE)
    stands = booking.status not in NEVER_HAPPENED and not _host_was_absent(booking)
    stands = stands or _was_given_up(booking)
    if stands:
        causes = set(payment.refunds.values_list("cause", flat=True))
        assert causes <= GOODWILL, f"{booking.pk} stands, and went back for {causes}"
    collected = any(one.status == CheckoutAttempt.Status.PAID for one in attempts)
    assert booking.status in NEVER_HAPPENED or collected, f"{booking.pk} stands unpaid"
    first_disputed = any(world.till.is_disputed(one) for one in paid)
    if stands and not owed.exists() and not first_disputed:
        assert kept == booking.price_amount, f"{booking.pk} stands and {kept} is kept"
    elif not first_disputed or not stands:
        assert kept == 0, f"{booking.pk} is {booking.status} and {kept} is kept"
    else:
        assert kept in {0, booking.price_amount}
    _check_told(booking, payment)


def _host_was_absent(booking: Booking) -> bool:
    return booking.status == Status.NO_SHOW and booking.no_show_party == Party.HOST


def _was_given_up(booking: Booking) -> bool:
    """Cancelled by its attendee after the deadline of the first time: the money stays (CANCEL-5)."""
    if booking.status != Status.CANCELLED or booking.cancelled_by != Party.ATTENDEE:
        return False
    return booking.cancelled_at is not None and booking.cancelled_at >= booking.refund_until


def _kept(world: World, attempt: CheckoutAttempt) -> int:
    by_hand = [one for one in attempt.refunds.all() if one.pk in world.paid_by_hand]
    bank = world.till.taken(attempt) if world.till.is_disputed(attempt) else 0
    gone = world.till.returned(attempt) + sum(one.amount for one in by_hand) + bank
    return world.till.taken(attempt) - gone


def _check_told(booking: Booking, payment: Payment) -> None:
    """What pages and the API say about money that went back is true."""
    told = given_back.of_booking(booking.pk)
    owed = list(payment.refunds.exclude(cause=Refund.Cause.PAID_TWICE))
    assert (told is None) == (not owed)
    if told is not None:
        assert told.is_issued
        assert told.amount.amount == sum(one.amount for one in owed)


def _check_mails(booking: Booking, now: datetime) -> None:
    """Each of the two is told once what came of it."""
    sent: Counter[tuple[str, str]] = Counter(booking.mails.values_list("template", "party"))
    several = {"refunded", "host_marked_absent", "session_moved"}
    several |= {"times_proposed", "proposal_declined", "proposal_withdrawn"}
    assert all(number == 1 for (template, _), number in sent.items() if template not in several), sent
    for template, is_due in (
        ("confirmed", booking.confirmed_at is not None),
        ("session_cancelled", booking.status == Status.CANCELLED),
    ):
        for party in Party:
            assert ((template, party.value) in sent) is is_due, f"{template} to {party}: {sent}"
    if booking.pay_until is not None and booking.status == Status.EXPIRED:
        assert "follow_up_over" in {template for template, _ in sent}, sent
    went = [Refund.Status.SUCCEEDED, Refund.Status.SETTLED_BY_HAND]
    if Refund.objects.filter(payment__booking=booking, status__in=went).exists():
        assert ("refunded", Party.ATTENDEE.value) in sent


def _check_nothing_waits(now: datetime) -> None:
    status = Booking.objects.values_list("status", flat=True)
    assert not set(status) & {Status.PENDING_PAYMENT, Status.CONFIRMED, Status.IN_PROGRESS}, list(status)
    done = {CheckoutAttempt.Status.PAID, CheckoutAttempt.Status.CLOSED}
    assert set(CheckoutAttempt.objects.values_list("status", flat=True)) <= done
    ended = {Refund.Status.SUCCEEDED, Refund.Status.SETTLED_BY_HAND}
    assert set(Refund.objects.values_list("status", flat=True)) <= ended
    assert not Payment.objects.filter(status=Payment.Status.PENDING).exists()
    written = {"sent", "kept", "dropped"}
    assert set(OutgoingMail.objects.values_list("state", flat=True)) <= written
    stuck = Job.objects.exclude(state=Job.State.WAITING) | Job.objects.filter(run_at__lte=now)
    assert not stuck.exists(), list(stuck.values_list("key", "state", "last_error"))
    names = set(Job.objects.exclude(key__startswith="every:").values_list("name", flat=True))
    assert names <= {"look_at_refund"}, names


def _check_refunds() -> None:
    """Each is a path of its table, and no checkout has two."""
    attempts = list(Refund.objects.values_list("attempt", flat=True))
    assert len(attempts) == len(set(attempts))
    for refund in Refund.objects.all():
        steps = list(refund.transitions.values_list("from_status", "to_status"))
        assert steps[0] == ("", Refund.Status.PENDING)
        for (_, before), (old, new) in pairwise(steps):
            assert old == before, steps
            assert new in refunds.ALLOWED[old], steps
        assert steps[-1][1] == refund.status, steps


def _check_papers() -> None:
    """Every payment has its receipt and every refund its credit note, numbered without a gap."""
    paid = set(Payment.objects.filter(status=Payment.Status.SUCCEEDED).values_list("pk", flat=True))
    papers = Receipt.objects.filter(kind=Receipt.Kind.RECEIPT)
    assert sorted(papers.values_list("payment", flat=True)) == sorted(paid)
    back = set(Refund.objects.exclude(cause=Refund.Cause.PAID_TWICE).values_list("pk", flat=True))
    notes = Receipt.objects.filter(kind=Receipt.Kind.CREDIT_NOTE)
    assert set(notes.values_list("refund", flat=True)) == back
    series = defaultdict(list)
    for number in Receipt.objects.values_list("number", flat=True):
        name, _, last = number.rpartition("-")
        series[name].append(int(last))
    for numbers in series.values():
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
