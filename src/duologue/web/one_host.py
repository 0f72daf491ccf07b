"""By which of its loopback names is a development server called? By one, or cookies get lost between two.

`localhost` and `127.0.0.1` are the same machine and two cookie jars: a time held under one name would be
nobody's under the other, where the payment page and the mails lead.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect


class OneHostMiddleware:
    """Leads a browser's page visits to BASE_URL's name; scripts and other ports are left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if settings.ENV != "development":
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate":
            ours, asked = urlsplit(settings.BASE_URL), urlsplit(f"//{request.get_host()}")
            if asked.port == ours.port and asked.hostname != ours.hostname:
                return HttpResponseRedirect(f"{settings.BASE_URL}{request.get_full_path()}")
        return self.get_response(request)
