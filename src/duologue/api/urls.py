"""Which operation stands at which address under /api/?"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from duologue import __version__
from duologue.api import bookings, docs, follow_ups, hosts, problems, proposals, reviews
from duologue.api.openapi import Api, OrjsonParser, OrjsonRenderer

api = Api(
    title="Duologue",
    version=__version__,
    description=docs.INTRODUCTION,
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
    renderer=OrjsonRenderer(),
    parser=OrjsonParser(),
)
api.add_router("", hosts.router)
api.add_router("", bookings.router)
api.add_router("", follow_ups.router)
api.add_router("", proposals.router)
api.add_router("", reviews.router)
problems.answer_by(api)

View = Callable[..., HttpResponse]


def _as_promised(view: View) -> View:
    """HEAD answers like GET, a wrong method is a problem too, and nothing is kept by caches."""

    @wraps(view)
    def answer(request: HttpRequest, **given: Any) -> HttpResponse:
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"
        try:
            response = view(request, **given)
        finally:
            request.method = asked
        if isinstance(response, HttpResponseNotAllowed):
            allowed = ", ".join(sorted(response["Allow"].split(", ")))
            response = problems.problem("method_not_allowed", allowed=allowed.split(", "))
            response["Allow"] = allowed
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


@_as_promised
@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Every other address: a problem, not a page."""
    return problems.problem("not_found")


def _operations() -> list[URLPattern | URLResolver]:
    found: list[URLPattern | URLResolver] = []
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            pattern.callback = _as_promised(pattern.callback)
            found.append(pattern)
    return found


urlpatterns: list[URLPattern | URLResolver] = [
    *_operations(),
    path("openapi.json", docs.openapi_json, {"api": api}, name="api-openapi"),
    path("docs", docs.page, {"api": api}, name="api-docs"),
    path("", RedirectView.as_view(pattern_name="api-docs"), name="api"),
    re_path(r"^.*$", nothing_here),
]
