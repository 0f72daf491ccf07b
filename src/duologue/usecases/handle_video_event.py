"""Write down who a platform saw entering or leaving a session's room; other rooms are left alone."""

from datetime import datetime

from duologue.bookings.models import Party
from duologue.calls import door
from duologue.calls.models import Sighting
from duologue.core import clock
from duologue.inbox.models import WebhookEvent
from duologue.inbox.receiving import working_on
from duologue.usecases.correct_outcome import believe_late_words
from duologue.video.models import MeetingLink
from duologue.video.webhooks.contract import Sighted
from duologue.video.webhooks.registry import source


def handle_video_event(now: datetime, event_id: int) -> None:
    """The job; a repetition changes nothing."""
    row = WebhookEvent.objects.filter(pk=event_id, handled_at=None).exclude(body="").first()
    platform = source(row.source) if row is not None else None
    if row is None or platform is None:
        return
    with working_on(row.pk, now=now):
        sighted = platform.sighted(platform.read(row.body.encode()))
        if sighted is not None:
            _write_down(row, sighted, now)


def _write_down(row: WebhookEvent, sighted: Sighted, now: datetime) -> None:
    links = MeetingLink.objects.select_related("booking__host")
    link = links.filter(platform=row.source, room_id=sighted.room_id).order_by("-pk").first()
    # Platforms know the machine's time, whatever a moved clock tells us.
    at = sighted.at + clock.offset()
    # Who tries the room days before has not come to the session.
    if link is None or at < door.window(link.booking).opens_at:
        return
    Sighting.objects.get_or_create(
        platform=row.source,
        external_id=row.external_id,
        defaults={
            "booking": link.booking,
            "party": Party(sighted.role.value),
            "at": at,
            "kind": Sighting.Kind.LEFT if sighted.has_left else Sighting.Kind.JOINED,
            "visitor": sighted.visit,
        },
    )
    believe_late_words(link.booking, Party(sighted.role.value), now=now)
