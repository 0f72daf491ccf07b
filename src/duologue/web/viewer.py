"""Who is looking, in which zone and language, and from which browser?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from duologue.accounts.models import Host, User
from duologue.core import clock, crypto
from duologue.core.ids import random_token
from duologue.core.vocabulary import VOCABULARIES
from duologue.notifications import when
from duologue.scheduling import zones

ZONE_COOKIE = "zone"
BROWSER_COOKIE = "browser"
A_YEAR = 60 * 60 * 24 * 365


class Viewer:
    """The person at the browser. `now` is read once and serves the whole request."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.now: datetime = clock.now()

    @cached_property
    def user(self) -> User | None:
        user: User | AnonymousUser = self._request.user
        return user if isinstance(user, User) else None

    def recognize(self, user: User) -> None:
        """Who is signed in was found out along with something else."""
        self.user = user

    @property
    def person(self) -> User | None:
        return self.user

    @cached_property
    def host(self) -> Host | None:
        if self.user is None:
            return None
        return Host.objects.filter(user=self.user).first()

    @property
    def is_host(self) -> bool:
        return self.host is not None

    @property
    def is_operator(self) -> bool:
        return self.user is not None and self.user.is_operator

    @cached_property
    def _zone(self) -> tuple[ZoneInfo, bool]:
        wanted = [self._request.COOKIES.get(ZONE_COOKIE, "")]
        if self.user is not None and self.user.time_zone_chosen:
            wanted.insert(0, self.user.time_zone)
        elif self.user is not None and self.user.time_zone != "UTC":
            # What every account begins with says nothing.
            wanted.append(self.user.time_zone)
        for name in wanted:
            try:
                return zones.zone(name), True
            except ValueError:
                continue
        return zones.zone("UTC"), False

    @property
    def zone(self) -> ZoneInfo:
        return self._zone[0]

    @property
    def zone_known(self) -> bool:
        """False while nobody chose a zone and the browser has not told one."""
        return self._zone[1]

    def suppose_zone(self, name: str) -> None:
        """Where nobody told a zone: show times in the one this person booked in, and do not ask."""
        if not self.zone_known:
            self._zone = (zones.zone(name), True)

    @property
    def zone_name(self) -> str:
        return self.zone.key

    @property
    def zone_city(self) -> str:
        return when.city(self.zone.key)

    @property
    def language(self) -> str:
        return translation.get_language() or settings.LANGUAGE_CODE

    @cached_property
    def browser_secret(self) -> str:
        """The secret in this browser's cookie; a new one is set with the answer when it has none."""
        return self._request.COOKIES.get(BROWSER_COOKIE) or random_token(128)

    @property
    def browser(self) -> str:
        """What we keep of this browser's secret; asking for it sets the cookie."""
        return crypto.fingerprint(self.browser_secret)

    @property
    def known_browser(self) -> str:
        """Like `browser`, but empty for a browser that never held anything."""
        return self.browser if BROWSER_COOKIE in self._request.COOKIES else ""

    def set_cookies(self, response: HttpResponse) -> None:
        if "browser_secret" in self.__dict__ and BROWSER_COOKIE not in self._request.COOKIES:
            response.set_cookie(
                BROWSER_COOKIE,
                self.browser_secret,
                max_age=A_YEAR,
                httponly=True,
                secure=settings.IS_HTTPS,
                samesite="Lax",
            )


class ViewerMiddleware:
    """Puts the viewer on the request and switches zone and language for its time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        viewer = Viewer(request)
        request.viewer = viewer  # type: ignore[attr-defined]
        translation.activate(_language(request))
        try:
            response = self.get_response(request)
        finally:
            translation.deactivate()
            timezone.deactivate()
        viewer.set_cookies(response)
        # What is kept between us and the browser must not mix languages.
        patch_vary_headers(response, ("Accept-Language",))
        return response


def _language(request: HttpRequest) -> str:
    return translation.get_language_from_request(request)


def viewer_of(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer


@dataclass(frozen=True, slots=True)
class NavItem:
    url: str
    label: Any
    current: bool


def _nav(request: HttpRequest, viewer: Viewer) -> list[NavItem]:
    vocabulary = VOCABULARIES[settings.DUOLOGUE_VOCABULARY]
    items: list[tuple[str, Any]] = [("/", vocabulary.find_host)]
    if viewer.user is not None or viewer.known_browser:
        # Who booked here without an account finds the way back, too.
        items.append(("/sessions", translation.gettext("Sessions")))
    if viewer.is_host:
        items.append(("/availability", translation.gettext("Availability")))
        items.append(("/offers", translation.gettext("Offers")))
        items.append(("/connections", translation.gettext("Connections")))
    if viewer.is_operator:
        items.append(("/ops", translation.gettext("Operations")))
    return _items(request, items)


def _account_nav(request: HttpRequest, viewer: Viewer) -> list[NavItem]:
    """The menu behind one's own portrait."""
    items: list[tuple[str, Any]] = [("/profile", translation.gettext("Profile"))]
    if viewer.is_host:
        items.append(("/hosting", translation.gettext("Your page")))
    elif viewer.user is not None:
        host = VOCABULARIES[settings.DUOLOGUE_VOCABULARY].host
        items.append(("/become-a-host", translation.gettext("Become a %(host)s") % {"host": host}))
    return _items(request, items)


def _items(request: HttpRequest, items: list[tuple[str, Any]]) -> list[NavItem]:
    path = request.path
    return [
        NavItem(url, label, path == url or (url != "/" and path.startswith(f"{url}/")) or _is_find(url, path))
        for url, label in items
    ]


def _is_find(url: str, path: str) -> bool:
    return url == "/" and path.startswith(("/h/", "/book", "/bookings/"))


def site_banner() -> str:
    if settings.ENV == "staging":
        return translation.gettext("Staging. Nothing here is real, no money moves.")
    return ""


def context(request: HttpRequest) -> dict[str, Any]:
    """What every page knows."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    if viewer is None:
        return {}
    return {
        "viewer": viewer,
        "site": {
            "name": settings.DUOLOGUE_NAME,
            "banner": site_banner(),
            "env": settings.ENV,
            "cancel_hours": settings.DUOLOGUE_CANCEL_HOURS,
            "terms_url": settings.DUOLOGUE_TERMS_URL,
            "privacy_url": settings.DUOLOGUE_PRIVACY_URL,
            "imprint_url": settings.DUOLOGUE_IMPRINT_URL,
        },
        "other_languages": [one for one in settings.LANGUAGES if one[0] != viewer.language],
        "words": VOCABULARIES[settings.DUOLOGUE_VOCABULARY],
        "nav": _nav(request, viewer),
        "account_nav": _account_nav(request, viewer),
    }
