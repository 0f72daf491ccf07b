"""Which pages may use camera and microphone? Those of the call and of its test, and no other."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

HEADER = "Permissions-Policy"
NOTHING = "camera=(), microphone=(), display-capture=()"
_DEVICES = ("camera", "microphone", "display-capture")
OWN_DEVICES = ", ".join(f"{device}=(self)" for device in _DEVICES)

View = Callable[..., HttpResponse]


def let_in(response: HttpResponse, origin: str, sources: Mapping[str, Iterable[str]]) -> None:
    """Let the page load what `sources` name by directive, and a frame from `origin` use the devices."""
    if origin:
        devices = ", ".join(f'{device}=(self "{origin}")' for device in _DEVICES)
        response.headers[HEADER] = devices
    added = {directive: list(allowed) for directive, allowed in sources.items()}
    if origin:
        added.setdefault("frame-src", []).append(origin)
    response._csp_update = added  # type: ignore[attr-defined]


class PermissionsPolicyMiddleware:
    """Closes the devices on every answer that does not open them itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, NOTHING)
        return response


def uses_devices(view: View) -> View:
    """The page may ask for camera, microphone and screen."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers.setdefault(HEADER, OWN_DEVICES)
        return response

    return opened
