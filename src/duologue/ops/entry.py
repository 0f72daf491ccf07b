"""Who may open the operators' pages, and what do all of them have?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Protocol
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from duologue.accounts.models import User
from duologue.accounts.throttle import is_local
from duologue.core.vocabulary import VOCABULARIES

View = Callable[..., HttpResponse]


class Viewer(Protocol):
    """The person at the browser, as every request brings them along."""

    @property
    def now(self) -> datetime: ...
    @property
    def user(self) -> User | None: ...
    @property
    def zone(self) -> ZoneInfo: ...
    @property
    def is_operator(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class NavItem:
    url: str
    label: str
    current: bool


def viewer_of(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer


def for_operators(view: View) -> View:
    """Only for who runs the installation; nobody else learns that there is a page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        viewer = viewer_of(request)
        if viewer.user is None:
            asked = request.get_full_path() if request.method in {"GET", "HEAD"} else "/ops"
            return redirect(f"{reverse('sign-in')}?{urlencode({'next': asked})}")
        if not viewer.is_operator:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def for_developers(view: View) -> View:
    """Only in development, and only for a browser on the same machine."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.ENV != "development" or not is_local(request):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """An operators' page with their own navigation."""
    hosts = str(VOCABULARIES[settings.DUOLOGUE_VOCABULARY].hosts)
    entries = [
        ("/ops", _("Overview")),
        ("/ops/hosts", hosts[:1].upper() + hosts[1:]),
        ("/ops/connections", _("Connections")),
        ("/ops/links", _("Links")),
        ("/ops/refunds", _("Refunds")),
        ("/ops/reviews", _("Reviews")),
        ("/ops/jobs", _("Jobs")),
        ("/ops/mail", _("Mail")),
    ]
    nav = [NavItem(url, label, _is_current(url, request.path)) for url, label in entries]
    return render(request, template, {"nav": nav, **context})


def _is_current(url: str, path: str) -> bool:
    return path == url or (url != "/ops" and path.startswith(f"{url}/"))
