"""Who takes in what machines tell? Their own door, beside all that a browser's visit needs."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve

UNDER = "/webhooks/"


class DoorMiddleware:
    """Leads webhooks straight to their view: who they are from stands in a signature, not in a cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(UNDER):
            return self._get_response(request)
        view, args, kwargs = resolve(request.path_info, urlconf="duologue.webhooks.urls")
        answer: HttpResponse = view(request, *args, **kwargs)
        answer.headers["Content-Length"] = str(len(answer.content))
        return answer
