"""Which pages may use camera and microphone? Those of the call and of its test, and no other."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

HEADER = "Permissions-Policy"
NOTHING = "camera=(), microphone=(), display-capture=()"
OWN_DEVICES = "camera=(self), microphone=(self), display-capture=(self)"

View = Callable[..., HttpResponse]


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
        response.headers[HEADER] = OWN_DEVICES
        return response

    return opened
