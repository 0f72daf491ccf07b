"""What does an operator see first? Figures, what needs a person, who waits for approval."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from duologue.bookings import cancellers
from duologue.jobs.models import Job
from duologue.notifications.models import OutgoingMail
from duologue.notifications.sending import PEOPLE
from duologue.ops import figures, in_need, link_failures, lists, refunds
from duologue.ops.at_risk import at_risk
from duologue.ops.entry import for_operators, page, viewer_of
from duologue.ops.views.hosts import waiting_hosts
from duologue.ops.views.reviews import count_reported
from duologue.payments import questions

SHOWN = 5


@require_safe
@for_operators
def overview(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    # A mail that failed is shown as such; its job would say the same once more.
    failed_jobs = Job.objects.filter(state=Job.State.FAILED).exclude(name="send_mail").order_by("-run_at")
    failed_mails = OutgoingMail.objects.filter(state=OutgoingMail.State.FAILED).select_related(*PEOPLE)
    risks = at_risk(viewer.now)
    at_risk_already = [row.mail.pk for one in risks for row in one.mails]
    return page(
        request,
        "ops/overview.html",
        hosts=figures.hosts(),
        jobs=figures.jobs(viewer.now),
        mails=figures.mails(),
        refunds=refunds.counts()["stuck"],
        questions=questions.in_question().count(),
        reported=count_reported(),
        today=figures.today(viewer.now, viewer.zone),
        worker=figures.worker(),
        keeps_mails=not settings.DUOLOGUE_EMAIL_URL,
        failed_jobs=lists.job_rows(failed_jobs[:SHOWN], viewer.zone),
        failed_mails=lists.mail_rows(failed_mails.exclude(pk__in=at_risk_already)[:SHOWN]),
        at_risk=risks,
        platforms=link_failures.platforms(viewer.now),
        cannot_come=in_need.hosts_who_cannot_come(viewer.now),
        objections=in_need.objections(),
        cancellers=cancellers.frequent(viewer.now)[:SHOWN],
        applicants=lists.host_rows(waiting_hosts()[:SHOWN]),
    )
