"""Whose accounts can be connected, where do they ask for consent, and which rights do we need?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duologue.core.errors import NotConfigured

_GOOGLE_RIGHTS = "https://www.googleapis.com/auth/"


@dataclass(frozen=True, slots=True)
class Scope:
    """A right to ask for. `words` say what it allows; rights without words come along unasked.

    `also`: older or wider rights that include it.
    """

    name: str
    words: str | Promise = ""
    also: tuple[str, ...] = ()

    def is_among(self, granted: Iterable[str]) -> bool:
        """Vendors write the same right with and without its address in front, in any case."""
        have = {_short(one) for one in granted}
        return not have.isdisjoint(_short(one) for one in (self.name, *self.also))


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor's OAuth. `uses_basic`: client id and secret go in a header instead of the form.

    `rotates`: a refresh token serves once and the answer brings the next. `asks_scopes`: the rights stand
    in the request for consent; else the operator chose them in the vendor's own console.
    """

    slug: str
    name: str
    authorize_url: str
    token_url: str
    revoke_url: str
    scopes: tuple[Scope, ...]
    uses_basic: bool = False
    uses_pkce: bool = True
    rotates: bool = False
    asks_scopes: bool = True
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def client_id(self) -> str:
        return self._setting("CLIENT_ID")

    @property
    def client_secret(self) -> str:
        return self._setting("CLIENT_SECRET")

    @property
    def is_set_up(self) -> bool:
        return bool(self.client_id and self.client_secret)

    def at(self, url: str) -> str:
        """The same page where the operator's base stands in for the vendor."""
        base = self._setting("OAUTH_BASE")
        return f"{base}{urlsplit(url).path}" if base else url

    def missing(self, granted: Iterable[str]) -> list[Scope]:
        """The rights we cannot do without and did not get."""
        have = list(granted)
        return [scope for scope in self.scopes if scope.words and not scope.is_among(have)]

    def _setting(self, name: str) -> str:
        value: str = getattr(settings, f"DUOLOGUE_{self.slug.upper()}_{name}")
        return value


def _short(scope: str) -> str:
    return scope.rpartition("/")[2].lower()


def _zoom(name: str, words: Any, *also: str) -> Scope:
    return Scope(name, words, also)


GOOGLE = Vendor(
    slug="google",
    name="Google",
    authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
    token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
    revoke_url="https://oauth2.googleapis.com/revoke",
    scopes=(
        Scope("openid"),
        Scope("email"),
        Scope(f"{_GOOGLE_RIGHTS}meetings.space.created", _("make Google Meet rooms")),
        Scope(
            f"{_GOOGLE_RIGHTS}calendar.events.owned",
            _("add sessions to your calendar"),
            (f"{_GOOGLE_RIGHTS}calendar.events", f"{_GOOGLE_RIGHTS}calendar"),
        ),
    ),
    # Without these a second consent brings no refresh token.
    extra=MappingProxyType({"access_type": "offline", "prompt": "consent"}),
)
ZOOM = Vendor(
    slug="zoom",
    name="Zoom",
    authorize_url="https://zoom.us/oauth/authorize",
    token_url="https://zoom.us/oauth/token",  # noqa: S106 - an address
    revoke_url="https://zoom.us/oauth/revoke",
    scopes=(
        _zoom("meeting:write:meeting", _("make meetings"), "meeting:write"),
        _zoom("meeting:update:meeting", _("change meetings"), "meeting:write"),
        _zoom("meeting:delete:meeting", _("delete meetings"), "meeting:write"),
        _zoom("meeting:read:meeting", _("look at meetings"), "meeting:read"),
        _zoom("meeting:read:list_meetings", _("list meetings"), "meeting:read"),
        _zoom("user:read:user", _("see whose account it is"), "user:read"),
    ),
    uses_basic=True,
    rotates=True,
    asks_scopes=False,
)
MICROSOFT = Vendor(
    slug="microsoft",
    name="Microsoft",
    # Work and school accounts only: Teams makes no meetings for personal ones.
    authorize_url="https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize",
    token_url="https://login.microsoftonline.com/organizations/oauth2/v2.0/token",  # noqa: S106 - an address
    revoke_url="",
    scopes=(
        Scope("openid"),
        Scope("profile"),
        Scope("email"),
        Scope("offline_access"),
        Scope("User.Read", _("see whose account it is")),
        Scope("OnlineMeetings.ReadWrite", _("make and change Teams meetings")),
    ),
    extra=MappingProxyType({"prompt": "select_account"}),
)
VENDORS = {vendor.slug: vendor for vendor in (GOOGLE, ZOOM, MICROSOFT)}
LINK = "link"
"""Not a vendor: the address of a room that a host typed is kept like a connection."""


def vendor_of(slug: str) -> Vendor:
    """The vendor, set up; raises NotConfigured for an unknown one and without client id and secret."""
    vendor = VENDORS.get(slug)
    if vendor is None:
        raise NotConfigured(f"No accounts of {slug!r} can be connected.")
    if not vendor.is_set_up:
        keys = f"DUOLOGUE_{slug.upper()}_CLIENT_ID and DUOLOGUE_{slug.upper()}_CLIENT_SECRET"
        raise NotConfigured(f"{vendor.name} is not set up: {keys} are needed.")
    return vendor
