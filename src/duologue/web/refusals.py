"""How do refusals that no view caught become pages? Not found is 404, the rest says why."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from duologue.core.errors import NotFound, Refused
from duologue.web.views.errors import not_found


class RefusalsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotFound):
            return not_found(request, exception)
        if isinstance(exception, Refused):
            context = {"error_title": exception.message, "error_words": _("Nothing was changed.")}
            return render(request, "error.html", context, status=exception.status)
        return None
