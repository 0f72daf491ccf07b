"""Which mails does somebody want? For people who are signed in, and by the link in a mail for everybody."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from duologue.notifications import wishes
from duologue.usecases.choose_mails import choose_mails, unsubscribe
from duologue.web.forms_people import MailsForm
from duologue.web.gates import for_people
from duologue.web.viewer import viewer_of


def form_of(email: str) -> MailsForm:
    refused = wishes.unwanted(email)
    return MailsForm(initial={kind.value: kind not in refused for kind in wishes.Kind})


@never_cache
@require_POST
@for_people
def own_mails(request: HttpRequest) -> HttpResponse:
    """The part of the profile."""
    viewer = viewer_of(request)
    if viewer.user is not None:
        choose_mails(viewer.user.email, _wanted(request), now=viewer.now)
        messages.success(request, _("Your mails are chosen."), extra_tags="toast")
    return redirect("/profile#mails")


@csrf_exempt  # mail programs post here by themselves; the token in the path is the secret
@cache_control(no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET changes nothing: mail scanners follow links. A mail program's POST ends one kind (RFC 8058)."""
    try:
        choice = wishes.read(token)
    except ValueError:
        return _page(request, {"is_unknown": True}, status=404)
    now, done = viewer_of(request).now, ""
    if request.method == "POST" and "chosen" in request.POST:
        choose_mails(choice.email, _wanted(request), now=now)
        done = _("Your mails are chosen.")
    elif request.method == "POST":
        unsubscribe(choice.email, choice.kind, now=now)
        done = _("You get no more mails of this kind.")
    label = wishes.Kind(choice.kind).label if choice.kind else ""
    is_off = choice.kind in wishes.unwanted(choice.email)
    context = {"email": choice.email, "form": form_of(choice.email), "done": done}
    return _page(request, context | {"kind": "" if is_off else label})


def _wanted(request: HttpRequest) -> list[str]:
    return [kind.value for kind in wishes.Kind if request.POST.get(kind.value)]


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    response = render(request, "people/mail_choices.html", context | {"csrf_token": ""}, status=status)
    # Wherever people go from here, the token stays behind.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
