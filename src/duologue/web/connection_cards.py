"""How does each place where sessions can happen read to its host? Words and buttons of one card."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from duologue.accounts.models import Host
from duologue.connections import accounts
from duologue.connections.models import Connection
from duologue.notifications import when
from duologue.notifications.connection_letters import meanwhile, platform_name, what_happened
from duologue.usecases import platform_choices
from duologue.usecases.platform_choices import Choice
from duologue.video import breaker
from duologue.video.displaced import displaced
from duologue.video.places import chosen_as

_JUST_NOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Card:
    """`tag` stands where nothing can be done; `note` says what happened and what it means."""

    choice: Choice
    name: str
    says: str
    tag: str = ""
    note_title: str = ""
    note: str = ""
    is_silent: bool = False
    """Known not to answer just now."""

    @property
    def initial(self) -> str:
        return self.name[:1]

    @property
    def can_be_tried(self) -> bool:
        """A room of ours and a fixed address are not made by anybody."""
        return self.choice.works and not self.choice.is_builtin and not self.choice.is_link

    @property
    def platform(self) -> str:
        return self.choice.platforms[0]


@dataclass(frozen=True, slots=True)
class Clock:
    """The viewer's."""

    now: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Step:
    """A platform's place in the order."""

    slug: str
    name: str
    is_first: bool
    is_last: bool
    is_skipped: bool
    may_leave: bool


def cards(host: Host, *, now: datetime, zone: ZoneInfo) -> list[Card]:
    silent = {one.platform for one in breaker.down(now)}
    found = [_card(choice, now, zone) for choice in platform_choices.for_host(host)]
    return [replace(one, is_silent=one.platform in silent) for one in found]


def steps(slugs: list[str], choices: Iterable[Choice]) -> Iterator[Step]:
    """Platforms whose account is broken keep their place, and are passed over meanwhile."""
    skipped = {slug for choice in choices if choice.is_broken for slug in choice.platforms}
    for place, slug in enumerate(slugs):
        yield Step(
            slug=slug,
            name=name_of(slug),
            is_first=place == 0,
            is_last=place == len(slugs) - 1,
            is_skipped=slug in skipped,
            may_leave=platform_choices.may_leave(slug),
        )


def name_of(slug: str) -> str:
    """What a host calls it."""
    return _("A link of your own") if slug == "link" else chosen_as(slug)


def broken(host: Host, *, now: datetime, zone: ZoneInfo) -> list[Card]:
    """The accounts that a host has to connect again; one look where all is well."""
    if not any(one.is_broken for one in accounts.living(host.user_id)):
        return []
    return [card for card in cards(host, now=now, zone=zone) if card.choice.is_broken]


def _card(choice: Choice, now: datetime, zone: ZoneInfo) -> Card:
    name = name_of(choice.platforms[0])
    if choice.is_builtin:
        return Card(choice, name, _("In the browser, no account, nothing to install"), _("Always on"))
    if choice.own is not None:
        return _own(choice, choice.own, name, Clock(now, zone))
    if choice.works:
        tag = "" if choice.needs_account else _("Nothing to set up")
        return Card(choice, name, _("Provided by the operator of this site"), tag)
    return Card(choice, name, _needs(choice))


def _own(choice: Choice, own: Connection, name: str, clock: Clock) -> Card:
    says = ", ".join(part for part in (own.account_name, _health(own, clock)) if part)
    if not own.is_broken:
        return Card(choice, name, says)
    title = _title(own, clock)
    note = meanwhile(displaced(own.vendor, now=clock.now, user_id=own.user_id))
    return Card(choice, name, says, note_title=title, note=note)


def _health(own: Connection, clock: Clock) -> str:
    locale = when.locale_of(get_language() or "")
    if own.vendor == Connection.VendorSlug.LINK:
        return _("the same address for all your sessions")
    if own.is_broken and own.worked_at is not None:
        return _near_words(own.worked_at, clock, locale)
    if own.checked_at is None:
        return ""
    if clock.now - own.checked_at < _JUST_NOW:
        return _("checked just now")
    return _("checked %(ago)s") % {"ago": when.distance(own.checked_at, clock.now, locale)}


def _near_words(at: datetime, clock: Clock, locale: str) -> str:
    values = {
        "time": when.clock(at, clock.zone, locale),
        "moment": when.moment_short(at, clock.zone, locale),
    }
    words = {
        0: _("last worked today at %(time)s"),
        -1: _("last worked yesterday at %(time)s"),
    }.get(when.days_apart(at, clock.now, clock.zone), _("last worked %(moment)s"))
    return words % values


def _title(own: Connection, clock: Clock) -> str:
    """What happened, and on which day where it was the vendor who ended it."""
    if own.problem != Connection.Problem.ENDED or own.broke_at is None:
        return what_happened(own)
    values = {
        "platform": platform_name(own.vendor),
        "day": when.day_short(own.broke_at, clock.zone, when.locale_of(get_language() or "")),
    }
    words = {
        0: _("%(platform)s ended our access today."),
        -1: _("%(platform)s ended our access yesterday."),
    }.get(
        when.days_apart(own.broke_at, clock.now, clock.zone), _("%(platform)s ended our access on %(day)s.")
    )
    return words % values


def _needs(choice: Choice) -> str:
    if choice.is_link:
        return _("A fixed address, for example your clinic’s room")
    if choice.vendor == Connection.VendorSlug.MICROSOFT:
        return _("Needs a work or school account")
    return _("Uses an account of yours")
