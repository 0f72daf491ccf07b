"""Who does what in the ledger's world? A few people, hosts and operators, a worker, and a clock of its own.

Everything goes through the product's use cases and jobs; what a person is refused changes nothing.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from duologue.bookings.models import Booking, Party, Proposal
from duologue.bookings.reasons import Reason
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core.errors import ProviderError, Refused
from duologue.jobs import chores
from duologue.jobs.worker import run_due
from duologue.payments.models import CheckoutAttempt, Payment, Refund
from duologue.usecases import answer_question
from duologue.usecases.answer_proposal import accept, decline
from duologue.usecases.begin_checkout import begin_checkout
from duologue.usecases.book import Wish, book
from duologue.usecases.book_follow_up import NextTime, book_follow_up, withdraw_follow_up
from duologue.usecases.cancel import cancel
from duologue.usecases.correct_outcome import say_absent, say_took_place
from duologue.usecases.decide_objection import decide_objection
from duologue.usecases.give_details import Details, give_details
from duologue.usecases.object_to_absence import object_to_absence
from duologue.usecases.propose_times import propose, withdraw
from duologue.usecases.release_hold import release_hold
from duologue.usecases.report_cannot_come import report_cannot_come
from duologue.usecases.reschedule import reschedule
from duologue.usecases.retry_refund import retry_refund
from duologue.usecases.settle_by_hand import settle_by_hand
from duologue.usecases.settle_payment import settle_payment
from tests.cast import make_event_type, make_host, make_user
from tests.ledger.gate import GATE, Killed
from tests.ledger.tills import nth

BEGINS = datetime(2026, 10, 19, 6, tzinfo=UTC)
EVERY_DAY = [(day, 9 * 60, 12 * 60) for day in range(7)]
_MINUTES = (0.5, 0.5, 5, 5, 31, 36, 36, 2 * 60, 11 * 60, 24 * 60, 3 * 24 * 60)
JUMPS = tuple(timedelta(minutes=minutes) for minutes in _MINUTES)
LAST_MOMENT = timedelta(seconds=90)
"""So near to a payment page's end, whoever goes on paying is given a second one."""
BERLIN = ZoneInfo("Europe/Berlin")
HAND = "Paid in another way, says the ledger."


class VirtualClock:
    """The only time there is; it moves when somebody moves it."""

    def __init__(self) -> None:
        self.at = BEGINS

    def now(self) -> datetime:
        return self.at

    def move(self, length: timedelta) -> None:
        self.at += length


