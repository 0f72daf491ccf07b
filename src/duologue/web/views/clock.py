"""What would this page show in an hour? A page that moves the product's clock, in development only."""

import math
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from duologue.accounts.throttle import is_local
from duologue.bookings.models import Booking
from duologue.bookings.queries import visible_to
from duologue.bookings.states import AGREED
from duologue.core import clock
from duologue.web.viewer import Viewer, viewer_of

BEFORE_SESSION = timedelta(minutes=10)
STEPS = {
    "minute": timedelta(minutes=1),
    "ten-minutes": timedelta(minutes=10),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
FARTHEST = timedelta(days=5 * 366)
_AGREED = Q(status__in=[status.value for status in AGREED])


@require_http_methods(["GET", "HEAD", "POST"])
def clock_page(request: HttpRequest) -> HttpResponse:
    """GET shows the clock; POST moves it for web and worker alike. Elsewhere than in development: 404."""
    if settings.ENV != "development" or not is_local(request):
        raise Http404
    viewer = viewer_of(request)
    if request.method == "POST":
        return _move(request, viewer)
    context = {
        "offset": clock.offset(),
        "machine": clock.machine(),
        "next": _next(viewer),
        "is_near": _own(viewer).filter(_AGREED, starts_at__range=(viewer.now, _later(viewer.now))).exists(),
    }
    return render(request, "clock.html", context)


def _move(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    target = _target(request.POST.get("to", ""), viewer)
    if target is None or abs(target) > FARTHEST:
        messages.error(request, _("The clock stays where it is: there is nothing to move it to."))
    else:
        clock.set_offset(target)
        messages.success(request, _("The clock was moved."), extra_tags="toast")
    return redirect("clock")


def _target(asked: str, viewer: Viewer) -> timedelta | None:
    """How far the product's clock shall stand from the machine's; None for what cannot be."""
    if asked == "reset":
        return timedelta()
    if asked in STEPS:
        return clock.offset() + STEPS[asked]
    booking = _next(viewer)
    if asked != "session" or booking is None:
        return None
    away = booking.starts_at - BEFORE_SESSION - clock.machine()
    # Whole seconds are kept; rounded down, the page would show the minute before.
    return timedelta(seconds=math.ceil(away.total_seconds()))


def _next(viewer: Viewer) -> Booking | None:
    """The viewer's own next session that starts later than the clock can be set before."""
    later = _own(viewer).filter(_AGREED, starts_at__gt=_later(viewer.now))
    return later.order_by("starts_at").first()


def _own(viewer: Viewer) -> QuerySet[Booking]:
    bookings = visible_to(viewer.user, browser=viewer.known_browser).select_related("host__user")
    if viewer.user is not None and viewer.user.is_operator:
        # Operators see everybody's bookings; here their own are meant, or any if they have none.
        own = bookings.filter(attendee=viewer.user) | bookings.filter(host__user=viewer.user)
        return own if own.exists() else bookings
    return bookings


def _later(now: datetime) -> datetime:
    return now + BEFORE_SESSION
