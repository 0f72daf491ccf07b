"""Which calendars outside take a host's time? Give an address, see its state, check it, take it away."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from duologue.accounts import throttle
from duologue.accounts.models import Host
from duologue.calendars.models import USUAL_LIMIT_HOURS, CalendarConnection
from duologue.core.errors import Refused
from duologue.usecases import keep_calendar
from duologue.web import calendar_cards
from duologue.web.form_errors import tell
from duologue.web.forms_calendars import CalendarForm, LimitForm
from duologue.web.gates import for_hosts
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.hosting import host_of

METHODS = ["GET", "HEAD", "POST"]
_READS_AN_HOUR = 30
_HOUR_SECONDS = 3600


@never_cache
@sensitive_post_parameters("address")
@require_http_methods(METHODS)
@for_hosts
def calendars(request: HttpRequest) -> HttpResponse:
    """The list; a new address is kept, and read by a job."""
    viewer = viewer_of(request)
    host = host_of(viewer)
    form = CalendarForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _count_read(host)
            added = keep_calendar.add_calendar(host, form.cleaned_data["address"], now=viewer.now)
        except Refused as refusal:
            tell(form, refusal)
        else:
            _say_being_read(request, added)
            return redirect("calendars")
    return _page(request, host, viewer, form=form)


@require_POST
@for_hosts
def check(request: HttpRequest, calendar_id: int) -> HttpResponse:
    """Have it read now, out of turn, by a job."""
    viewer = viewer_of(request)
    host = host_of(viewer)
    try:
        _count_read(host)
        checked = keep_calendar.check_calendar(host, calendar_id, now=viewer.now)
    except Refused as refusal:
        if refusal.code == "not_found":
            raise
        messages.warning(request, refusal.message)
        return redirect("calendars")
    _say_being_read(request, checked)
    return redirect("calendars")


@never_cache
@require_http_methods(METHODS)
@for_hosts
def remove(request: HttpRequest, calendar_id: int) -> HttpResponse:
    """Asks once more, on a page of its own or in a dialog."""
    host = host_of(viewer_of(request))
    calendar = keep_calendar.get_calendar(host, calendar_id)
    if request.method == "POST":
        keep_calendar.remove_calendar(host, calendar_id)
        messages.success(request, _("%(name)s removed.") % {"name": calendar}, extra_tags="toast")
        return redirect("calendars")
    context: dict[str, Any] = {"calendar": calendar}
    if request.headers.get("HX-Request"):
        context |= {"in_dialog": True, "asks": "hosting/_remove_calendar.html"}
        return render(request, "sessions/_dialog.html", context)
    return render(request, "hosting/remove_calendar.html", context)


@require_POST
@for_hosts
def limit(request: HttpRequest) -> HttpResponse:
    """For how long the last good copy may serve."""
    viewer = viewer_of(request)
    host = host_of(viewer)
    form = LimitForm(request.POST)
    if not form.is_valid():
        return _page(request, host, viewer, limit_form=form)
    keep_calendar.set_limit(host, form.cleaned_data["limit_hours"])
    messages.success(request, _("Saved."), extra_tags="toast")
    return redirect("calendars")


def _page(
    request: HttpRequest,
    host: Host,
    viewer: Viewer,
    *,
    form: CalendarForm | None = None,
    limit_form: LimitForm | None = None,
) -> HttpResponse:
    first = host.calendars.first()
    kept = first.limit_hours if first is not None else USUAL_LIMIT_HOURS
    shown = form or CalendarForm()
    cards = calendar_cards.cards(host, now=viewer.now, zone=viewer.zone)
    context = {
        "host": host,
        "cards": cards,
        "is_being_read": any(card.is_being_read for card in cards),
        "form": shown,
        "limit_form": limit_form or LimitForm(initial={"limit_hours": kept}),
        "most": keep_calendar.MOST,
    }
    is_wrong = bool(shown.errors) or bool(limit_form and limit_form.errors)
    return render(request, "hosting/calendars.html", context, status=422 if is_wrong else 200)


def _say_being_read(request: HttpRequest, calendar: CalendarConnection) -> None:
    words = _("%(name)s is being read now.") % {"name": calendar}
    messages.success(request, words, extra_tags="toast")


def _count_read(host: Host) -> None:
    """Whoever asks us to fetch something asks us to fetch not too much."""
    if not throttle.allow("calendar-read", str(host.pk), limit=_READS_AN_HOUR, seconds=_HOUR_SECONDS):
        words = _("That were many attempts. Please wait an hour.")
        raise Refused(words, code="too_many_attempts", field="address")
