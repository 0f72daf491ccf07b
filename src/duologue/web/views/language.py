"""In which language are pages and mails? The browser's at first, any other by choice, without script too."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from duologue.web import speaking
from duologue.web.ways import next_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    """Choose one; who is signed in here, now or next, gets mails in it, too.

    A page was asked for by mistake: there is none.
    """
    response = redirect(next_of(request, "/"))
    wanted = request.POST.get("language", "")
    if request.method != "POST" or wanted not in dict(settings.LANGUAGES):
        return response
    speaking.choose(request, response, wanted)
    return response
