"""Who cancels often? Counted per person, on both sides, with and without an account (CANCEL-4)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from duologue.bookings.models import Booking, Party, Person
from duologue.bookings.policy import LOOKED_AT, TOO_OFTEN, cancels_often
from duologue.bookings.queries import PEOPLE, past
from duologue.bookings.reasons import Reason
from duologue.bookings.states import Status

LOOKS_BACK = timedelta(days=365)
MOST = 50
SHORT_BEFORE = timedelta(days=2)

_BY_OPERATOR = {
    Party.HOST: Reason.HOST_CANNOT_COME.value,
    Party.ATTENDEE: Reason.ATTENDEE_CANNOT_COME.value,
}
Key = tuple[int | None, str]
"""A person: the user's id, or the address of somebody without an account."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One of a person's latest sessions: their side, and whether it was they who cancelled it."""

    booking: Booking
    party: Party
    is_cancelled: bool

    @property
    def is_short_before(self) -> bool:
        at = self.booking.cancelled_at or self.booking.starts_at
        return self.is_cancelled and at > self.booking.starts_at - SHORT_BEFORE

    @property
    def other(self) -> Person:
        is_host = self.party is Party.HOST
        return self.booking.attendee_person if is_host else self.booking.host_person


@dataclass(frozen=True, slots=True)
class Canceller:
    """Somebody who cancels often, with their latest sessions, latest first."""

    person: Person
    sessions: tuple[Seen, ...]

    @property
    def cancelled(self) -> int:
        return sum(one.is_cancelled for one in self.sessions)

    @property
    def short_before(self) -> int:
        return sum(one.is_short_before for one in self.sessions)


def frequent(now: datetime) -> list[Canceller]:
    """Who cancelled too many of their latest sessions, the most first; those of the last year only."""
    found = [_canceller(key, now) for key in _candidates(now)]
    flagged = [one for one in found if cancels_often([seen.is_cancelled for seen in one.sessions])]
    return sorted(flagged, key=lambda one: -one.cancelled)


def cancelled_by(booking: Booking, party: Party) -> bool:
    """Whether it was this side that took the session away, by an operator's hand too."""
    if party is Party.HOST and hasattr(booking, "cannot_come"):
        return booking.status in {Status.CANCELLED, Status.NO_SHOW}
    if booking.status != Status.CANCELLED:
        return False
    by_operator = booking.cancelled_by == "operator" and booking.cancellation_reason == _BY_OPERATOR[party]
    return by_operator or booking.cancelled_by == party.value


def _candidates(now: datetime) -> list[Key]:
    """People with enough cancellations at all, so that only their sessions are read."""
    recent = Booking.objects.filter(status=Status.CANCELLED.value, cancelled_at__gt=now - LOOKS_BACK)
    counts: Counter[Key] = Counter()
    as_attendee = recent.filter(_by(Party.ATTENDEE)).values_list("attendee_id", "attendee_email")
    for user_id, email, count in as_attendee.annotate(count=Count("pk")).order_by():
        counts[user_id, "" if user_id else email] += count
    late = Q(status=Status.NO_SHOW.value, cannot_come__at__gt=now - LOOKS_BACK)
    as_host = Booking.objects.filter(Q(pk__in=recent.filter(_by(Party.HOST))) | late)
    for user_id, count in as_host.values_list("host__user_id").annotate(count=Count("pk")).order_by():
        counts[user_id, ""] += count
    return [key for key, count in counts.most_common(MOST) if count >= TOO_OFTEN]


def _by(party: Party) -> Q:
    reported = Q(cannot_come__isnull=False) if party is Party.HOST else Q(pk__in=[])
    by_operator = Q(cancelled_by="operator", cancellation_reason=_BY_OPERATOR[party])
    return Q(cancelled_by=party.value) | by_operator | reported


def _canceller(key: Key, now: datetime) -> Canceller:
    sessions = tuple(_seen(booking, key) for booking in _latest(key, now))
    newest = sessions[0]
    booking = newest.booking
    person = booking.host_person if newest.party is Party.HOST else booking.attendee_person
    return Canceller(person, sessions)


def _latest(key: Key, now: datetime) -> QuerySet[Booking]:
    """What was decided last: a session counts from its end, or from when it was cancelled."""
    user_id, email = key
    whose = Q(attendee_id=user_id) | Q(host__user_id=user_id)
    if user_id is None:
        whose = Q(attendee__isnull=True, attendee_email=email)
    decided = Booking.objects.filter(whose, past(now)).select_related(*PEOPLE, "cannot_come")
    return decided.order_by(Coalesce("cancelled_at", "ends_at").desc(), "pk")[:LOOKED_AT]


def _seen(booking: Booking, key: Key) -> Seen:
    party = booking.party_of(key[0]) or Party.ATTENDEE
    return Seen(booking, party, cancelled_by(booking, party))
