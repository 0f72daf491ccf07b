"""Which platforms can this installation use? Its own accounts, what settings lack, and hosts in trouble."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from duologue.connections import accounts
from duologue.connections.models import Connection
from duologue.connections.vendors import VENDORS
from duologue.core.errors import NotConfigured, Refused
from duologue.notifications.connection_letters import platform_name, what_happened
from duologue.ops import link_failures
from duologue.ops.entry import for_operators, page, viewer_of
from duologue.ops.link_failures import Health
from duologue.usecases import connect_account, platform_choices, try_account
from duologue.usecases.disconnect_account import disconnect_account
from duologue.usecases.platform_choices import Choice
from duologue.usecases.try_account import Tried
from duologue.video.chain import is_allowed
from duologue.video.places import chosen_as

MOST_BROKEN = 50


@dataclass(frozen=True, slots=True)
class Card:
    """A choice as operators see it; `callback` is the address to register at the vendor."""

    choice: Choice
    name: str
    is_allowed: bool
    title: str = ""
    callback: str = ""
    health: Health | None = None
    """How the last day's tries went, where there were some."""

    @property
    def is_silent(self) -> bool:
        return self.health is not None and self.health.outage is not None

    @property
    def is_failing(self) -> bool:
        """Every try went wrong: keys that are set may be dead."""
        return self.health is not None and 0 < self.health.asked == self.health.failed

    @property
    def initial(self) -> str:
        return self.name[:1]

    @property
    def platform(self) -> str:
        return self.choice.platforms[0]


@dataclass(frozen=True, slots=True)
class Broken:
    """A host's account that does not work."""

    connection: Connection
    title: str


@never_cache
@require_safe
@for_operators
def connections(request: HttpRequest) -> HttpResponse:
    broken = Connection.objects.filter(state=Connection.State.RECONNECT_NEEDED, user__isnull=False)
    hosts = broken.select_related("user").order_by("-broke_at")[:MOST_BROKEN]
    health = {one.platform: one for one in link_failures.platforms(viewer_of(request).now)}
    return page(
        request,
        "ops/connections.html",
        cards=[_card(choice, health) for choice in platform_choices.for_all()],
        broken=[Broken(one, what_happened(one)) for one in hosts],
    )


@never_cache
@require_POST
@for_operators
def connect(request: HttpRequest, vendor: str) -> HttpResponse:
    viewer = viewer_of(request)
    if viewer.user is None:
        raise Http404
    try:
        address = connect_account.begin(request.session, viewer.user, vendor, now=viewer.now, for_all=True)
    except NotConfigured:
        raise Http404 from None
    return render(request, "connections/leaving.html", {"address": address, "vendor": VENDORS[vendor].name})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_operators
def disconnect(request: HttpRequest, vendor: str) -> HttpResponse:
    """Asks once more: every host may rely on it."""
    common, name = _common(vendor), platform_name(vendor)
    if request.method == "POST":
        disconnect_account(common, now=viewer_of(request).now)
        words = _("%(name)s disconnected.") % {"name": name}
        messages.success(request, words, extra_tags="toast")
        return redirect("ops-connections")
    action, back = reverse("ops-disconnect", args=[vendor]), reverse("ops-connections")
    return page(request, "connections/disconnect.html", own=common, name=name, action=action, back=back)


@require_POST
@for_operators
def test_meeting(request: HttpRequest, platform: str) -> HttpResponse:
    now = viewer_of(request).now
    known = {slug: choice.key for choice in platform_choices.for_all() for slug in choice.platforms}
    if platform not in known:
        raise Http404
    try:
        tried = try_account.make_test_meeting(0, platform, chosen_as(platform), now=now)
    except Refused as refusal:
        tried = Tried(False, refusal.message)
    if not tried.is_well:
        messages.warning(request, tried.words)
        return redirect("ops-connections")
    messages.success(request, tried.words, extra_tags="toast")
    return redirect(f"{reverse('ops-connections')}#{known[platform]}")


def _card(choice: Choice, health: dict[str, Health]) -> Card:
    own = choice.own
    return Card(
        choice=choice,
        name=chosen_as(choice.platforms[0]),
        is_allowed=any(is_allowed(slug) for slug in choice.platforms),
        title=what_happened(own) if own is not None and own.is_broken else "",
        callback=connect_account.redirect_uri(choice.vendor) if choice.vendor in VENDORS else "",
        health=next((health[slug] for slug in choice.platforms if slug in health), None),
    )


def _common(vendor: str) -> Connection:
    found = accounts.living(None).filter(vendor=vendor).first()
    if found is None:
        raise Http404
    return found
