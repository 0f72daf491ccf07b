"""Which video platforms exist? One table; an adapter is imported when it is first used."""

from collections.abc import Callable
from importlib import import_module

from duologue.core.errors import NotConfigured
from duologue.video.contract import Account, CreatedMeeting, Frame, MeetingRequest, VideoProvider, Visitor

BUILTIN = "builtin"

PROVIDERS = {
    BUILTIN: "duologue.video.providers.builtin:BuiltinProvider",
    "google_meet": "duologue.video.providers.google_meet:GoogleMeetProvider",
    "google_calendar": "duologue.video.providers.google_calendar:GoogleCalendarProvider",
    "teams": "duologue.video.providers.teams:TeamsProvider",
    "zoom": "duologue.video.providers.zoom:ZoomProvider",
    "daily": "duologue.video.providers.daily:DailyProvider",
    "whereby": "duologue.video.providers.whereby:WherebyProvider",
    "jitsi": "duologue.video.providers.jitsi:JitsiProvider",
    "jaas": "duologue.video.providers.jaas:JaasProvider",
    "twilio": "duologue.video.providers.twilio:TwilioProvider",
    "link": "duologue.video.providers.link:LinkProvider",
}
CLIENTS: frozenset[str] = frozenset({"twilio"})
"""Platforms without a page of their own for which our call page has a client."""


def provider(slug: str) -> VideoProvider:
    """The adapter of a platform; raises NotConfigured for an unknown name."""
    try:
        module, _, name = PROVIDERS[slug].partition(":")
    except KeyError:
        raise NotConfigured(f"There is no video platform called {slug!r}.") from None
    adapter: VideoProvider = getattr(import_module(module), name)()
    return adapter


def is_offered(slug: str) -> bool:
    """Whether sessions can take place there: at a page of its own, or by a client that our call page has."""
    return slug in PROVIDERS and (slug in CLIENTS or not getattr(provider(slug), "needs_client", False))


def is_framed(slug: str) -> bool:
    """Whether its rooms open inside our call page, as far as can be said without asking it."""
    return slug in PROVIDERS and provider(slug).embeddable and hasattr(provider(slug), "frame")


def frame(
    platform: VideoProvider,
    meeting: CreatedMeeting,
    request: MeetingRequest,
    visitor: Visitor,
    *,
    account: Account,
) -> Frame | None:
    """The room inside our call page, for this person; None where it opens only in a tab of its own."""
    make: Callable[..., Frame | None] | None = getattr(platform, "frame", None)
    if make is None or not platform.embeddable:
        return None
    return make(meeting, request, visitor, account=account)


def can_clear_up(platform: VideoProvider) -> bool:
    """Whether rooms can be found and taken away there of which no answer told us."""
    return hasattr(platform, "clear_up")


def looks_first(platform: VideoProvider) -> bool:
    """Whether it asks for an earlier try's room before it makes one."""
    return getattr(platform, "looks_first", False)


def met_as(platform: VideoProvider) -> str:
    """What people call the place where they meet, whatever way its room was made."""
    name: str = getattr(platform, "met_as", platform.name)
    return name


def notice(platform: VideoProvider) -> str:
    """What people should know before they enter there; empty for most."""
    words: str = getattr(platform, "notice", "")
    return words
