"""Who is at the built-in room now, in which state, and since when?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Max, Q

from duologue.bookings.models import Booking, Party
from duologue.calls.models import Presence
from duologue.core.kept import Kept, given

_LATEST = Kept(
    lambda: Presence.objects.filter(booking_id=given("booking"), party=given("party")).order_by("-id")[:1]
)
_NEWEST = Presence.objects.order_by().values("party").annotate(newest=Max("id")).values("newest")
# In one statement what every page asks each second: its own stay, and the newest of both.
_AROUND = Kept(
    lambda: Presence.objects.filter(
        Q(epoch=given("epoch")) | Q(pk__in=_NEWEST.filter(booking_id=given("booking"))),
        booking_id=given("booking"),
    )
)
LOST_AFTER = timedelta(seconds=15)
"""Without picture and sound a page asks every second or two; silence this long means it is gone."""
LOST_AFTER_CONNECTED = timedelta(seconds=40)
"""Once connected it only beats every 12 seconds."""


class State(StrEnum):
    ABSENT = "absent"
    WAITING = "waiting"
    DOOR = "door"
    """Wanted to go in, and waits for the host's word."""
    HERE = "here"
    LOST = "lost"
    LEFT = "left"


def latest(booking: Booking, party: Party) -> Presence | None:
    """The newest stay of a party: an older page of the same person no longer counts."""
    return _LATEST.first(booking=booking.pk, party=party.value)


@dataclass(frozen=True, slots=True)
class Around:
    """The stays that matter to one page: its own, and the newest of each of the two."""

    stays: list[Presence]

    def of_page(self, party: Party, epoch: str) -> Presence | None:
        return next((stay for stay in self._of(party) if stay.epoch == epoch), None)

    def newest(self, party: Party) -> Presence | None:
        return max(self._of(party), key=lambda stay: stay.pk, default=None)

    def _of(self, party: Party) -> list[Presence]:
        return [stay for stay in self.stays if stay.party == party.value]


def around(booking: Booking, epoch: str) -> Around:
    """Whom a page that calls its stay `epoch` finds at the room, in one reading."""
    return Around(_AROUND.all(booking=booking.pk, epoch=epoch))


def state(presence: Presence | None, now: datetime) -> State:
    if presence is None:
        return State.ABSENT
    if presence.left_at is not None:
        return State.LEFT
    if now - presence.seen_at > patience(presence):
        return State.LOST
    if presence.entered_at is not None:
        return State.HERE
    return State.WAITING if presence.knocked_at is None else State.DOOR


def patience(presence: Presence) -> timedelta:
    """How long a stay may be silent before it counts as lost."""
    return LOST_AFTER_CONNECTED if is_connected(presence) else LOST_AFTER


def is_connected(presence: Presence) -> bool:
    """Whether its page had picture or sound when it was last seen."""
    return presence.connected_seen_at is not None and presence.connected_seen_at == presence.seen_at


def since(presence: Presence | None, now: datetime) -> datetime | None:
    """Since when the state of `presence` holds."""
    if presence is None:
        return None
    if presence.left_at is not None:
        return presence.left_at
    if state(presence, now) is State.LOST:
        return presence.seen_at
    return presence.entered_at or presence.knocked_at or presence.arrived_at
