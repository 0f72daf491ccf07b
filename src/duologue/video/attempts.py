"""How did the tries to make a session's room go? In words for people: what we know, never a vendor's text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from duologue.bookings.models import Booking
from duologue.video.models import LinkAttempt
from duologue.video.places import OWN_LINK, OWN_ROOMS, Place, Standing, chosen_as, place_name, where
from duologue.video.registry import BUILTIN

MADE, MOVED, KNOWN_DOWN, RETRYABLE = "made", "moved", "known_down", "retryable"
WELL = frozenset({MADE, MOVED})
SILENT = frozenset({RETRYABLE, KNOWN_DOWN})
TO_CONNECT = frozenset(
    {"not_connected", "needs_reconnect", "token_refused", "rights_missing", "account_gone", "not_the_host"}
)
"""What the owner of the account can mend."""
MOST = 300
_SLOW = 1000


@dataclass(frozen=True, slots=True)
class Tried:
    """One try, or several in a row of one platform that ended alike."""

    platform: str
    outcome: str
    first_at: datetime
    last_at: datetime
    times: int
    milliseconds: int

    @property
    def is_made(self) -> bool:
        return self.outcome in WELL

    @property
    def words(self) -> str:
        said = outcome_words(self.platform, self.outcome)
        if self.times > 1:
            often = ngettext("%(times)s time.", "%(times)s times.", self.times) % {"times": self.times}
            return f"{said} {often}"
        if self.milliseconds >= _SLOW:
            after = _("After %(seconds)s s.") % {"seconds": round(self.milliseconds / 1000)}
            return f"{said} {after}"
        return said


def tries(booking: Booking) -> list[Tried]:
    """The newest tries for a booking, in the order of time."""
    newest = LinkAttempt.objects.filter(booking=booking).order_by("-began_at", "-id")[:MOST]
    return list(_gathered(reversed(newest)))


def _gathered(attempts: Iterable[LinkAttempt]) -> Iterator[Tried]:
    for (platform, outcome), group in groupby(attempts, key=lambda one: (one.platform, one.outcome)):
        alike = list(group)
        first = Tried(platform, outcome, alike[0].began_at, alike[-1].began_at, 1, alike[0].milliseconds)
        yield replace(first, times=len(alike))


def outcome_words(platform: str, outcome: str) -> str:
    """What became of a try, as a sentence."""
    return capfirst(_outcome(platform, outcome) % {"platform": chosen_as(platform)})


def _outcome(platform: str, outcome: str) -> str:
    if outcome == MADE and platform in {BUILTIN, *OWN_ROOMS}:
        return _("%(platform)s serves.")
    if platform == OWN_LINK and outcome == "not_connected":
        return _("The host has given no link of their own.")
    told = {
        MADE: _("%(platform)s made the room."),
        MOVED: _("%(platform)s moved the room to the new time."),
        RETRYABLE: _("%(platform)s did not answer, or could not just then."),
        KNOWN_DOWN: _("%(platform)s was known to be down, so we did not ask."),
        "not_connected": _("No account that works was connected at %(platform)s."),
        "rights_missing": _("%(platform)s did not give all the rights that a room needs."),
        "account_gone": _("The account at %(platform)s was gone."),
        "not_the_host": _("The connected account may not make rooms at %(platform)s."),
        "not_configured": _("%(platform)s is not set up here."),
        "daily_limit": _("%(platform)s makes no more rooms for this account that day."),
    }
    usual = _("%(platform)s refused to make a room.")
    if outcome in TO_CONNECT:
        usual = _("%(platform)s no longer let us in. The account has to be connected again.")
    return told.get(outcome, usual)


def why_elsewhere(place: Place, tried: Iterable[Tried]) -> str:
    """Why a session is not where its host wanted it, for both people; empty where it is."""
    if place.standing is not Standing.FALLBACK or place.link is None:
        return ""
    before = place.link.created_at
    failed = [one for one in tried if not one.is_made and one.first_at <= before]
    at_fault = next((one for one in reversed(failed) if one.platform == place.wanted), None)
    if at_fault is None:
        return ""
    said = (
        _("%(platform)s did not answer, so it is %(where)s.")
        if at_fault.outcome in SILENT
        else _("%(platform)s could not be used, so it is %(where)s.")
    )
    is_same = place_name(at_fault.platform) == place.name
    name = chosen_as(at_fault.platform) if is_same else place_name(at_fault.platform)
    return said % {"platform": name, "where": where(place.platform)}
