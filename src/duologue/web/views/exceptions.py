"""When do the weekly hours not hold? Special days and time that is blocked by hand."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from duologue.accounts.models import Host
from duologue.core.errors import Refused
from duologue.notifications import when
from duologue.scheduling import zones
from duologue.scheduling.hours import Window, clock
from duologue.scheduling.intervals import instant
from duologue.scheduling.queries import SpecialDays, special_days_on
from duologue.scheduling.windows import span_of_dates
from duologue.usecases.block_time import Wall, block_time, booked_within, unblock_time
from duologue.usecases.save_special_days import remove_special_days, save_special_days
from duologue.web.entries import dates_of
from duologue.web.form_errors import tell
from duologue.web.forms_hosting import BlockForm, SpecialDaysForm
from duologue.web.forms_hours import Row, read_rows, rows_from
from duologue.web.gates import for_hosts
from duologue.web.viewer import viewer_of
from duologue.web.views.availability import side
from duologue.web.views.hosting import host_of

METHODS = ["GET", "HEAD", "POST"]
SPARE_ROWS = 2


@never_cache
@require_http_methods(METHODS)
@for_hosts
def edit_special_days(request: HttpRequest) -> HttpResponse:
    """A new entry, or the one that `first` lies in."""
    viewer = viewer_of(request)
    host = host_of(viewer)
    edited = _edited(request, host)
    form = SpecialDaysForm(request.POST or None, initial=_initial(edited))
    rows = _rows(request, edited)
    if request.method == "POST" and "add" not in request.POST:
        wanted = _wanted(form, rows)
        if wanted is not None:
            try:
                save_special_days(host, wanted, replaces=edited, now=viewer.now)
            except Refused as refusal:
                tell(form, refusal)
            else:
                _tell_booked(request, host, wanted, viewer.now)
                messages.success(request, _("Special days saved."), extra_tags="toast")
                return redirect("availability")
    is_adding = "add" in request.POST
    is_wrong = request.method == "POST" and not is_adding
    spare = [Row() for _number in range(SPARE_ROWS if is_adding or not rows else 1)]
    context = {
        "form": form if is_wrong or not is_adding else SpecialDaysForm(initial=request.POST.dict()),
        "rows": [*rows, *spare],
        "edited": edited,
    }
    return render(request, "hosting/special_days.html", context, status=422 if is_wrong else 200)


def _edited(request: HttpRequest, host: Host) -> SpecialDays | None:
    named = request.GET.get("first", "")
    if not named:
        return None
    found = special_days_on(host, _date(named))
    if found is None:
        raise Http404
    return found


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None


def _initial(edited: SpecialDays | None) -> dict[str, Any]:
    if edited is None:
        return {}
    return {
        "first": edited.first,
        "last": edited.last if edited.is_range else None,
        "kind": SpecialDaysForm.HOURS if edited.windows else SpecialDaysForm.CLOSED,
        "label": edited.label,
    }


def _rows(request: HttpRequest, edited: SpecialDays | None) -> list[Row]:
    if request.method == "POST":
        typed = rows_from(request.POST.getlist("from"), request.POST.getlist("to"))
        return [row for row in typed if not row.is_empty]
    return [Row(clock(start), clock(end)) for start, end in (edited.windows if edited else [])]


def _wanted(form: SpecialDaysForm, rows: list[Row]) -> SpecialDays | None:
    """What was asked for; None when something is wrong, which then stands at its field."""
    is_valid = form.is_valid()
    windows: list[Window] = []
    if form.cleaned_data.get("kind") == SpecialDaysForm.HOURS:
        windows = read_rows(rows)
        if not rows:
            form.add_error("kind", _("Write at least one window, or choose to be closed all day."))
    if not is_valid or form.errors or any(row.start_error or row.end_error for row in rows):
        return None
    given = form.cleaned_data
    return SpecialDays(given["first"], given["last"] or given["first"], windows, given["label"])


def _tell_booked(request: HttpRequest, host: Host, days: SpecialDays, now: datetime) -> None:
    if not days.windows:
        start, end = span_of_dates(zones.zone(host.user.time_zone), days.first, days.last)
        tell_booked(request, booked_within(host, instant(start), instant(end), now=now))


def tell_booked(request: HttpRequest, count: int) -> None:
    """Closing time cancels nothing; the host should know what is left in it."""
    if count:
        words = ngettext(
            "One session is booked in that time. It stays unless you cancel it.",
            "%(count)s sessions are booked in that time. They stay unless you cancel them.",
            count,
        )
        messages.warning(request, words % {"count": count})


@require_POST
@for_hosts
def take_special_days_away(request: HttpRequest) -> HttpResponse:
    host = host_of(viewer_of(request))
    first, last = (_date(text) for text in request.POST.get("days", "").partition("/")[::2])
    if remove_special_days(host, first, last):
        name = dates_of(SpecialDays(first, last, []))
        messages.success(request, _("%(day)s: your weekly hours again.") % {"day": name}, extra_tags="toast")
    return _list(request, host, "hosting/_special_days.html")


@never_cache
@require_http_methods(METHODS)
@for_hosts
def block(request: HttpRequest) -> HttpResponse:
    """Take time out by hand, for example a morning at the dentist."""
    viewer = viewer_of(request)
    host = host_of(viewer)
    form = BlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            blocked = block_time(
                host,
                Wall(given["begins_day"], given["begins"]),
                Wall(given["ends_day"], given["ends"]),
                label=given["label"],
                now=viewer.now,
            )
        except Refused as refusal:
            tell(form, refusal)
        else:
            tell_booked(request, booked_within(host, blocked.starts_at, blocked.ends_at, now=viewer.now))
            messages.success(request, _("Time blocked."), extra_tags="toast")
            return redirect("availability")
    context = {"form": form, "zone_city": when.city(host.user.time_zone)}
    return render(request, "hosting/block.html", context, status=422 if form.errors else 200)


@require_POST
@for_hosts
def unblock(request: HttpRequest, blocked_id: int) -> HttpResponse:
    host = host_of(viewer_of(request))
    unblock_time(host, blocked_id)
    messages.success(request, _("The time is open again."), extra_tags="toast")
    return _list(request, host, "hosting/_blocked_times.html")


def _list(request: HttpRequest, host: Host, template: str) -> HttpResponse:
    """Only the list where a script asked, so that hours typed beside it are not lost."""
    if getattr(request, "htmx", False):
        return render(
            request, template, {"host": host, **side(host, viewer_of(request)), "is_fragment": True}
        )
    return redirect("availability")
