"""Which sessions of the next two hours may fail, why, and what helps? (OPS-1)"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from duologue.bookings.models import Booking
from duologue.bookings.queries import PEOPLE
from duologue.bookings.states import AGREED
from duologue.connections.models import Connection
from duologue.notifications.connection_letters import what_happened
from duologue.notifications.models import OutgoingMail
from duologue.notifications.sending import PEOPLE as READERS
from duologue.ops import lists
from duologue.ops.lists import MailRow
from duologue.video.places import Place, Standing, places_of
from duologue.video.registry import PROVIDERS, provider

AHEAD = timedelta(hours=2)
_Status = Connection.State


@dataclass(frozen=True, slots=True)
class Dead:
    """An account that a session relies on and that does not work."""

    connection: Connection
    words: str


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A session and what endangers it: its room is not settled, an account is dead, mails failed."""

    booking: Booking
    place: Place
    dead: Dead | None
    mails: tuple[MailRow, ...]
    minutes: int
    """Until it begins; 0 while it is on."""

    @property
    def lacks_room(self) -> bool:
        """Nothing is settled: no room at all, or one that only stands in."""
        return self.place.standing in {Standing.BEING_MADE, Standing.MISSING}


def at_risk(now: datetime) -> list[AtRisk]:
    """Those that begin within two hours, or are on; the nearest first. As many queries for one as for all."""
    soon = Booking.objects.filter(
        status__in=[status.value for status in AGREED], starts_at__lte=now + AHEAD, ends_at__gt=now
    )
    bookings = list(soon.select_related(*PEOPLE).order_by("starts_at", "pk"))
    places = places_of(bookings)
    dead = _dead(bookings, places)
    mails = _failed_mails(bookings)
    found = (
        AtRisk(
            booking=one,
            place=places[one.pk],
            dead=dead.get(one.pk),
            mails=tuple(mails.get(one.pk, ())),
            minutes=max(0, math.ceil((one.starts_at - now) / timedelta(minutes=1))),
        )
        for one in bookings
    )
    return [one for one in found if one.lacks_room or one.dead or one.mails]


def _dead(bookings: Iterable[Booking], places: dict[UUID, Place]) -> dict[UUID, Dead]:
    """By booking: the broken account of the platform where it is, or shall be, where no other stands in."""
    relying = [(one, _vendor(places[one.pk])) for one in bookings]
    relying = [(one, vendor) for one, vendor in relying if vendor]
    if not relying:
        return {}
    accounts = _accounts({vendor for _one, vendor in relying}, {one.host.user_id for one, _vendor in relying})
    found: dict[UUID, Dead] = {}
    for booking, vendor in relying:
        usable = [*accounts[(booking.host.user_id, vendor)], *accounts[(None, vendor)]]
        broken = next((one for one in usable if one.is_broken), None)
        if broken is not None and not any(one.works for one in usable):
            found[booking.pk] = Dead(broken, what_happened(broken))
    return found


def _vendor(place: Place) -> str:
    """Whose account the promised platform needs. A backup that was taken may need another's, or nobody's."""
    slug = place.platform or place.wanted
    return provider(slug).vendor if slug in PROVIDERS else ""


def _accounts(vendors: set[str], users: set[int]) -> dict[tuple[int | None, str], list[Connection]]:
    living = Connection.objects.filter(vendor__in=vendors).exclude(state=_Status.DISCONNECTED)
    found: dict[tuple[int | None, str], list[Connection]] = defaultdict(list)
    for one in living.select_related("user"):
        if one.user_id is None or one.user_id in users:
            found[(one.user_id, one.vendor)].append(one)
    return found


def _failed_mails(bookings: Iterable[Booking]) -> dict[UUID, list[MailRow]]:
    failed = OutgoingMail.objects.filter(booking__in=list(bookings), state=OutgoingMail.State.FAILED)
    found: dict[UUID, list[MailRow]] = defaultdict(list)
    for row in lists.mail_rows(failed.select_related(*READERS).order_by("created_at")):
        if row.mail.booking_id is not None:
            found[row.mail.booking_id].append(row)
    return found
