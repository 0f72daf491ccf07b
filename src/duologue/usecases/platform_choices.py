"""Where can sessions take place, with which account, and in which order are these platforms tried?"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from duologue.accounts.models import Host
from duologue.connections import accounts
from duologue.connections.models import Connection
from duologue.connections.vendors import LINK, VENDORS
from duologue.video.chain import allowed, chain, chosen, is_common
from duologue.video.contract import Setting
from duologue.video.registry import BUILTIN, PROVIDERS, is_offered, provider


@dataclass(frozen=True, slots=True)
class Choice:
    """One card: platforms that are asked with one account, or one platform that needs none.

    `own` is the viewer's account there; `common` the installation's, where that serves them. `missing` are
    settings that the operator did not make.
    """

    key: str
    vendor: str
    platforms: tuple[str, ...]
    own: Connection | None = None
    common: Connection | None = None
    missing: tuple[Setting, ...] = ()

    @property
    def is_builtin(self) -> bool:
        return self.key == BUILTIN

    @property
    def is_link(self) -> bool:
        return self.vendor == LINK

    @property
    def needs_account(self) -> bool:
        return bool(self.vendor)

    @property
    def is_broken(self) -> bool:
        return self.own is not None and self.own.is_broken

    @property
    def works(self) -> bool:
        if self.own is not None:
            return self.own.works
        return self.common is not None if self.needs_account else not self.missing


def for_host(host: Host) -> list[Choice]:
    """What a host can use or connect: first what is broken, then what works, then what could be connected."""
    own = {one.vendor: one for one in accounts.living(host.user_id)}
    common = {one.vendor: one for one in accounts.living(None) if one.works}
    choices = [_choice(key, slugs, own, common) for key, slugs in _grouped(allowed())]
    return sorted([one for one in choices if one.works or _can_be_connected(one)], key=_nearness)


def for_all() -> list[Choice]:
    """All that Duologue can do, for operators: the installation's accounts, and what settings lack."""
    own = {one.vendor: one for one in accounts.living(None)}
    known = [slug for slug in PROVIDERS if is_offered(slug) and slug != LINK]
    return sorted((_choice(key, slugs, own, {}) for key, slugs in _grouped(known)), key=_nearness)


def order(host: Host, choices: Iterable[Choice]) -> list[str]:
    """The platforms that are tried for a host, the first one first."""
    usable = set(_usable(choices))
    return [slug for slug in chain(host) if slug in usable]


def not_in_order(host: Host, choices: Iterable[Choice]) -> list[str]:
    """Platforms that could be tried, and are not."""
    tried = chain(host)
    return [slug for slug in _usable(choices) if slug not in tried]


def may_leave(slug: str) -> bool:
    """Whether a host can do without a platform; those of the installation stand behind every order."""
    return not is_common(slug)


def present(host: Host) -> str:
    """The platform that a new session takes place on; one whose account is broken is passed over."""
    first = chosen(host)
    if not first or not provider(first).vendor:
        return first
    working = {slug for one in for_host(host) if one.works for slug in one.platforms}
    return next((slug for slug in chain(host) if slug in working), "")


def missing_settings(slug: str) -> tuple[Setting, ...]:
    """What the operator has to set before a platform can be used."""
    return tuple(one for one in provider(slug).settings if not getattr(settings, one.variable, ""))


def _usable(choices: Iterable[Choice]) -> list[str]:
    """A broken account's platforms keep their place: they work again once it is mended."""
    return [slug for one in choices if one.works or one.is_broken for slug in one.platforms]


def _grouped(slugs: Iterable[str]) -> list[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for slug in slugs:
        groups.setdefault(provider(slug).vendor or slug, []).append(slug)
    return list(groups.items())


def _choice(key: str, slugs: list[str], own: dict[str, Connection], common: dict[str, Connection]) -> Choice:
    vendor = provider(slugs[0]).vendor
    return Choice(
        key=key,
        vendor=vendor,
        platforms=tuple(slugs),
        own=own.get(vendor),
        common=common.get(vendor),
        missing=missing_settings(slugs[0]),
    )


def _can_be_connected(choice: Choice) -> bool:
    if choice.is_link or choice.own is not None:
        return True
    return choice.vendor in VENDORS and VENDORS[choice.vendor].is_set_up


def _nearness(choice: Choice) -> tuple[bool, bool, bool, bool]:
    return not choice.is_broken, choice.is_link, not choice.works, choice.own is None
