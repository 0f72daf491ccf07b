"""Who may give sessions? Approve, suspend and invite back, after reading the profile."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from duologue.accounts.models import Host
from duologue.ops import lists
from duologue.ops.entry import for_operators, page, viewer_of
from duologue.usecases.approve_host import approve_host
from duologue.usecases.suspend_host import suspend_host

A_PAGE = 25
_NAMES = {
    Host.Status.WAITING: pgettext_lazy("hosts", "Waiting"),
    Host.Status.APPROVED: pgettext_lazy("hosts", "Approved"),
    Host.Status.SUSPENDED: pgettext_lazy("hosts", "Suspended"),
}


def waiting_hosts() -> QuerySet[Host]:
    """Who waits for approval, the longest first."""
    return _listed(Host.Status.WAITING)


@require_safe
@for_operators
def hosts(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("show", "")
    shown = Host.Status(asked) if asked in Host.Status.values else Host.Status.WAITING
    listed = Paginator(_listed(shown), A_PAGE).get_page(request.GET.get("page"))
    counts = dict(Host.objects.order_by().values_list("status").annotate(count=Count("pk")))
    return page(
        request,
        "ops/hosts.html",
        shown=shown,
        segments=[(status.value, _NAMES[status], counts.get(status.value, 0)) for status in Host.Status],
        hosts=listed,
        rows=lists.host_rows(listed.object_list),
    )


@require_POST
@for_operators
def approve(request: HttpRequest, host_id: int) -> HttpResponse:
    host = _host(host_id)
    if approve_host(host, now=viewer_of(request).now):
        _say(request, _("Approved: %(name)s. We told them by mail."), host)
    else:
        _say(request, _("%(name)s was approved already."), host)
    return _back(request)


@require_POST
@for_operators
def suspend(request: HttpRequest, host_id: int) -> HttpResponse:
    host = _host(host_id)
    if suspend_host(host, now=viewer_of(request).now):
        _say(request, _("Suspended: %(name)s. We told them by mail. What is agreed stays agreed."), host)
    else:
        _say(request, _("%(name)s was suspended already."), host)
    return _back(request)


def _listed(status: Host.Status) -> QuerySet[Host]:
    return Host.objects.filter(status=status).select_related("user").order_by("applied_at", "pk")


def _host(host_id: int) -> Host:
    return get_object_or_404(Host.objects.select_related("user"), pk=host_id)


def _say(request: HttpRequest, words: str, host: Host) -> None:
    messages.success(request, words % {"name": host.user.name or host.slug}, extra_tags="toast")


def _back(request: HttpRequest) -> HttpResponse:
    """To the list the button stood in."""
    asked = request.POST.get("show", "")
    if asked == "overview":
        return redirect("ops")
    return redirect(f"/ops/hosts?show={Host.Status(asked)}" if asked in Host.Status.values else "/ops/hosts")
