"""What does the installation still owe, what is late, and what gave up?"""

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from duologue.jobs import queue
from duologue.jobs.models import Job
from duologue.ops import figures, lists
from duologue.ops.entry import Viewer, for_operators, page, viewer_of

A_PAGE = 50
LATE_AFTER = timedelta(minutes=1)
SHOWN = ("failed", "late", "waiting", "running")


@require_safe
@for_operators
def jobs(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    asked = request.GET.get("show", "")
    shown = asked if asked in SHOWN else SHOWN[0]
    tally = figures.jobs(viewer.now)
    listed = Paginator(_listed(shown, viewer), A_PAGE).get_page(request.GET.get("page"))
    return page(
        request,
        "ops/jobs.html",
        shown=shown,
        segments=[
            ("failed", _("Gave up"), tally.failed),
            ("late", _("Late"), tally.late),
            ("waiting", _("Waiting"), tally.waiting),
            ("running", _("Running"), tally.running),
        ],
        jobs=listed,
        rows=lists.job_rows(listed.object_list, viewer.zone),
        can_retry=shown != "running",
    )


@require_POST
@for_operators
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    if queue.retry(job_id, viewer_of(request).now):
        messages.success(request, _("It is tried again now."), extra_tags="toast")
    else:
        messages.info(request, _("It runs already, or was done meanwhile."))
    asked = request.POST.get("show", "")
    if asked == "overview":
        return redirect("ops")
    return redirect(f"/ops/jobs?show={asked}" if asked in SHOWN else "/ops/jobs")


def _listed(shown: str, viewer: Viewer) -> QuerySet[Job]:
    state = Job.State
    if shown == "failed":
        return Job.objects.filter(state=state.FAILED).order_by("-run_at", "-pk")
    if shown == "running":
        return Job.objects.filter(state=state.RUNNING).order_by("run_at", "pk")
    waiting = Job.objects.filter(state=state.WAITING).order_by("run_at", "pk")
    return waiting.filter(run_at__lt=viewer.now - LATE_AFTER) if shown == "late" else waiting
