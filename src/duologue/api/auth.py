"""Who is asking? A personal token, or the session of a signed-in browser with its CSRF token."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from duologue.accounts.models import User
from duologue.api import tokens
from duologue.core import clock
from duologue.core.errors import Forbidden


class Token(HttpBearer):
    """`Authorization: Bearer dl_…`. A header that is there but wrong is refused, whatever cookies say."""

    def __call__(self, request: HttpRequest) -> User | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _blank, token = header.partition(" ")
        user = self.authenticate(request, token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise AuthenticationError
        return user

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        return tokens.holder(token, now=clock.now())


class Session(APIKeyCookie):
    """The browser's own session, for scripts on our pages; changing something needs the CSRF token too."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> User | None:
        return self.authenticate(request, request.COOKIES.get(self.param_name))

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        if not key or not isinstance(request.user, User):
            return None
        if check_csrf(request) is not None:
            raise Forbidden(_("The X-CSRFToken header is missing or wrong."), code="csrf_failed")
        return request.user


PERSONAL = [Token(), Session()]


def person(request: HttpRequest) -> User:
    """Who was let in; only where `PERSONAL` guards the operation."""
    return cast(User, request.auth)  # type: ignore[attr-defined]
