"""Let a person through to where the session takes place: gate by time, record the click, give the address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from duologue.accounts.models import User
from duologue.bookings.models import Booking, Party
from duologue.bookings.policy import JoinWindow
from duologue.calls import door
from duologue.calls.models import Join
from duologue.core.errors import ProviderError, Refused
from duologue.usecases.speak_for import speak_for
from duologue.video.models import VALID, MeetingLink
from duologue.video.places import OWN_ROOMS
from duologue.video.registry import BUILTIN, PROVIDERS, is_framed, provider
from duologue.video.requests import meeting_of, request_for, visitor_of


@dataclass(frozen=True, slots=True)
class JoinTarget:
    """Where to go. The built-in room's address is a path of our own."""

    url: str
    platform: str
    room_id: str = ""


def join(
    booking: Booking,
    party: Party,
    *,
    now: datetime,
    way: str,
    user: User | None = None,
    by_frame: bool = False,
) -> JoinTarget:
    """Record the click and give the address; `by_frame`: that of our call page, where it has a frame for it.

    The caller has made sure that whoever asks is `party`; operators as such are none. Raises Forbidden
    `too_early` (data `opens_at`), `expired`, `cancelled`; Refused (409) `not_confirmed`, `link_pending`,
    `platform_silent`. May ask the platform, so call it outside transactions.
    """
    framed = _framed(booking, now) if by_frame else None
    target = framed or peek(booking, party, now=now)
    Join.objects.create(
        booking=booking,
        party=party.value,
        user=user,
        way=Join.Way(way).value,
        platform=target.platform,
        is_framed=framed is not None,
        at=now,
    )
    return target


def _framed(booking: Booking, now: datetime) -> JoinTarget | None:
    door.check(booking, now=now)
    link = current_link(booking)
    if link is None or not is_framed(link.platform):
        return None
    return JoinTarget(f"/video-call/{booking.pk}", link.platform, link.room_id)


def peek(booking: Booking, party: Party, *, now: datetime) -> JoinTarget:
    """The same answer without the record, for machines that only look."""
    door.check(booking, now=now)
    link = current_link(booking)
    if link is None:
        raise Refused(_("The room is not ready yet."), code="link_pending")
    return JoinTarget(_entrance(link, booking, party, now), link.platform, link.room_id)


def peek_all(
    bookings: Iterable[Booking], windows: Mapping[UUID, JoinWindow], *, now: datetime
) -> dict[UUID, JoinTarget]:
    """Where those of many bookings take place whose door (`door.windows`) is open, by booking id; one query.

    Nobody is asked: where each person has an address of their own, it is our page that leads there.
    """
    opened = [one for one in bookings if windows[one.pk].refusal(one.status_at(now), now) is None]
    if not opened:
        return {}
    links = MeetingLink.objects.filter(booking__in=opened, status__in=VALID)
    return {link.booking_id: JoinTarget(_common(link), link.platform, link.room_id) for link in links}


def current_link(booking: Booking) -> MeetingLink | None:
    links = MeetingLink.objects.select_related("connection")
    return links.filter(booking=booking, status__in=VALID).first()


def asks_first(booking: Booking, *, now: datetime) -> bool:
    """Whether people have to read where they are led before they go: to an address that the host typed.

    Raises what `peek` raises about the time.
    """
    link = current_link(booking)
    if link is None or link.platform not in OWN_ROOMS:
        return False
    door.check(booking, now=now)
    return True


def _common(link: MeetingLink) -> str:
    if link.platform in PROVIDERS and provider(link.platform).per_person_tokens:
        return f"/video-call/{link.booking_id}"
    return meeting_of(link).join_url


def _entrance(link: MeetingLink, booking: Booking, party: Party, now: datetime) -> str:
    """This person's own way in, now. Where the platform does not say, the common one serves if any."""
    if link.platform not in PROVIDERS or link.platform == BUILTIN:
        return meeting_of(link).join_url
    request = replace(request_for(booking), closes_at=door.window(booking).closes_at)
    visitor = visitor_of(booking, party)
    try:
        url, _connection = speak_for(
            booking.host.user_id,
            link.platform,
            lambda adapter, account: adapter.entrance(meeting_of(link), request, visitor, account=account),
            now=now,
            made_by=link.connection,
        )
    except ProviderError as error:
        if provider(link.platform).per_person_tokens:
            words = _("%(platform)s does not answer just now. Please try again in a moment.")
            name = provider(link.platform).name
            raise Refused(words % {"platform": name}, code="platform_silent") from error
        return meeting_of(link).join_url
    return url
