"""Let a person through to where the session takes place: gate by time, record the click, give the address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.accounts.models import User
from duologue.bookings.models import Booking, Party
from duologue.bookings.policy import JoinWindow
from duologue.calls import door
from duologue.calls.models import Join
from duologue.core import crypto
from duologue.core.errors import Refused
from duologue.video.models import MeetingLink
from duologue.video.registry import BUILTIN

_VALID = (MeetingLink.Status.PROVISIONAL, MeetingLink.Status.READY)


@dataclass(frozen=True, slots=True)
class JoinTarget:
    """Where to go. The built-in room's address is a path of our own."""

    url: str
    platform: str
    room_id: str = ""


def join(booking: Booking, party: Party, *, now: datetime, way: str, user: User | None = None) -> JoinTarget:
    """Record the click and give the address.

    The caller has made sure that whoever asks is `party`; operators as such are none. Raises Forbidden
    `too_early` (data `opens_at`), `expired`, `cancelled`; Refused (409) `not_confirmed`, `link_pending`.
    """
    target = peek(booking, party, now=now)
    Join.objects.create(
        booking=booking,
        party=party.value,
        user=user,
        way=Join.Way(way).value,
        platform=target.platform,
        at=now,
    )
    return target


def peek(booking: Booking, party: Party, *, now: datetime) -> JoinTarget:
    """The same answer without the record, for machines that only look."""
    door.check(booking, now=now)
    link = current_link(booking)
    if link is None:
        raise Refused(_("The room is not ready yet."), code="link_pending")
    return _target(link)


def peek_all(
    bookings: Iterable[Booking], windows: Mapping[UUID, JoinWindow], *, now: datetime
) -> dict[UUID, JoinTarget]:
    """The same for those of many bookings whose door (`door.windows`) is open, by booking id; one query."""
    opened = [one for one in bookings if windows[one.pk].refusal(one.status_at(now), now) is None]
    if not opened:
        return {}
    links = MeetingLink.objects.filter(booking__in=opened, status__in=_VALID)
    return {link.booking_id: _target(link) for link in links}


def current_link(booking: Booking) -> MeetingLink | None:
    return MeetingLink.objects.filter(booking=booking, status__in=_VALID).first()


def _target(link: MeetingLink) -> JoinTarget:
    return JoinTarget(_address(link), link.platform, link.room_id)


def _address(link: MeetingLink) -> str:
    if link.platform == BUILTIN:
        return f"/video-call/{link.booking_id}"
    return crypto.Vault(settings.DUOLOGUE_ENCRYPTION_KEYS).open(link.sealed_url)
