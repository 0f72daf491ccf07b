"""How much may somebody tell us whom we do not know yet?"""

from django.http import HttpRequest, HttpResponse

LARGEST = 256 * 1024
"""Bytes of a body; vendors' events have some thousands."""


def refused_size(request: HttpRequest) -> HttpResponse | None:
    """The answer to a body that is not even read; None for one that is no giant."""
    try:
        size = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return HttpResponse(status=400)
    return HttpResponse(status=413) if size > LARGEST else None
