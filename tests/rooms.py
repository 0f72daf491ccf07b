"""Sessions that can be joined now: bookings around the present instant, with a room of our own."""

from datetime import datetime, timedelta
from typing import Any

from duologue.accounts.models import User
from duologue.bookings import join_links
from duologue.bookings.models import Booking, JoinLink, Party
from duologue.core import clock
from duologue.core.ids import random_token
from duologue.scheduling.models import EventType
from duologue.video.models import MeetingLink
from tests.cast import make_booking

LATER = timedelta(minutes=6)


def make_room(
    event_type: EventType, attendee: User | None = None, *, begins_in: timedelta = LATER, **fields: Any
) -> Booking:
    """A confirmed booking that starts `begins_in` from now, with the built-in room."""
    booking = make_booking(event_type, attendee, starts_at=clock.now() + begins_in, **fields)
    give_link(booking)
    return booking


def give_link(booking: Booking, *, platform: str = "builtin", sealed_url: str = "") -> MeetingLink:
    now = clock.now()
    return MeetingLink.objects.create(
        booking=booking,
        platform=platform,
        room_id=random_token(128),
        sealed_url=sealed_url,
        status=MeetingLink.Status.READY,
        created_at=now,
        ready_at=now,
    )


def link_of(booking: Booking, party: Party) -> str:
    """The path of a party's join link as it stands in the mails."""
    link = JoinLink.objects.get(booking=booking, party=party.value)
    return f"/j/{join_links.token(booking.pk, party.value, link.generation)}"


def when_it_was(booking: Booking, moment: str) -> datetime:
    """Instants that matter at the door, by name."""
    return {
        "before it opens": booking.starts_at - timedelta(minutes=15, seconds=1),
        "as it opens": booking.starts_at - timedelta(minutes=15),
        "last moment": booking.ends_at + timedelta(minutes=60) - timedelta(seconds=1),
        "as it closes": booking.ends_at + timedelta(minutes=60),
    }[moment]
