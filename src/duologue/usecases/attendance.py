"""Did both come? What everybody who could see it saw, wherever the session took place (STATUS-1)."""

from dataclasses import dataclass
from itertools import pairwise

from django.conf import settings

from duologue.bookings.models import Booking, Party
from duologue.calls import attendance, door
from duologue.calls.models import Join
from duologue.calls.verdict import Evidence, Hours, Source, Verdict, judge
from duologue.video.contract import Role
from duologue.video.models import MeetingLink
from duologue.video.registry import BUILTIN
from duologue.video.webhooks.registry import source

_SIDES = (Party.ATTENDEE.value, Party.HOST.value)


@dataclass(frozen=True, slots=True)
class Attendance:
    """All evidence of a session, and what it says."""

    evidence: list[Evidence]
    verdict: Verdict

    def of(self, party: Party) -> list[Evidence]:
        return [one for one in self.evidence if one.side == party.value]


def attendance_of(booking: Booking) -> Attendance:
    """What stands now; late words of platforms may add to it."""
    found = attendance.evidence(booking)
    hours = Hours(booking.starts_at, booking.ends_at)
    places = _places(booking)
    told = [
        party.value
        for party in Party
        if places and all(_shows(booking, place, party, found) for place in places)
    ]
    return Attendance(found, judge(found, hours, _SIDES, told=told))


def _places(booking: Booking) -> set[str]:
    """The platforms that served within the window: each until the next was given."""
    opens_at = door.window(booking).opens_at
    links = list(MeetingLink.objects.filter(booking=booking).order_by("created_at", "pk"))
    return {
        link.platform
        for link, follower in pairwise([*links, None])
        if link is not None and (follower is None or follower.created_at > opens_at)
    }


def _shows(booking: Booking, platform: str, party: Party, found: list[Evidence]) -> bool:
    """Whether we would have seen this one there.

    Our own room shows everybody; a frame on our page whoever went no other way; a platform whoever it
    does not overlook, once it has told us of this session at all.
    """
    if platform == BUILTIN:
        return True
    told_by = {one.source for one in found if one.platform == platform}
    if Source.FRAME in told_by and not _went_by_themselves(booking, platform, party):
        return True
    teller = source(platform)
    if teller is None or not getattr(settings, f"DUOLOGUE_{platform.upper()}_WEBHOOK_SECRETS"):
        return False
    return Role(party.value) not in teller.OVERLOOKS and Source.PLATFORM in told_by


def _went_by_themselves(booking: Booking, platform: str, party: Party) -> bool:
    joins = Join.objects.filter(booking=booking, platform=platform, party=party.value)
    return joins.filter(is_framed=False).exists()
