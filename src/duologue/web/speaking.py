"""Which language does this browser speak, and did somebody choose it here just now?

Whoever chooses one before signing in takes it along into the account. The mark of that choice is used up by
the first sign-in and ends after an hour: on a computer that several people share, what one of them or a
passer-by chose shall not become the language in which somebody else gets mails.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from duologue.accounts.models import User
from duologue.usecases.save_profile import choose_language
from duologue.web.viewer import A_YEAR, viewer_of

CHOSEN_COOKIE = "language_chosen"
_COUNTS_FOR_SECONDS = 3600


def choose(request: HttpRequest, response: HttpResponse, language: str) -> None:
    """By hand: for the account of who is signed in, else for the one that signs in here next."""
    user = viewer_of(request).user
    if user is not None:
        choose_language(user, language)
    else:
        _set(response, CHOSEN_COOKIE, language, _COUNTS_FOR_SECONDS, httponly=True)
    remember(response, language)


def come_in(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Who signs in finds the language just chosen here, or else that of the account."""
    chosen = request.COOKIES.get(CHOSEN_COOKIE, "")
    if chosen:
        response.delete_cookie(CHOSEN_COOKIE, samesite="Lax")
    if chosen in dict(settings.LANGUAGES) and chosen != user.language:
        choose_language(user, chosen)
    remember(response, user.language)


def remember(response: HttpResponse, language: str) -> None:
    """Pages are in the language of the cookie, mails in the one of the account."""
    _set(response, settings.LANGUAGE_COOKIE_NAME, language, A_YEAR)


def _set(response: HttpResponse, name: str, value: str, seconds: int, *, httponly: bool = False) -> None:
    response.set_cookie(
        name, value, max_age=seconds, samesite="Lax", secure=settings.IS_HTTPS, httponly=httponly
    )
