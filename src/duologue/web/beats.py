"""Who asks every second? Scripts of a call's page: theirs is a door of their own, beside all that pages need.

Without it most of an answer's time went into looking for its view among all addresses, and into messages,
policies and forms that an answer in JSON has none of.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from duologue.web.permissions import HEADER, NOTHING
from duologue.web.viewer import ViewerMiddleware

UNDER = "/video-call/"

Answer = Callable[[HttpRequest], HttpResponse]


class BeatsMiddleware:
    """Leads them to their view by way of who is signed in and in which language, and of nothing else.

    Their views ask for no CSRF token, refuse what other sites send, and turn refusals into JSON themselves.
    """

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response
        self._visit: Any = SessionMiddleware(AuthenticationMiddleware(ViewerMiddleware(_answer)))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if not path.startswith(UNDER):
            return self._get_response(request)
        try:
            request.resolver_match = resolve(path, urlconf="duologue.web.urls_beats")
        except Resolver404:
            return self._get_response(request)
        # Refuses names that are not ours, as every page does.
        request.get_host()
        response: HttpResponse = self._visit(request)
        return response


def _answer(request: HttpRequest) -> HttpResponse:
    found: Any = request.resolver_match
    view, args, kwargs = found
    answer: HttpResponse = view(request, *args, **kwargs)
    answer.headers["Content-Length"] = str(len(answer.content))
    answer.headers["Content-Security-Policy"] = "default-src 'none'"
    answer.headers[HEADER] = NOTHING
    return answer
