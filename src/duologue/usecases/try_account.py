"""Find out at once whether a platform works: ask it, or make a meeting there and take it away again."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.accounts import throttle
from duologue.connections.models import Connection
from duologue.core.errors import NeedsReconnect, NotConfigured, ProviderError, Refused, Retryable
from duologue.usecases import probe_connections
from duologue.usecases.speak_for import speak_for
from duologue.video import breaker
from duologue.video.contract import MeetingRequest
from duologue.video.requests import EJECTS_AFTER

_LENGTH = timedelta(minutes=30)
_LIMIT, _SPAN_SECONDS = 10, 300


@dataclass(frozen=True, slots=True)
class Tried:
    """How it went, in one or two sentences."""

    is_well: bool
    words: str


def check_now(connection: Connection, name: str, *, now: datetime) -> Tried:
    """Ask the vendor; outside of transactions. Raises Refused for who asks all the time."""
    _hold_back(connection.user_id)
    try:
        probe_connections.probe(connection, now=now)
    except ProviderError as error:
        return Tried(False, _why(error, name))
    return Tried(True, _("%(platform)s works.") % {"platform": name})


def make_test_meeting(user_id: int, platform: str, name: str, *, now: datetime) -> Tried:
    """A room as for a session in an hour, gone again at once. Outside of transactions."""
    _hold_back(user_id)
    request, began = _request(now), time.monotonic()
    try:
        room, asked = speak_for(
            user_id,
            platform,
            lambda adapter, account: adapter.create_meeting(
                request, idempotency_key=f"test:{request.booking_id}", account=account
            ),
            now=now,
        )
    except ProviderError as error:
        return Tried(False, _why(error, name))
    breaker.answered(platform)
    values = {"platform": name, "seconds": f"{max(time.monotonic() - began, 0.1):.1f}"}
    try:
        speak_for(
            user_id,
            platform,
            lambda adapter, account: adapter.delete_meeting(room.room_id, account=account),
            now=now,
            made_by=asked,
        )
    except ProviderError:
        words = _(
            "%(platform)s made a meeting in %(seconds)s s, but did not take it away again. Delete it there."
        )
        return Tried(False, words % values)
    words = _("%(platform)s made a meeting in %(seconds)s s, and took it away again. It works.")
    return Tried(True, words % values)


def _request(now: datetime) -> MeetingRequest:
    starts_at = now + timedelta(hours=1)
    ends_at = starts_at + _LENGTH
    return MeetingRequest(
        booking_id=uuid4(),
        title=_("Test of %(site)s") % {"site": settings.DUOLOGUE_NAME},
        host_name=settings.DUOLOGUE_NAME,
        starts_at=starts_at,
        ends_at=ends_at,
        opens_at=starts_at - settings.DUOLOGUE_JOIN_OPENS,
        closes_at=ends_at + settings.DUOLOGUE_JOIN_CLOSES,
        ejects_at=ends_at + EJECTS_AFTER,
    )


def _hold_back(user_id: int | None) -> None:
    if not throttle.allow("try-account", str(user_id or "all"), limit=_LIMIT, seconds=_SPAN_SECONDS):
        words = _("That was tried many times just now. Wait five minutes.")
        raise Refused(words, code="too_many_tries")


def _why(error: ProviderError, name: str) -> str:
    """What it means for the person, without the vendor's words."""
    values = {"platform": name}
    if isinstance(error, NeedsReconnect):
        return _("%(platform)s does not let us in any more. Connect the account again.") % values
    if isinstance(error, Retryable):
        words = _("%(platform)s does not answer just now. Sessions take place elsewhere until it does.")
        return words % values
    if isinstance(error, NotConfigured):
        return _("%(platform)s is not set up as it should be. Those who run this site can see why.") % values
    return _("%(platform)s refuses to do this with the account. Look there whether it is allowed.") % values