class World:
    """`paid_by_hand` are the refunds for which an operator really paid, by id."""

    def __init__(self, till: Any, clock: VirtualClock) -> None:
        self.till, self.clock = till, clock
        self.paid_by_hand: set[Any] = set()
        self.closed_questions: set[Any] = set()
        self.deaths = 0
        till.open()
        self._make_people()

    def _make_people(self) -> None:
        make = {"email_proved_at": BEGINS, "date_joined": BEGINS}
        self.operator = make_user("olive@ledger.example", is_staff=True, **make)
        self.people = [make_user("amara@ledger.example", **make), make_user("sam@ledger.example", **make)]
        hosts = [make_host(make_user(f"host{n}@ledger.example", **make), hours=EVERY_DAY) for n in (1, 2)]
        rules = {"minimum_notice": 0, "slot_step": 30, "duration": 60}
        self.offers = [
            make_event_type(hosts[0], price=6500, currency="EUR", **rules),
            make_event_type(hosts[0], price=5000, currency="JPY", buffer_after=30, **rules),
            make_event_type(hosts[1], price=6510, currency="KWD", **rules),
            make_event_type(hosts[1], price=0, currency="EUR", **rules),
        ]

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def do(self, action: str, pick: int, twist: tuple[Any, ...] = ()) -> None:
        """One step; a second passes, so that history has an order."""
        self.clock.move(timedelta(seconds=1))
        try:
            self._twisted(lambda: self.act(action, pick), twist)
        except Killed:
            self._restart()
        finally:
            GATE.forget()

    def act(self, action: str, pick: int) -> None:
        try:
            getattr(self, action)(pick)
        except (Refused, ProviderError):
            # The person is told so on a page.
            return

    def _twisted(self, act: Callable[[], None], twist: tuple[Any, ...]) -> None:
        match twist:
            case ("statement", int(number)):
                with connection.execute_wrapper(_Death(number)):
                    act()
                return
            case ("call", str(point)):
                GATE.plan(point, _die)
            case ("meanwhile", str(point), str(other), int(pick)):
                GATE.plan(point, lambda: self.act(other, pick))
        act()

    def _restart(self) -> None:
        """A new process: the dead worker's jobs come back when their leases end."""
        self.deaths += 1
        self.clock.move(timedelta(minutes=1))

    # What attendees do

    def hold(self, pick: int) -> None:
        offer, who = self.offers[pick % 4], pick // 4 % 3
        wish = Wish(offer.pk, self._start(pick), browser="g" * 64 if who == 2 else f"{who}" * 64)
        if who < 2:
            wish = Wish(offer.pk, wish.starts_at, browser=wish.browser, user=self.people[who])
        booking = book(wish, now=self.now)
        user = self.people[who] if who < 2 else None
        details = Details("Guest of the Ledger", "guest@ledger.example", user=user)
        give_details(booking, details, now=self.now)

    def check_out(self, pick: int) -> None:
        booking = self._booking(pick, Status.PENDING_PAYMENT)
        if booking is not None:
            begin_checkout(booking, now=self.now)

    def hold_and_check_out(self, pick: int) -> None:
        self.hold(pick)
        newest = self._bookings().last()
        begin_checkout(newest, now=self.now)

    def buy(self, pick: int) -> None:
        """All the way, with the money there at once."""
        self.hold_and_check_out(pick)
        self.till.pay(-1, tell=False)
        self.come_back(-1)

    def pay_in_two_tabs(self, pick: int) -> None:
        """A second page is opened in the first one's last moment; both are paid, or the second is."""
        pages = CheckoutAttempt.objects.filter(status=CheckoutAttempt.Status.OPEN, expires_at__gt=self.now)
        first = nth(pages.select_related("payment").order_by("created_at", "pk"), pick // 2)
        if first is None:
            return
        self.clock.at = max(self.now, first.expires_at - LAST_MOMENT)
        begin_checkout(self._bookings().get(pk=first.payment.booking_id), now=self.now)
        for page in (-1, 0)[: 1 + pick % 2]:
            self.till.pay(page, tell=False)

    def come_back(self, pick: int) -> None:
        """The browser returns from the payment page; that makes us ask."""
        attempt = nth(CheckoutAttempt.objects.order_by("created_at", "pk"), pick)
        if attempt is not None:
            settle_payment(attempt.pk, now=self.now)

    def give_time_back(self, pick: int) -> None:
        booking = self._booking(pick, Status.PENDING_PAYMENT)
        if booking is not None:
            release_hold(booking, now=self.now, actor=Actor("attendee", booking.attendee_id))

    def cancel_as_attendee(self, pick: int) -> None:
        self._cancel(pick, lambda booking: Actor("attendee", booking.attendee_id), Reason.PLANS_CHANGED)

    def move(self, pick: int) -> None:
        booking = self._booking(pick, Status.CONFIRMED)
        if booking is not None:
            by = Actor("host") if pick % 3 == 0 else Actor("attendee", booking.attendee_id)
            reschedule(booking, self._start(pick), by=by, now=self.now)

    def answer_proposal(self, pick: int) -> None:
        """Mostly yes; no; or the host takes it back."""
        rows = Proposal.objects.order_by("at", "pk").reverse()
        proposal = nth(rows.filter(state=Proposal.State.OPEN), pick // 6) or nth(rows, pick)
        if proposal is None:
            return
        booking = self._bookings().get(pk=proposal.booking_id)
        if pick % 6 == 0:
            decline(booking, proposal.pk, now=self.now)
        elif pick % 6 == 1:
            withdraw(booking, proposal.pk, now=self.now)
        else:
            to = proposal.times[pick % len(proposal.times)]
            accept(booking, proposal.pk, to, by=Actor("attendee", booking.attendee_id), now=self.now)

    # What hosts and operators do

    def propose(self, pick: int) -> None:
        """Two times, or one that is taken at once."""
        booking = self._booking(pick, Status.CONFIRMED)
        if booking is None:
            return
        times = [self._start(pick), self._start(pick + 12)][: 1 + pick % 2]
        proposal = propose(booking, times, now=self.now)
        if pick % 3 == 0:
            accept(booking, proposal.pk, times[0], by=Actor("attendee", booking.attendee_id), now=self.now)

    def follow_up(self, pick: int) -> None:
        """The host books the next one, free or to be paid."""
        after = self._booking(pick, Status.COMPLETED, Status.IN_PROGRESS)
        if after is not None:
            wish = NextTime(after.event_type_id, self._start(pick), is_free=pick % 4 == 0)
            book_follow_up(after, wish, by=Actor("host", after.host.user_id), now=self.now)

    def follow_up_and_pay(self, pick: int) -> None:
        self.follow_up(pick)
        newest = self._bookings().filter(pay_until__isnull=False).last()
        if newest is not None:
            begin_checkout(newest, now=self.now)
            self.till.pay(-1, tell=False)

    def withdraw_follow_up(self, pick: int) -> None:
        newest = self._bookings().filter(pay_until__isnull=False).last()
        if newest is not None:
            withdraw_follow_up(newest, by=Actor("host", newest.host.user_id), now=self.now)

    def cancel_as_host(self, pick: int) -> None:
        self._cancel(pick, lambda booking: Actor("host", booking.host.user_id), Reason.VIDEO_TROUBLE)

    def cancel_as_operator(self, pick: int) -> None:
        self._cancel(pick, lambda booking: self.olive, Reason.HOST_CANNOT_COME)

    def cannot_come(self, pick: int) -> None:
        booking = self._booking(pick, Status.CONFIRMED)
        if booking is not None:
            report_cannot_come(booking, now=self.now)

    def say_host_absent(self, pick: int) -> None:
        self._correct(pick, Party.HOST)

    def say_attendee_absent(self, pick: int) -> None:
        self._correct(pick, Party.ATTENDEE)

    def took_place(self, pick: int) -> None:
        booking = self._booking(pick, Status.NO_SHOW)
        if booking is not None:
            say_took_place(booking, by=self.olive, now=self.now)

    def object(self, pick: int) -> None:
        booking = self._booking(pick, Status.NO_SHOW)
        if booking is not None:
            object_to_absence(booking, words="I was there.", now=self.now)

    def decide(self, pick: int) -> None:
        booking = nth(self.objections(), pick) or self._booking(pick)
        if booking is not None:
            decide_objection(booking, came=pick % 2 == 0, by=self.olive, now=self.now)

    def retry(self, pick: int) -> None:
        refund = self._refund(pick)
        if refund is not None:
            retry_refund(refund.pk, by=self.olive, now=self.now)

    def by_hand(self, pick: int) -> None:
        refund = self._refund(pick)
        if refund is None:
            return
        settle_by_hand(refund.pk, HAND, by=self.olive, now=self.now)
        if not self.till.is_disputed(refund.attempt):
            self.paid_by_hand.add(refund.pk)

    def close_question(self, pick: int) -> None:
        payment = nth(Payment.objects.exclude(problem="").order_by("created_at", "pk"), pick)
        if payment is not None and payment.disputed_at is None:
            self.closed_questions.add(payment.pk)
            answer_question.close_question(payment.pk)

    def give_back_all(self, pick: int) -> None:
        payment = nth(Payment.objects.order_by("created_at", "pk"), pick)
        if payment is not None:
            answer_question.give_back_all(payment.pk, by=self.olive, now=self.now)

    # What time and the worker do

    def wait(self, pick: int) -> None:
        self.clock.move(JUMPS[pick % len(JUMPS)])

    def work(self, pick: int) -> None:
        """The worker looks; sometimes it gets no further than one or two jobs."""
        chores.plan(self.now)
        run_due(self.now, limit=(None, None, 1, 2)[pick % 4])

    def wait_and_work(self, pick: int) -> None:
        self.wait(pick)
        self.work(0)

    # What payers, banks and the network do

    def pay(self, pick: int) -> None:
        self.till.pay(pick, tell=False)

    def pay_and_tell(self, pick: int) -> None:
        self.till.pay(pick, tell=True)
        self.till.word(-1, kept=False, arrives=True)

    def decline(self, pick: int) -> None:
        self.till.decline(pick)

    def pay_another_sum(self, pick: int) -> None:
        self.till.pay_another_sum(pick)

    def transfer(self, pick: int) -> None:
        self.till.transfer(pick)

    def end_transfer(self, pick: int) -> None:
        self.till.end_transfer(pick, arrives=pick % 3 > 0)

    def trouble(self, pick: int) -> None:
        self.till.be_in_trouble(pick)

    def refuse_a_refund(self, pick: int) -> None:
        self.till.refuse_a_refund()

    def let_a_refund_wait(self, pick: int) -> None:
        self.till.let_a_refund_wait()

    def end_refund(self, pick: int) -> None:
        self.till.end_refund(pick, succeeds=pick % 2 == 0)

    def bounce(self, pick: int) -> None:
        self.till.bounce(pick)

    def dispute(self, pick: int) -> None:
        """Who was paid by hand does not go to the bank: against that no program can do anything."""
        self.till.dispute(pick, spared={str(one.attempt_id) for one in self._paid_by_hand()})

    def webhook(self, pick: int) -> None:
        self.till.word(pick, kept=False, arrives=True)

    def webhook_twice(self, pick: int) -> None:
        self.till.word(pick, kept=True, arrives=True)

    def lose_webhook(self, pick: int) -> None:
        self.till.word(pick, kept=False, arrives=False)

    # Finding things

    @property
    def olive(self) -> Actor:
        return Actor("operator", self.operator.pk)

    def _start(self, pick: int) -> datetime:
        """One of a few times of the next days, so that people want the same."""
        day = (self.now + timedelta(days=1 + pick // 12 % 3)).astimezone(BERLIN).date()
        at = datetime(day.year, day.month, day.day, 9, 30 * (pick // 4 % 2), tzinfo=BERLIN)
        return at.astimezone(UTC)

    def _bookings(self):
        rows = Booking.objects.select_related("host__user", "attendee", "event_type")
        return rows.order_by("created_at", "pk")

    def objections(self):
        """Bookings about which an operator has to decide."""
        return self._bookings().filter(objection__isnull=False, objection__decided_at=None)

    def _booking(self, pick: int, *apt: Status) -> Booking | None:
        """The newest first, as most that happens is about them; mostly one that stands as it should."""
        rows = self._bookings().reverse()
        if pick % 5 and (fitting := nth(rows.filter(status__in=apt), pick // 5)):
            return fitting
        return nth(rows, pick)

    def _refund(self, pick: int) -> Refund | None:
        open_ones = Refund.objects.filter(status__in=[Refund.Status.FAILED, Refund.Status.PENDING])
        return nth(open_ones.select_related("attempt").order_by("created_at", "pk"), pick)

    def _paid_by_hand(self):
        return Refund.objects.filter(pk__in=self.paid_by_hand)

    def _cancel(self, pick: int, actor: Callable[[Booking], Actor], reason: Reason) -> None:
        booking = self._booking(pick, Status.CONFIRMED, Status.IN_PROGRESS)
        if booking is not None:
            cancel(booking, by=actor(booking), reason=reason.value, now=self.now)

    def _correct(self, pick: int, party: Party) -> None:
        booking = self._booking(pick, Status.IN_PROGRESS, Status.COMPLETED)
        if booking is not None:
            say_absent(booking, party, by=self.olive, now=self.now)


class _Death:
    """Kills before the n-th statement from now, once: what the dying transaction undoes goes through."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left == -1:
            raise Killed
        return execute(sql, parameters, many, context)


def _die() -> None:
    raise Killed
