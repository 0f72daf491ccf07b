"""Who may open a page? Everyone else is led to where it is made possible."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from duologue.web.viewer import viewer_of
from duologue.web.ways import sign_in_page

View = Callable[..., HttpResponse]


def for_people(view: View) -> View:
    """Only for who is signed in; others sign in first and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if viewer_of(request).user is None:
            return redirect(sign_in_page(_here(request)))
        return view(request, *args, **kwargs)

    return guarded


def for_hosts(view: View) -> View:
    """Only for hosts, approved or waiting; others are asked whether they want to become one."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if viewer_of(request).host is None:
            return redirect("become-a-host")
        return view(request, *args, **kwargs)

    return for_people(guarded)


def _here(request: HttpRequest) -> str:
    # What was sent cannot be sent again after signing in; the page it was sent from can be opened.
    return request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
