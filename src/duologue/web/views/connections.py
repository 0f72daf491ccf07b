"""Where do a host's sessions take place? Accounts elsewhere, a link of one's own, and the order of them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from duologue.accounts.models import Host
from duologue.connections import accounts
from duologue.connections.models import Connection
from duologue.connections.vendors import LINK, VENDORS
from duologue.core.errors import NotConfigured, NotFound, Refused
from duologue.usecases import connect_account, order_platforms, platform_choices, try_account
from duologue.usecases.disconnect_account import disconnect_account
from duologue.usecases.save_own_link import save_own_link
from duologue.usecases.try_account import Tried
from duologue.video.displaced import platforms_of
from duologue.video.registry import PROVIDERS
from duologue.web import calendar_cards, connection_cards
from duologue.web.connection_cards import name_of
from duologue.web.form_errors import tell
from duologue.web.forms_connections import OwnLinkForm
from duologue.web.gates import for_hosts
from duologue.web.viewer import viewer_of
from duologue.web.views.hosting import host_of
from duologue.web.ways import sign_in_page

METHODS = ["GET", "HEAD", "POST"]


@never_cache
@require_safe
@for_hosts
def connections(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    host = host_of(viewer)
    context = {
        "host": host,
        "cards": connection_cards.cards(host, now=viewer.now, zone=viewer.zone),
        "calendars": calendar_cards.cards(host, now=viewer.now, zone=viewer.zone),
        **_order(host),
    }
    return render(request, "connections/connections.html", context)


@never_cache
@require_POST
@for_hosts
def connect(request: HttpRequest, vendor: str) -> HttpResponse:
    """On to the vendor, by a page of ours: browsers hold redirects after a form to our own address."""
    viewer = viewer_of(request)
    try:
        address = connect_account.begin(request.session, host_of(viewer).user, vendor, now=viewer.now)
    except NotConfigured:
        raise Http404 from None
    return render(request, "connections/leaving.html", {"address": address, "vendor": VENDORS[vendor].name})


@never_cache
@require_GET
@sensitive_variables("answer")
def callback(request: HttpRequest, vendor: str) -> HttpResponse:
    """The way back from a vendor, for hosts and operators; whoever began it is told on their own page."""
    viewer = viewer_of(request)
    if viewer.user is None:
        # Without what stands in the address: it is of use to nobody else.
        return redirect(sign_in_page(reverse("connections")))
    answer = {name: request.GET.get(name, "") for name in ("state", "code", "error")}
    try:
        connection = connect_account.finish(request.session, viewer.user, vendor, answer, now=viewer.now)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("ops-connections" if refusal.data.get("for_all") else "connections")
    messages.success(request, _connected(connection), extra_tags="toast")
    return redirect("ops-connections" if connection.is_for_all else "connections")


@require_POST
@for_hosts
def check(request: HttpRequest, vendor: str) -> HttpResponse:
    viewer = viewer_of(request)
    own = _own(host_of(viewer), vendor)
    return _tried(request, vendor, lambda: try_account.check_now(own, _name(own), now=viewer.now))


@require_POST
@for_hosts
def test_meeting(request: HttpRequest, platform: str) -> HttpResponse:
    """A meeting made and taken away again, on any platform that this host can use."""
    viewer = viewer_of(request)
    host = host_of(viewer)
    usable = [one for one in platform_choices.for_host(host) if one.works]
    card = next((one.key for one in usable if platform in one.platforms), None)
    if card is None:
        raise NotFound(_("There is no such platform here."))
    name = name_of(platform)
    make = try_account.make_test_meeting
    return _tried(request, card, lambda: make(host.user_id, platform, name, now=viewer.now))


@never_cache
@require_http_methods(METHODS)
@for_hosts
def disconnect(request: HttpRequest, vendor: str) -> HttpResponse:
    """Asks once more, on a page of its own or in a dialog."""
    viewer = viewer_of(request)
    own = _own(host_of(viewer), vendor)
    if request.method == "POST":
        disconnect_account(own, now=viewer.now)
        words = _("%(name)s disconnected.") % {"name": _name(own)}
        if own.vendor == LINK:
            words = _("Your link is removed.")
        messages.success(request, words, extra_tags="toast")
        return redirect("connections")
    context = {
        "name": _name(own),
        "own": own,
        "is_link": own.vendor == LINK,
        "action": reverse("disconnect", args=[own.vendor]),
        "back": reverse("connections"),
    }
    if request.headers.get("HX-Request"):
        context |= {"in_dialog": True, "asks": "connections/_disconnect.html"}
        return render(request, "sessions/_dialog.html", context)
    return render(request, "connections/disconnect.html", context)


@never_cache
@require_http_methods(METHODS)
@for_hosts
def own_link(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    host = host_of(viewer)
    form = OwnLinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            save_own_link(host, form.cleaned_data["link"], now=viewer.now)
        except Refused as refusal:
            tell(form, refusal)
        else:
            words = _("Your link is saved. New sessions take place there.")
            messages.success(request, words, extra_tags="toast")
            return redirect("connections")
    kept = accounts.living(host.user_id).filter(vendor=LINK).first()
    context = {"form": form, "kept": kept}
    return render(request, "connections/own_link.html", context, status=422 if form.errors else 200)


@require_POST
@for_hosts
def order(request: HttpRequest) -> HttpResponse:
    """One step up or down, kept at once; with a script only the list comes back."""
    host = host_of(viewer_of(request))
    step, _colon, slug = request.POST.get("step", "").partition(":")
    after = order_platforms.move(host, slug, step)
    if not request.headers.get("HX-Request"):
        return redirect("/connections#order")
    context = {"said": _said(slug, after), "changed": slug, "moved": step, **_order(host)}
    return render(request, "connections/_order.html", context)


def _said(slug: str, after: list[str]) -> str:
    """What became of the order, for who does not see it."""
    if slug in after:
        return _("%(name)s is number %(place)s.") % {"name": name_of(slug), "place": after.index(slug) + 1}
    return _("%(name)s is not used.") % {"name": name_of(slug)} if slug in PROVIDERS else ""


def _order(host: Host) -> dict[str, Any]:
    choices = platform_choices.for_host(host)
    unused = platform_choices.not_in_order(host, choices)
    return {
        "steps": list(connection_cards.steps(platform_choices.order(host, choices), choices)),
        "unused": [(slug, name_of(slug)) for slug in unused],
    }


def _own(host: Host, vendor: str) -> Connection:
    found = accounts.living(host.user_id).filter(vendor=vendor).first()
    if found is None:
        raise NotFound(_("You have no such account connected."))
    return found


def _name(connection: Connection) -> str:
    names = (name_of(slug) for slug in platforms_of(connection.vendor))
    return next(names, connection.vendor)


def _connected(connection: Connection) -> str:
    values = {"name": _name(connection)}
    if connection.is_for_all:
        return _("%(name)s is connected for the whole site.") % values
    host = Host.objects.filter(user=connection.user_id).first()
    if host is not None and platform_choices.present(host) in platforms_of(connection.vendor):
        return _("%(name)s is connected. New sessions take place there.") % values
    return _("%(name)s is connected, and keeps its place in your order.") % values


def _tried(request: HttpRequest, card: str, try_it: Callable[[], Tried]) -> HttpResponse:
    """Back at the card where all is well; at the top where there is something to read."""
    try:
        tried = try_it()
    except Refused as refusal:
        tried = Tried(False, refusal.message)
    if not tried.is_well:
        messages.warning(request, tried.words)
        return redirect("connections")
    messages.success(request, tried.words, extra_tags="toast")
    return redirect(f"{reverse('connections')}#{card}")
