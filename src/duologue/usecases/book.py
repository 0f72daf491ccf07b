"""Take an open slot: the hold from the click to the end of payment (BOOK-2, BOOK-3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duologue.accounts import people
from duologue.accounts.models import User, normal_email
from duologue.bookings import claims
from duologue.bookings.models import Booking
from duologue.bookings.names import searched
from duologue.bookings.policy import LIVING_HOLDS_A_BROWSER, LIVING_HOLDS_AN_ADDRESS, hold_until
from duologue.bookings.queries import PEOPLE
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor, move, write_history
from duologue.core import clock, statements
from duologue.core.errors import Invalid, NotFound, Refused, SlotTaken
from duologue.core.ids import uuid7
from duologue.jobs import queue
from duologue.scheduling import terms
from duologue.scheduling.seconds import Row, together
from duologue.scheduling.slots import Refusal
from duologue.scheduling.terms import Sold, Terms
from duologue.usecases import find_slots

SORRY = gettext_lazy("Sorry, this time slot is no longer available.")


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants which start. A browser may hold before it says who it is; a user is known at once."""

    event_type_id: int
    starts_at: datetime
    browser: str = ""
    user: User | None = None
    name: str = ""
    email: str = ""
    time_zone: str = "UTC"
    language: str = "en"
    note: str = ""

    @property
    def address(self) -> str:
        return self.user.email if self.user is not None else normal_email(self.email)

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user is not None else None


def book(wish: Wish, *, now: datetime) -> Booking:
    """Hold the slot. The same person asking for the same start again gets the same hold.

    Raises NotFound for an unknown event type, SlotTaken for everyone who came second, and other Refused
    with the rule's code. Nothing is changed by a refusal.
    """
    sold = terms.sold(wish.event_type_id)
    if sold is None:
        raise NotFound(_("There is no such offer."))
    starts_at = instant_of(wish.starts_at)
    refuse_start(find_slots.out_of_reach(starts_at, now=now))
    with one_winner(), transaction.atomic():
        people.lock([sold.terms.user_id, wish.user_id], email=_unproved(wish))
        return _hold(sold, starts_at, wish, now)


@contextmanager
def one_winner() -> Iterator[None]:
    """Around the transaction that takes a time: what the database refuses is taken by somebody else."""
    try:
        yield
    except IntegrityError as error:
        if "overlap" in str(error) or "one_winner" in str(error):
            raise SlotTaken(str(SORRY)) from error
        raise
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "40P01":
            raise SlotTaken(str(SORRY)) from error
        raise


def instant_of(value: datetime) -> datetime:
    """The wished start; raises Invalid `naive_time` where it lacks its offset."""
    try:
        return clock.aware(value)
    except (ValueError, OverflowError) as error:
        raise Invalid(str(error), code="naive_time") from error


def _unproved(wish: Wish) -> str:
    return "" if wish.user is not None else wish.address


def _hold(sold: Sold, starts_at: datetime, wish: Wish, now: datetime) -> Booking:
    booking = new_booking(sold, starts_at, wish, now)
    seen = look(sold.terms, booking, now)
    mine = seen.resumable(wish)
    if mine is not None:
        return Booking.objects.select_related(*PEOPLE).get(pk=mine)
    check_people(sold, wish)
    write_hold(booking, seen, by=Actor("attendee", wish.user_id), cause="held", now=now)
    return booking


def write_hold(booking: Booking, seen: "Seen", *, by: Actor, cause: str, now: datetime) -> None:
    """Take the time unless something that was seen under the lock stands against it."""
    refuse_start(seen.refusal)
    for dead in claims.dead_holds_among(seen.dead):
        move(dead, Status.EXPIRED, now=now, cause="hold_ended")
    _check_limits(seen)
    if seen.is_elsewhere:
        raise _elsewhere()
    statements.insert(booking)
    write_history(booking, None, now=now, actor=by, cause=cause)
    owe_expiry(booking, now=now)


@dataclass(frozen=True, slots=True)
class Seen:
    """All that stands against a new booking, read under the lock in one statement."""

    refusal: Refusal | None
    held: list[Row]
    dead: list[UUID]
    holds_of_browser: int
    holds_of_address: int
    is_elsewhere: bool

    def resumable(self, wish: Wish) -> UUID | None:
        """The living hold that this person already has on this very slot."""
        for row in self.held:
            attendee_id, (name, _blank, holder) = row[1], row[4].partition(" ")
            is_same_user = bool(attendee_id) and attendee_id == wish.user_id
            is_same_browser = not attendee_id and bool(wish.browser) and holder == wish.browser
            if is_same_user or is_same_browser:
                return UUID(name)
        return None


