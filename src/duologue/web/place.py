"""Where does one session take place, as one person reads it? What stands, why, and what they can change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from duologue.accounts.models import Host
from duologue.bookings.models import Booking, Party
from duologue.bookings.states import AGREED
from duologue.calls.models import Sighting
from duologue.connections import accounts
from duologue.usecases.make_link import next_try_at
from duologue.video.attempts import TO_CONNECT, Tried, tries, why_elsewhere
from duologue.video.places import Place, Standing, place_name, where
from duologue.video.registry import BUILTIN, PROVIDERS, notice, provider


@dataclass(frozen=True, slots=True)
class Came:
    """A platform told that somebody entered the room."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class SeenPlace:
    """`note` is what happened, `then` what it means. Only the host and operators get `log` and `came`."""

    words: str
    host_name: str = ""
    in_browser: bool = False
    note: str = ""
    then: str = ""
    is_warning: bool = False
    log: tuple[Tried, ...] = ()
    came: tuple[Came, ...] = ()
    notice: str = ""
    """What people should know before they enter."""
    next_try_at: datetime | None = None
    may_change: bool = False
    is_wanted: bool = False
    """Nothing made a room, so the host should give a link."""
    wanted_name: str = ""
    to_connect: str = ""
    """The vendor at which the host should connect their account."""
    connects_again: bool = False
    """One was connected, and is broken."""


def seen_place(
    place: Place | None, booking: Booking, party: Party | None, *, is_operator: bool, now: datetime
) -> SeenPlace | None:
    """None where there is no place to speak of."""
    if place is None:
        return None
    is_to_come = booking.status_at(now) in AGREED
    knows = party is Party.HOST or (party is None and is_operator)
    log = tries(booking) if knows or place.standing is Standing.FALLBACK else []
    note, then = _note(place, booking, party, log) if is_to_come else ("", "")
    is_wanted = is_to_come and place.standing is Standing.MISSING
    to_connect = _to_connect(place, log) if party is Party.HOST and is_to_come else ""
    return SeenPlace(
        words=capfirst(place.words),
        host_name=place.host_name,
        in_browser=place.platform == BUILTIN,
        note=note,
        then=then,
        is_warning=not place.has_room,
        log=tuple(log) if knows else (),
        came=tuple(_came(booking)) if knows else (),
        notice=_notice(place.link.platform) if place.link is not None and is_to_come else "",
        next_try_at=_next_try(place, booking, now) if knows and is_to_come else None,
        may_change=is_to_come and knows,
        is_wanted=is_wanted and party is Party.HOST,
        wanted_name=place_name(place.wanted),
        to_connect=to_connect,
        connects_again=bool(to_connect) and _is_broken(booking.host, to_connect),
    )


def _note(place: Place, booking: Booking, party: Party | None, log: list[Tried]) -> tuple[str, str]:
    same = _("Your link stays the same.") if party is not None else _("The join links stay the same.")
    if place.standing is Standing.BEING_MADE and place.has_room:
        values = {"wanted": capfirst(place.name), "room": place.meanwhile}
        return _("%(wanted)s is being set up; until then %(room)s serves.") % values, same
    if not place.has_room:
        return _("The room is not ready yet."), _without_room(place, booking, party)
    if place.standing is Standing.FALLBACK:
        why = why_elsewhere(place, log)
        return why or _("It is %(where)s.") % {"where": where(place.platform)}, same
    if place.host_name and party is not Party.HOST:
        values = {"name": booking.host_person.first_name, "place": place.host_name}
        return _("%(name)s gave a room of their own, at %(place)s.") % values, same
    return "", ""


def _notice(platform: str) -> str:
    return notice(provider(platform)) if platform in PROVIDERS else ""


def _came(booking: Booking) -> Iterator[Came]:
    """Only what the platform saw: a click on our button is none of it."""
    people = {Party.HOST.value: booking.host_person, Party.ATTENDEE.value: booking.attendee_person}
    for seen in booking.sightings.filter(kind=Sighting.Kind.JOINED):
        values = {"name": people[seen.party].first_name, "platform": place_name(seen.platform)}
        yield Came(seen.at, _("%(name)s came by %(platform)s, as %(platform)s told us.") % values)


def _without_room(place: Place, booking: Booking, party: Party | None) -> str:
    if party is Party.HOST and place.standing is Standing.MISSING:
        return _("No platform made one. Give the address of a room that you have; we go on trying.")
    if party is Party.ATTENDEE and place.standing is Standing.MISSING:
        name = booking.host_person.first_name
        return _("We keep trying, and asked %(name)s for one. Your link stays the same.") % {"name": name}
    return _("We keep trying and mail you. Your link stays the same.")


def _next_try(place: Place, booking: Booking, now: datetime) -> datetime | None:
    if place.standing in {Standing.SETTLED, Standing.FALLBACK}:
        return None
    at = next_try_at(booking)
    return at if at is not None and at > now else None


def _to_connect(place: Place, log: list[Tried]) -> str:
    """Whose account kept the room from being where the host wants it."""
    if place.standing is Standing.SETTLED or place.wanted not in PROVIDERS:
        return ""
    last = next((one for one in reversed(log) if one.platform == place.wanted), None)
    return provider(place.wanted).vendor if last is not None and last.outcome in TO_CONNECT else ""


def _is_broken(host: Host, vendor: str) -> bool:
    return any(one.vendor == vendor and one.is_broken for one in accounts.living(host.user_id))
