"""Where does a session take place, and how is that called? One answer for page, mail, calendar and API."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.bookings.models import Booking
from duologue.bookings.states import AGREED, Status
from duologue.core.kept import Kept, given
from duologue.video.chain import chosen
from duologue.video.models import BY_HAND, VALID, LinkAttempt, MeetingLink
from duologue.video.registry import BUILTIN, PROVIDERS, met_as, provider
from duologue.video.requests import meeting_of

OWN_LINK = "link"
OWN_ROOMS = frozenset({BY_HAND, OWN_LINK})
"""Addresses that a host typed: nobody but the host answers for where they lead."""
_WITH_PLACE = frozenset({*AGREED, Status.COMPLETED, Status.NO_SHOW})

_LINK = Kept(lambda: MeetingLink.objects.filter(booking=given("booking"), status__in=VALID))


class Standing(StrEnum):
    """How far it is: as it was promised, the promised room still being made, elsewhere, or not at all."""

    SETTLED = "settled"
    BEING_MADE = "being_made"
    FALLBACK = "fallback"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session takes place, as far as anybody can know.

    `platform` is empty while nobody does; `wanted` is what the host likes best. `link` is the room that the
    join links lead to now, which serves until the promised one is made.
    """

    platform: str
    standing: Standing
    wanted: str = ""
    link: MeetingLink | None = None

    @property
    def name(self) -> str:
        return place_name(self.platform) if self.platform else _("not known yet")

    @property
    def words(self) -> str:
        """What page, mail and calendar write. Until the room stands, our own link is all that is sure."""
        if self.standing is not Standing.BEING_MADE:
            return self.name
        return _("%(place)s, link by %(site)s") % {"place": self.name, "site": settings.DUOLOGUE_NAME}

    @property
    def has_room(self) -> bool:
        return self.link is not None

    @property
    def meanwhile(self) -> str:
        """Where the join links lead until the promised room is made; empty where none serves."""
        is_other = self.link is not None and self.link.platform != self.platform
        return place_name(self.link.platform) if self.link is not None and is_other else ""

    @property
    def host_name(self) -> str:
        """Whose machine a host's own address leads to; empty for platforms."""
        return host_name(self.link) if self.link is not None else ""


def place_of(booking: Booking) -> Place | None:
    """None where there is nowhere to be: not agreed, or cancelled. Needs the booking's host loaded."""
    if booking.status not in _WITH_PLACE:
        return None
    link = _LINK.first(booking=booking.pk)
    return _place(booking, link, is_tried=link is None and bool(_tried([booking])))


def places_of(bookings: Iterable[Booking]) -> dict[UUID, Place]:
    """The same for many, by booking id, in one query, and one more where some have no room."""
    placed = [one for one in bookings if one.status in _WITH_PLACE]
    found = MeetingLink.objects.filter(booking__in=placed, status__in=VALID) if placed else []
    links = {link.booking_id: link for link in found}
    tried = _tried(one for one in placed if one.pk not in links)
    return {one.pk: _place(one, links.get(one.pk), is_tried=one.pk in tried) for one in placed}


def place_name(platform: str) -> str:
    """What people call it."""
    if platform == BUILTIN:
        return _("%(name)s’s own room") % {"name": settings.DUOLOGUE_NAME}
    if platform in OWN_ROOMS:
        return _("a room of the host’s own")
    return met_as(provider(platform)) if platform in PROVIDERS else platform


def chosen_as(platform: str) -> str:
    """The same for those who choose between platforms: several may lead to places of one name."""
    is_asked = platform in PROVIDERS and platform not in {BUILTIN, *OWN_ROOMS}
    return provider(platform).name if is_asked else place_name(platform)


def where(platform: str) -> str:
    """The same for a sentence such as "Your session is now on Daily"."""
    if platform == BUILTIN:
        return _("in %(name)s’s own room") % {"name": settings.DUOLOGUE_NAME}
    if platform in OWN_ROOMS:
        return _("in a room of the host’s own")
    return _("on %(platform)s") % {"platform": place_name(platform)}


def host_name(link: MeetingLink) -> str:
    """Where an address that a host typed leads, as people should read it first; empty for platforms."""
    if link.platform not in OWN_ROOMS:
        return ""
    address = urlsplit(meeting_of(link).join_url)
    return address.hostname or f"{address.scheme}:"


def _place(booking: Booking, link: MeetingLink | None, *, is_tried: bool) -> Place:
    wanted = chosen(booking.host)
    is_to_come = booking.status in AGREED
    if link is None and wanted and is_to_come and not is_tried:
        return Place(wanted, Standing.BEING_MADE, wanted)
    if link is None:
        return Place("", Standing.MISSING, wanted)
    if link.is_chosen or link.platform in {wanted, BY_HAND}:
        return Place(link.platform, Standing.SETTLED, wanted, link)
    if is_to_come and wanted and link.status == MeetingLink.Status.PROVISIONAL:
        return Place(wanted, Standing.BEING_MADE, wanted, link)
    return Place(link.platform, Standing.FALLBACK, wanted, link)


def _tried(bookings: Iterable[Booking]) -> set[UUID]:
    """Those for which every platform was asked in vain at least once; their hosts were asked for a link."""
    without = list(bookings)
    if not without:
        return set()
    return set(LinkAttempt.objects.filter(booking__in=without).values_list("booking_id", flat=True))
