"""Open a platform's room inside our own call page, for one of the two, now (JOIN-3)."""

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from duologue.bookings.models import Booking, Party
from duologue.calls import door
from duologue.core.errors import ProviderError, Refused
from duologue.usecases.speak_for import speak_for
from duologue.video.contract import Account, Frame, VideoProvider
from duologue.video.models import MeetingLink
from duologue.video.places import place_name
from duologue.video.registry import frame
from duologue.video.requests import meeting_of, request_for, visitor_of


def frame_room(booking: Booking, party: Party, link: MeetingLink, *, now: datetime) -> Frame | None:
    """What the page needs; None where this room opens only in a tab of its own.

    The caller has made sure that whoever asks is `party`, inside the window. Raises Refused
    `platform_silent`. Asks the platform, so call it outside transactions.
    """
    request = replace(request_for(booking), closes_at=door.window(booking).closes_at)
    visitor = visitor_of(booking, party)

    def ask(adapter: VideoProvider, account: Account) -> Frame | None:
        return frame(adapter, meeting_of(link), request, visitor, account=account)

    try:
        shown, _connection = speak_for(
            booking.host.user_id, link.platform, ask, now=now, made_by=link.connection
        )
    except ProviderError as error:
        words = _("%(platform)s does not answer just now. Please try again in a moment.")
        raise Refused(words % {"platform": place_name(link.platform)}, code="platform_silent") from error
    return shown
