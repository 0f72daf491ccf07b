"""What is a platform asked for? A room for this booking, within its windows; and who enters it."""

from datetime import datetime, timedelta

from django.conf import settings

from duologue.bookings.models import Booking, Party
from duologue.bookings.policy import join_window
from duologue.connections import vault
from duologue.core import crypto
from duologue.core.kept import Kept, given
from duologue.video.contract import CreatedMeeting, MeetingRequest, Role, Visitor
from duologue.video.models import MeetingLink
from duologue.video.registry import BUILTIN

EJECTS_AFTER = timedelta(hours=4)
_ROOMS = Kept(
    lambda: MeetingLink.objects.only("pk").filter(booking=given("booking"), platform=given("platform"))
)


def request_for(booking: Booking) -> MeetingRequest:
    """The room that a booking needs, with a title that tells nobody what it is about."""
    window = join_window(
        booking.starts_at,
        booking.ends_at,
        opens=settings.DUOLOGUE_JOIN_OPENS,
        closes=settings.DUOLOGUE_JOIN_CLOSES,
    )
    return MeetingRequest(
        booking_id=booking.pk,
        title=settings.DUOLOGUE_NAME,
        host_name=booking.host.user.name,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        ejects_at=booking.ends_at + EJECTS_AFTER,
    )


def room_number(booking: Booking, platform: str) -> int:
    """How many rooms a session has had at a platform: the number of the next one."""
    return len(_ROOMS.all(booking=booking.pk, platform=platform))


def room_key(booking: Booking, platform: str, number: int) -> str:
    """The same for every repeat, another for each new room that a session gets at a platform."""
    return f"{booking.pk}:{platform}:{number}"


def visitor_of(booking: Booking, party: Party) -> Visitor:
    """One of the two people, under a name of ours that leads nobody to them."""
    is_host = party is Party.HOST
    return Visitor(
        role=Role.HOST if is_host else Role.ATTENDEE,
        name=booking.host.user.name if is_host else booking.attendee_person.name,
        person=crypto.token(settings.SECRET_KEY, "visitor", booking.pk, party.value),
        language=booking.host.user.language if is_host else booking.attendee_language,
    )


def meeting_of(link: MeetingLink) -> CreatedMeeting:
    """A room as the platform's adapter made it."""
    url = f"/video-call/{link.booking_id}" if link.platform == BUILTIN else vault.unseal(link.sealed_url)
    return CreatedMeeting(room_id=link.room_id, join_url=url, passcode=link.passcode)


def reseal(now: datetime) -> None:
    """The chore: rooms' addresses that old keys sealed are sealed anew with the first one."""
    vault.reseal(MeetingLink.objects.all(), "sealed_url")
