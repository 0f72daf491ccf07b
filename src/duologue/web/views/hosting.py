"""How does somebody become a host, and what stands on their page?"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from duologue.accounts.models import Host
from duologue.core.errors import Refused
from duologue.usecases.apply_as_host import apply_as_host
from duologue.usecases.save_host import HostPage, propose_slug, save_host
from duologue.web.form_errors import tell
from duologue.web.forms_hosting import HostForm
from duologue.web.gates import for_hosts, for_people
from duologue.web.viewer import Viewer, viewer_of

METHODS = ["GET", "HEAD", "POST"]


def host_of(viewer: Viewer) -> Host:
    """The host who looks at a page for hosts."""
    if viewer.host is None or viewer.user is None:
        msg = "This page is for hosts."
        raise RuntimeError(msg)
    viewer.host.user = viewer.user
    return viewer.host


@never_cache
@require_http_methods(METHODS)
@for_people
def become(request: HttpRequest) -> HttpResponse:
    """The application; an operator looks at it before the page is public."""
    viewer = viewer_of(request)
    if viewer.host is not None or viewer.user is None:
        return redirect("hosting")
    name = viewer.user.name
    form = HostForm(request.POST or None, initial={"name": name, "slug": propose_slug(name) if name else ""})
    if request.method == "POST" and form.is_valid():
        try:
            apply_as_host(viewer.user, HostPage(**form.cleaned_data), now=viewer.now)
        except Refused as refusal:
            tell(form, refusal)
        else:
            messages.success(
                request, _("Your page waits for approval now. We write to you when it is public.")
            )
            return redirect("availability")
    return render(request, "hosting/become.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(METHODS)
@for_hosts
def page(request: HttpRequest) -> HttpResponse:
    """Change what the public page says."""
    host = host_of(viewer_of(request))
    kept = {name: getattr(host, name) for name in HostForm.base_fields if name != "name"}
    form = HostForm(request.POST or None, initial={"name": host.user.name, **kept})
    if request.method == "POST" and form.is_valid():
        try:
            save_host(host, HostPage(**form.cleaned_data))
        except Refused as refusal:
            # The header and the links on this page keep showing what is true.
            host.user.refresh_from_db()
            host.refresh_from_db()
            tell(form, refusal)
        else:
            messages.success(request, _("Page saved."), extra_tags="toast")
            return redirect("hosting")
    context = {"form": form, "host": host}
    return render(request, "hosting/page.html", context, status=422 if form.errors else 200)
