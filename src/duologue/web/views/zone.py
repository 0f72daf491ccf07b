"""In which zone are times shown? The browser's by itself, any other by choice, with or without script."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from duologue.core.errors import Invalid
from duologue.usecases.save_profile import checked_zone, choose_zone
from duologue.web.form_errors import tell
from duologue.web.forms_people import ZoneForm
from duologue.web.viewer import A_YEAR, ZONE_COOKIE, viewer_of
from duologue.web.ways import next_of

_LONGEST_SEARCH = 60


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def time_zone(request: HttpRequest) -> HttpResponse:
    """Choose one; a script that tells the browser's own gets an answer without a page."""
    viewer = viewer_of(request)
    following = next_of(request, "/")
    by_hand = request.POST.get("detected") != "1"
    typed = request.POST.get("time_zone") or request.POST.get("zone", "")
    typed_city = request.GET.get("city", "")[:_LONGEST_SEARCH]
    search = "".join(letter for letter in typed_city if letter.isprintable())
    form = ZoneForm(initial={"time_zone": viewer.zone_name}, now=viewer.now, search=search)
    if request.method == "POST":
        try:
            name = checked_zone(typed)
        except Invalid as refusal:
            if not by_hand:
                return HttpResponse(status=422)
            form = ZoneForm({"time_zone": viewer.zone_name}, now=viewer.now)
            tell(form, refusal)
        else:
            if viewer.user is not None:
                choose_zone(viewer.user, name, by_hand=by_hand)
            return _told(redirect(following) if by_hand else HttpResponse(status=204), name)
    context = {"form": form, "next": following, "search": search}
    return render(request, "people/time_zone.html", context, status=422 if form.errors else 200)


def _told(response: HttpResponse, name: str) -> HttpResponse:
    response.set_cookie(ZONE_COOKIE, name, max_age=A_YEAR, samesite="Lax", secure=settings.IS_HTTPS)
    return response
