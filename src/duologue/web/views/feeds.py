"""A person's calendar feed: the file that their calendar program asks for, and its switch in the profile."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from duologue.calendars.feeds import build_feed
from duologue.calendars.ics import MEDIA_TYPE
from duologue.core import clock
from duologue.usecases import calendar_feed
from duologue.web.gates import for_people
from duologue.web.viewer import viewer_of

_HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Disposition": 'inline; filename="sessions.ics"',
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@sensitive_variables("token")
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the address may read it; there is nothing in it that needs more than that."""
    user = calendar_feed.find(token)
    if user is None:
        raise Http404
    now = clock.now()
    said = calendar_feed.feed_of(user, now=now)
    response = get_conditional_response(request, said.etag, None, None)
    if response is None:
        response = HttpResponse(build_feed(said, stamp=now), content_type=f"{MEDIA_TYPE}; charset=utf-8")
    for name, value in {"ETag": said.etag, **_HEADERS}.items():
        response.headers[name] = value
    return response


@require_POST
@for_people
def switch(request: HttpRequest) -> HttpResponse:
    """On, at a new address, or off."""
    viewer = viewer_of(request)
    if viewer.user is None:
        raise Http404
    if request.POST.get("feed") == "off":
        calendar_feed.switch_off(viewer.user)
        messages.success(request, _("Your feed is switched off."), extra_tags="toast")
    else:
        calendar_feed.renew(viewer.user, now=viewer.now)
        messages.success(request, _("Your feed has a new address."), extra_tags="toast")
    return redirect("/profile#calendar-feed")
