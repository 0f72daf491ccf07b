"""Book the next session for the attendee of this one: free, or to be paid from the mail (BOOK-2, BOOK-5)."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from duologue.bookings.claims import living_holds
from duologue.bookings.locks import lock
from duologue.bookings.models import Booking, Party
from duologue.bookings.policy import follow_up_until
from duologue.bookings.queries import PEOPLE, claiming
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core.errors import Forbidden, NotFound, Refused
from duologue.jobs import queue
from duologue.notifications import outbox
from duologue.payments.registry import default_slug
from duologue.scheduling import terms
from duologue.scheduling.terms import Sold
from duologue.usecases import find_slots, remind_to_pay
from duologue.usecases.book import (
    Wish,
    check_people,
    instant_of,
    look,
    new_booking,
    one_winner,
    refuse_start,
    write_hold,
)
from duologue.usecases.confirm import confirm
from duologue.usecases.expire_hold import end_hold

MOST_WAITING = 3
"""Unpaid next sessions of one host for one person."""
MAY_FOLLOW = frozenset({Status.IN_PROGRESS, Status.COMPLETED})


@dataclass(frozen=True, slots=True)
class NextTime:
    """Which start of which offer, and whether the host asks nothing for it."""

    event_type_id: int
    starts_at: datetime
    is_free: bool = False


def book_follow_up(after: Booking, wish: NextTime, *, by: Actor, now: datetime) -> Booking:
    """Take the time for the attendee of `after`: confirmed at once when it is free, else held for days.

    The same asked for twice is made once.
    The caller has made sure that `by` is its host. Raises NotFound for an offer that is not theirs; Refused
    `not_begun`, `payments_off`, and all that `book` says about a start and about people.
    """
    sold = _sold(after, wish)
    wish = replace(wish, starts_at=instant_of(wish.starts_at))
    refuse_start(find_slots.out_of_reach(wish.starts_at, now=now))
    with one_winner(), transaction.atomic():
        lock(after)
        if not may_follow(after, now=now):
            raise Refused(_("You can book the next session once this one has begun."), code="not_begun")
        made = _made_already(after, wish, now)
        if made is not None:
            return made
        _check_waiting(after, now)
        booking = _hold(after, wish, sold, by=by, now=now)
        if booking.is_free:
            confirm(booking, now=now, actor=by, cause="free")
        else:
            outbox.owe(_mail("follow_up", booking, Party.ATTENDEE), now=now)
            queue.enqueue(*remind_to_pay.owed(booking, now=now), now=now)
        return booking


def may_follow(after: Booking, *, now: datetime) -> bool:
    return after.status_at(now) in MAY_FOLLOW


def booker(party: Party | None, user_id: int | None) -> Actor:
    """Who books for somebody: the host. Raises NotFound for a stranger, Forbidden for the attendee."""
    if party is None:
        raise NotFound(_("There is no such session, or it is not yours."))
    if party is not Party.HOST:
        raise Forbidden(_("Only the host books for somebody else."))
    return Actor(party.value, user_id)


def withdraw_follow_up(booking: Booking, *, by: Actor, now: datetime) -> None:
    """The host takes back what nobody has paid yet. Raises Refused `not_held`, `already_paid`."""
    if booking.pay_until is None or booking.status not in {Status.PENDING_PAYMENT, Status.EXPIRED}:
        raise Refused(_("This time is booked already, so it cannot be given back here."), code="not_held")
    if not end_hold(booking, now=now, actor=by, cause="withdrawn"):
        raise Refused(_("The payment arrived a moment ago, so the time is booked."), code="already_paid")


def _sold(after: Booking, wish: NextTime) -> Sold:
    sold = terms.sold(wish.event_type_id)
    if sold is None or sold.terms.host_id != after.host_id:
        raise NotFound(_("There is no such offer."))
    if not wish.is_free and not sold.terms.is_free and not default_slug():
        raise Refused(
            _("Payments are not set up here, so only free sessions can be booked."), code="payments_off"
        )
    return sold


def _made_already(after: Booking, wish: NextTime, now: datetime) -> Booking | None:
    same = after.follow_ups.filter(claiming(now), event_type=wish.event_type_id, starts_at=wish.starts_at)
    return same.select_related(*PEOPLE).first()


def _check_waiting(after: Booking, now: datetime) -> None:
    """What a host holds for somebody is counted for itself: it keeps nobody from booking elsewhere."""
    waiting = Booking.objects.filter(living_holds(now=now), pay_until__isnull=False)
    if waiting.filter(host=after.host, attendee_email=after.attendee_email).count() >= MOST_WAITING:
        raise Refused(
            _("%(count)s times wait to be paid by this person. Take one back first.")
            % {"count": MOST_WAITING},
            code="too_many_holds",
        )


def _hold(after: Booking, wish: NextTime, sold: Sold, *, by: Actor, now: datetime) -> Booking:
    whose = _as_attendee(after, wish)
    booking = new_booking(sold, wish.starts_at, whose, now)
    booking.follows, booking.wants_reminders = after, after.wants_reminders
    booking.host = after.host
    if wish.is_free:
        booking.price_amount = 0
    if not booking.is_free:
        booking.pay_until = follow_up_until(now, wish.starts_at, settings.DUOLOGUE_HOLD)
        booking.hold_expires_at = booking.pay_until
    check_people(sold, whose)
    seen = look(sold.terms, booking, now)
    refuse_start(seen.refusal)
    if seen.is_elsewhere:
        raise Refused(_("One of you has another session at that time."), code="overlap")
    write_hold(booking, seen, by=by, cause="follow_up", now=now)
    return booking


def _as_attendee(after: Booking, wish: NextTime) -> Wish:
    """The attendee as they are known: by their account, else by name and address."""
    return Wish(
        event_type_id=wish.event_type_id,
        starts_at=wish.starts_at,
        user=after.attendee,
        name=after.attendee_name,
        email=after.attendee_email,
        time_zone=after.attendee_time_zone,
        language=after.attendee_language,
    )


def _mail(template: str, booking: Booking, party: Party) -> outbox.Mail:
    return outbox.Mail(
        template=template,
        key=f"{template}:{booking.pk}:{party.value}",
        booking_id=booking.pk,
        party=party.value,
    )
