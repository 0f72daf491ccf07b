"""Where does somebody go on to? Only to pages of ours, whatever a link asked for."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from duologue.accounts.models import MailedCode

HOME = "/sessions"
_LONGEST = 2000


def own_path(target: str, default: str = HOME) -> str:
    """The target if it is a path on this site, else the default."""
    is_path = target.startswith("/") and len(target) <= _LONGEST
    return target if is_path and url_has_allowed_host_and_scheme(target, allowed_hosts=None) else default


def next_of(request: HttpRequest, default: str = HOME) -> str:
    """What `next` asks for, in the form that was sent or in the address."""
    return own_path(request.POST.get("next") or request.GET.get("next", ""), default)


def code_page(code: MailedCode, following: str = HOME) -> str:
    """The page on which a mailed code is typed; after the proof it goes on to `following`."""
    return f"{reverse('sign-in-code')}?{urlencode({'code': str(code.pk), 'next': following})}"


def sign_in_page(following: str = HOME, **more: str) -> str:
    """The page that asks for an address, and leads on to `following`."""
    return f"{reverse('sign-in')}?{urlencode({**more, 'next': following})}"
