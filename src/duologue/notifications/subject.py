"""What is a session to the one who reads about it? Who is who, whose clock, which words, which way in."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from duologue.bookings import join_links
from duologue.bookings.models import Booking, Party
from duologue.bookings.policy import join_window
from duologue.calendars.ics import one_line
from duologue.core.vocabulary import VOCABULARIES
from duologue.notifications import readers, when
from duologue.notifications.letter import Link
from duologue.notifications.models import OutgoingMail
from duologue.notifications.readers import Face, Reader
from duologue.video.places import Place, place_of

VEIL = "••••••"
"""What stands in place of a token or a code where others than the reader look on (MAIL-2)."""


@dataclass(frozen=True)
class Subject:
    """A booking as its reader sees it. `is_veiled`: for other eyes, so the way in is not written out."""

    booking: Booking
    party: str
    reader: Reader
    now: datetime
    params: dict[str, Any]
    is_veiled: bool

    @property
    def other_party(self) -> str:
        return Party.ATTENDEE if self.party == Party.HOST else Party.HOST

    @cached_property
    def me(self) -> Face:
        return readers.face_of(self.booking, self.party)

    @cached_property
    def other(self) -> Face:
        return readers.face_of(self.booking, self.other_party)

    @cached_property
    def other_zone(self) -> ZoneInfo:
        """The other one's zone, whether or not we can write to them."""
        reader = readers.reader_of(OutgoingMail(booking=self.booking, party=self.other_party))
        return reader.zone if reader else ZoneInfo("UTC")

    @property
    def zone(self) -> ZoneInfo:
        return self.reader.zone

    @property
    def locale(self) -> str:
        return when.locale_of(self.reader.language)

    @property
    def starts_at(self) -> datetime:
        return self.booking.starts_at

    @property
    def is_discreet(self) -> bool:
        """Where health is the matter, no mail and no calendar says what a session is about."""
        return bool(settings.DUOLOGUE_VOCABULARY == "telehealth")

    @property
    def title(self) -> str:
        if self.is_discreet:
            return capfirst(str(VOCABULARIES[settings.DUOLOGUE_VOCABULARY].session))
        return one_line(self.booking.title)

    @property
    def price(self) -> str:
        return when.money(self.booking.price, self.locale)

    @property
    def page(self) -> str:
        return f"{settings.BASE_URL}/sessions/{self.booking.pk}"

    @property
    def opens_at(self) -> datetime:
        opens, closes = settings.DUOLOGUE_JOIN_OPENS, settings.DUOLOGUE_JOIN_CLOSES
        return join_window(self.starts_at, self.booking.ends_at, opens=opens, closes=closes).opens_at

    @cached_property
    def place(self) -> Place | None:
        """Where it takes place, as the page and the API say it too."""
        return place_of(self.booking)

    @property
    def place_line(self) -> str:
        return _("Place: %(place)s") % {"place": self.place.words} if self.place is not None else ""

    @cached_property
    def way_in(self) -> Link | None:
        """The reader's own join link, ours and never a provider's (law 10)."""
        link = join_links.of_party(self.booking.pk, self.party)
        if link is None:
            return None
        url = f"{settings.BASE_URL}/j/{VEIL}" if self.is_veiled else join_links.address(link)
        return Link(_("Join call"), url)
