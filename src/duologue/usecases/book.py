"""Take an open slot: the hold from the click to the end of payment (BOOK-2, BOOK-3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duologue.accounts import people
from duologue.accounts.models import User, normal_email
from duologue.bookings import claims
from duologue.bookings.models import Booking
from duologue.bookings.policy import LIVING_HOLDS_A_BROWSER, LIVING_HOLDS_AN_ADDRESS, hold_until
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor, move, write_history
from duologue.core import clock
from duologue.core.errors import Invalid, NotFound, Refused, SlotTaken
from duologue.core.ids import uuid7
from duologue.jobs import queue
from duologue.scheduling.models import EventType
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
    event_type = _event_type(wish.event_type_id)
    starts_at = _instant(wish.starts_at)
    try:
        with transaction.atomic():
            people.lock([event_type.host.user_id, wish.user_id], email=_unproved(wish))
            return _hold(event_type, starts_at, wish, now)
    except IntegrityError as error:
        if "overlap" in str(error) or "one_winner" in str(error):
            raise SlotTaken(str(SORRY)) from error
        raise
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "40P01":
            raise SlotTaken(str(SORRY)) from error
        raise


def _event_type(event_type_id: int) -> EventType:
    found = EventType.objects.select_related("host__user").filter(pk=event_type_id).first()
    if found is None:
        raise NotFound(_("There is no such offer."))
    return found


def _instant(value: datetime) -> datetime:
    try:
        return clock.aware(value)
    except (ValueError, OverflowError) as error:
        raise Invalid(str(error), code="naive_time") from error


def _unproved(wish: Wish) -> str:
    return "" if wish.user is not None else wish.address


def _hold(event_type: EventType, starts_at: datetime, wish: Wish, now: datetime) -> Booking:
    mine = _resumable(event_type, starts_at, wish, now)
    if mine is not None:
        return mine
    _check_people(event_type, wish)
    _check_slot(event_type, starts_at, now)
    booking = _new_booking(event_type, starts_at, wish, now)
    _release_dead_holds(booking, now)
    _check_limits(wish, now)
    check_no_other_session(booking, user_id=wish.user_id, email=wish.address, now=now)
    booking.save(force_insert=True)
    write_history(booking, None, now=now, actor=Actor("attendee", wish.user_id), cause="held")
    owe_expiry(booking, now=now)
    return booking


def _resumable(event_type: EventType, starts_at: datetime, wish: Wish, now: datetime) -> Booking | None:
    """The living hold that this person already has on this very slot."""
    held = Booking.objects.filter(
        claims.living_holds(now=now), event_type=event_type, starts_at=starts_at
    ).first()
    if held is None:
        return None
    same_user = held.attendee_id is not None and held.attendee_id == wish.user_id
    same_browser = held.attendee_id is None and bool(wish.browser) and held.holder == wish.browser
    return held if same_user or same_browser else None


def _check_people(event_type: EventType, wish: Wish) -> None:
    host = event_type.host
    if not host.is_bookable or not event_type.is_active:
        raise Refused(_("%(name)s takes no bookings at the moment.") % {"name": host}, code="not_bookable")
    if wish.user_id == host.user_id or (wish.address and wish.address == host.user.email):
        raise Refused(_("You cannot book yourself."), code="own_session")


_REASONS = {
    "off_grid": gettext_lazy("That is not one of the times on offer."),
    "outside_hours": gettext_lazy("That is outside the hours on offer."),
    "too_soon": gettext_lazy("That is too soon. Please choose a later time."),
    "too_far": gettext_lazy("That is further ahead than bookings go."),
    "day_full": gettext_lazy("That day is full."),
}


def _check_slot(event_type: EventType, starts_at: datetime, now: datetime) -> None:
    reason = find_slots.refusal(event_type, starts_at, now=now)
    if reason == "taken":
        raise SlotTaken(str(SORRY))
    if reason is not None:
        raise Refused(str(_REASONS[reason]), code=reason)


def _new_booking(event_type: EventType, starts_at: datetime, wish: Wish, now: datetime) -> Booking:
    ends_at = starts_at + timedelta(minutes=event_type.duration)
    user = wish.user
    return Booking(
        id=uuid7(now),
        host=event_type.host,
        event_type=event_type,
        attendee=user,
        attendee_name=(user.name if user is not None else "") or wish.name,
        attendee_email=wish.address,
        attendee_time_zone=wish.time_zone,
        attendee_language=wish.language,
        holder=wish.browser,
        status=Status.PENDING_PAYMENT.value,
        starts_at=starts_at,
        ends_at=ends_at,
        blocked_from=starts_at - timedelta(minutes=event_type.buffer_before),
        blocked_until=ends_at + timedelta(minutes=event_type.buffer_after),
        hold_expires_at=hold_until(now, now, settings.DUOLOGUE_HOLD),
        title=event_type.name,
        price_amount=event_type.price_amount,
        currency=event_type.currency,
        cancel_hours=settings.DUOLOGUE_CANCEL_HOURS,
        note=wish.note,
        created_at=now,
    )


def _release_dead_holds(booking: Booking, now: datetime) -> None:
    for dead in claims.dead_holds(booking.host, booking.blocked_from, booking.blocked_until, now=now):
        move(dead, Status.EXPIRED, now=now, cause="hold_ended")


def _check_limits(wish: Wish, now: datetime) -> None:
    living = Booking.objects.filter(claims.living_holds(now=now))
    if wish.browser and living.filter(holder=wish.browser).count() >= LIVING_HOLDS_A_BROWSER:
        raise Refused(
            _("You already hold %(count)s times. Pay for one or give one back first.")
            % {"count": LIVING_HOLDS_A_BROWSER},
            code="too_many_holds",
        )
    check_address_limit(wish.address, now=now)


def check_address_limit(email: str, *, now: datetime, besides: Booking | None = None) -> None:
    """At most five living holds an address (BOOK-6)."""
    if not email:
        return
    holds = Booking.objects.filter(claims.living_holds(now=now), attendee_email=email)
    if besides is not None:
        holds = holds.exclude(pk=besides.pk)
    if holds.count() >= LIVING_HOLDS_AN_ADDRESS:
        raise Refused(
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
        raise Refused(_("There is already a session of yours at that time."), code="overlap")


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