def look(asked: Terms, booking: Booking, now: datetime) -> Seen:
    session = claims.Span(booking.starts_at, booking.ends_at)
    claim = claims.Span(booking.blocked_from, booking.blocked_until)
    slot_reads = find_slots.reads_at(asked, booking.starts_at, now=now)
    found = together(
        *slot_reads,
        claims.held_start_read(asked.host_id, asked.event_type_id, booking.starts_at, now=now),
        claims.dead_holds_read(asked.host_id, claim, now=now),
        *claims.hold_reads(booking.holder, booking.attendee_email, now=now),
        *claims.session_reads(booking.attendee_id, booking.attendee_email, session, now=now),
    )
    question = find_slots.answered([asked], found[: len(slot_reads)], now=now)[asked.event_type_id]
    held, dead, of_browser, of_address, *sessions = found[len(slot_reads) :]
    return Seen(
        refusal=find_slots.refusal_of(question, booking.starts_at),
        held=held,
        dead=[UUID(name) for *_, name in dead],
        holds_of_browser=sum(row[2] for row in of_browser),
        holds_of_address=sum(row[2] for row in of_address),
        is_elsewhere=any(sessions),
    )


def check_people(sold: Sold, wish: Wish) -> None:
    if not sold.is_open:
        raise Refused(
            _("%(name)s takes no bookings at the moment.") % {"name": sold.host_name}, code="not_bookable"
        )
    if wish.user_id == sold.terms.user_id or (wish.address and wish.address == sold.host_email):
        raise Refused(_("You cannot book yourself."), code="own_session")


_REASONS = {
    "off_grid": gettext_lazy("That is not one of the times on offer."),
    "outside_hours": gettext_lazy("That is outside the hours on offer."),
    "too_soon": gettext_lazy("That is too soon. Please choose a later time."),
    "too_far": gettext_lazy("That is further ahead than bookings go."),
    "day_full": gettext_lazy("That day is full."),
}


def refuse_start(reason: Refusal | None) -> None:
    """Raises Refused with the rule that speaks against a start, if any does."""
    if reason == "taken":
        raise SlotTaken(str(SORRY))
    if reason is not None:
        raise Refused(str(_REASONS[reason]), code=reason)


def new_booking(sold: Sold, starts_at: datetime, wish: Wish, now: datetime) -> Booking:
    rules, user = sold.terms.rules, wish.user
    ends_at = starts_at + timedelta(seconds=rules.duration)
    return Booking(
        id=uuid7(now),
        host_id=sold.terms.host_id,
        event_type_id=sold.terms.event_type_id,
        attendee=user,
        attendee_name=(user.name if user is not None else "") or wish.name,
        attendee_email=wish.address,
        attendee_time_zone=wish.time_zone,
        attendee_language=wish.language,
        host_search=searched(sold.host_name),
        attendee_search=searched((user.name if user is not None else "") or wish.name),
        holder=wish.browser,
        status=Status.PENDING_PAYMENT.value,
        starts_at=starts_at,
        ends_at=ends_at,
        blocked_from=starts_at - timedelta(seconds=rules.buffer_before),
        blocked_until=ends_at + timedelta(seconds=rules.buffer_after),
        hold_expires_at=hold_until(now, now, settings.DUOLOGUE_HOLD),
        title=sold.title,
        price_amount=sold.terms.price_amount,
        currency=sold.currency,
        cancel_hours=settings.DUOLOGUE_CANCEL_HOURS,
        note=wish.note,
        created_at=now,
    )


def _check_limits(seen: Seen) -> None:
    if seen.holds_of_browser >= LIVING_HOLDS_A_BROWSER:
        raise Refused(
            _("You already hold %(count)s times. Pay for one or give one back first.")
            % {"count": LIVING_HOLDS_A_BROWSER},
            code="too_many_holds",
        )
    if seen.holds_of_address >= LIVING_HOLDS_AN_ADDRESS:
        raise _too_many_of_address()


def check_address_limit(email: str, *, now: datetime, besides: Booking) -> None:
    """At most five living holds an address (BOOK-6)."""
    own = Booking.objects.filter(claims.living_holds(now=now), attendee_email=email, pay_until=None)
    holds = own.exclude(pk=besides.pk)
    if email and holds.count() >= LIVING_HOLDS_AN_ADDRESS:
        raise _too_many_of_address()


def _too_many_of_address() -> Refused:
    return Refused(
        _("This address already holds %(count)s times. Pay for one or give one back first.")
        % {"count": LIVING_HOLDS_AN_ADDRESS},
        code="too_many_holds",
    )


def check_no_other_session(booking: Booking, *, user_id: int | None, email: str, now: datetime) -> None:
    """Nobody has two sessions at one time (BOOK-6); people must be locked."""
    if claims.has_session(
        user_id=user_id,
        email=email,
        start=booking.starts_at,
        end=booking.ends_at,
        now=now,
        besides=booking.pk,
    ):
        raise _elsewhere()


def _elsewhere() -> Refused:
    return Refused(_("There is already a session of yours at that time."), code="overlap")


def owe_expiry(booking: Booking, *, now: datetime) -> None:
    """The timer that ends the hold; set again when the hold is extended."""
    if booking.hold_expires_at is None:
        msg = "Only a hold has an end."
        raise ValueError(msg)
    queue.enqueue(
        queue.Owed(
            name="expire_hold",
            key=f"expire_hold:{booking.pk}",
            run_at=booking.hold_expires_at,
            args={"booking_id": str(booking.pk)},
        ),
        now=now,
    )
