"""What does a person see when something is missing, refused or broken?"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def _page(
    request: HttpRequest, status: int, title: str, words: str, *, can_sign_in: bool = False
) -> HttpResponse:
    context = {"error_title": title, "error_words": words, "can_sign_in": can_sign_in}
    return render(request, "error.html", context, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request,
        403,
        _("This page was open for too long."),
        _("Go back, reload it and send it again. Cookies must be allowed for this site."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        request,
        404,
        _("There is nothing here."),
        _("The address may be mistyped, or what it showed is not yours to see. Signing in may help."),
        can_sign_in=True,
    )


def broken(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        500,
        _("Something broke on our side."),
        _("Nothing you sent was lost halfway. Try again in a minute."),
    )
