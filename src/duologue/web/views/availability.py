"""When can a host be booked? The editor of weekly hours and of the rules that all offers share."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from duologue.accounts.models import Host
from duologue.core.errors import Refused
from duologue.scheduling import zones
from duologue.scheduling.queries import Setup, blocked_times, setup_of, special_days
from duologue.usecases.next_week import next_week
from duologue.usecases.save_hours import WeeklyHours, save_hours
from duologue.web import calendar_cards, entries, week
from duologue.web.form_errors import tell
from duologue.web.forms_hosting import RulesForm
from duologue.web.forms_hours import HoursForm
from duologue.web.forms_people import ZoneForm
from duologue.web.gates import for_hosts
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.hosting import host_of


class Editor:
    """The three forms of the page and what they were made from."""

    def __init__(self, request: HttpRequest, setup: Setup, viewer: Viewer) -> None:
        post = request.POST if request.method == "POST" else None
        self.is_sent = post is not None
        self.setup = setup
        self.hours = HoursForm.of(setup.weekly) if post is None else HoursForm.typed(post)
        self.rules = RulesForm(post, kept=setup.rules)
        self.zone = ZoneForm(post, initial={"time_zone": setup.time_zone}, now=viewer.now)

    def is_valid(self) -> bool:
        # All three are read, so that all that is wrong shows at once.
        sent = [self.hours.is_valid(), self.zone.is_valid(), not self.setup.rules or self.rules.is_valid()]
        return all(sent)

    @property
    def errors(self) -> list[dict[str, Any]]:
        """Everything that is wrong, with the field it leads to."""
        found = self.hours.errors
        for form in (self.zone, self.rules):
            for bound in form:
                found += [{"id": bound.auto_id, "day": bound.label, "words": words} for words in bound.errors]
        return found

    def wanted(self) -> WeeklyHours:
        return WeeklyHours(
            self.zone.cleaned_data["time_zone"],
            self.hours.weekly,
            self.rules.changed_rules if self.setup.rules else {},
        )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_hosts
def availability(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    host = host_of(viewer)
    setup = setup_of(host)
    editor = Editor(request, setup, viewer)
    if not editor.is_sent or editor.hours.change(request.POST):
        return _page(request, host, editor)
    if not editor.is_valid():
        return _page(request, host, editor, status=422)
    try:
        save_hours(host, editor.wanted(), seen=request.POST.get("seen", ""))
    except Refused as refusal:
        host.user.refresh_from_db()
        editor.setup = setup_of(host)
        if refusal.code == "changed_meanwhile":
            return _page(request, host, editor, kept=HoursForm.of(editor.setup.weekly), status=409)
        tell(editor.zone, refusal)
        return _page(request, host, editor, status=refusal.status)
    messages.success(request, _("Hours saved."), extra_tags="toast")
    return redirect("availability")


def _page(
    request: HttpRequest, host: Host, editor: Editor, *, kept: HoursForm | None = None, status: int = 200
) -> HttpResponse:
    """`kept` shows what somebody else saved in the meantime."""
    viewer = viewer_of(request)
    # The preview follows what is typed as soon as that makes sense.
    is_readable = editor.is_sent and editor.is_valid()
    days = next_week(
        host,
        weekly=editor.hours.weekly if is_readable else None,
        zone_name=editor.zone.cleaned_data["time_zone"] if is_readable else "",
        now=viewer.now,
    )
    context = {
        "host": host,
        "editor": editor,
        "errors": editor.errors if status == 422 else [],
        "kept": kept,
        "seen": editor.setup.fingerprint if kept or not editor.is_sent else request.POST.get("seen", ""),
        "week": week.draw(days),
        **side(host, viewer),
    }
    return render(request, "hosting/availability.html", context, status=status)


def side(host: Host, viewer: Viewer) -> dict[str, Any]:
    """The lists beside the hours."""
    zone = zones.zone(host.user.time_zone)
    today = viewer.now.astimezone(zone).date()
    return {
        "special_days": entries.of_special_days(special_days(host, since=today)),
        "blocked_times": entries.of_blocked_times(blocked_times(host, now=viewer.now), zone),
        "calendars": calendar_cards.cards(host, now=viewer.now, zone=zone),
    }
