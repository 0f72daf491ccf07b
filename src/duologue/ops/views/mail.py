"""Which mails went out, which wait, which failed, and what stood in them? For operators."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from duologue.notifications import outbox
from duologue.notifications.models import OutgoingMail
from duologue.notifications.sending import PEOPLE
from duologue.ops import lists, shown_mail
from duologue.ops.entry import for_operators, page, viewer_of
from duologue.ops.figures import WAITING_MAILS

A_PAGE = 50
_State = OutgoingMail.State
SHOWN: dict[str, tuple[OutgoingMail.State, ...]] = {
    "all": tuple(_State),
    "waiting": WAITING_MAILS,
    "failed": (_State.FAILED,),
    "sent": (_State.SENT,),
    "kept": (_State.KEPT,),
    "dropped": (_State.DROPPED,),
}
CAN_GO_AGAIN = (_State.FAILED, _State.RETRYING)


@require_safe
@for_operators
def mails(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("show", "")
    shown = asked if asked in SHOWN else "all"
    listed = OutgoingMail.objects.filter(state__in=SHOWN[shown]).select_related(*PEOPLE)
    counts = dict(OutgoingMail.objects.order_by().values_list("state").annotate(count=Count("pk")))
    names = {
        "all": _("All"),
        "waiting": _("Waiting"),
        "failed": _("Failed"),
        "sent": _("Sent"),
        "kept": _("Kept"),
        "dropped": _("Not needed"),
    }
    paged = Paginator(listed.order_by("-created_at", "-pk"), A_PAGE).get_page(request.GET.get("page"))
    return page(
        request,
        "ops/mails.html",
        shown=shown,
        segments=[
            (key, names[key], sum(counts.get(state.value, 0) for state in states))
            for key, states in SHOWN.items()
        ],
        mails=paged,
        rows=lists.mail_rows(paged.object_list),
        can_go_again=CAN_GO_AGAIN,
    )


@require_safe
@for_operators
def mail(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    found = _mail(mail_id)
    return page(
        request,
        "ops/mail.html",
        mail=found,
        kind=lists.kind_of(found),
        shown=shown_mail.show(found, viewer_of(request).now, is_veiled=_is_veiled()),
        is_veiled=_is_veiled(),
        can_go_again=found.state in CAN_GO_AGAIN,
        html_url=f"/ops/mail/{found.pk}/html",
    )


@require_safe
@for_operators
def mail_html(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    shown = shown_mail.show(_mail(mail_id), viewer_of(request).now, is_veiled=_is_veiled())
    if shown.rendered is None:
        raise Http404
    return shown_mail.frame(shown.rendered)


@require_POST
@for_operators
def send_again(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    with transaction.atomic():
        went = outbox.send_again(_mail(mail_id), now=viewer_of(request).now)
    if went:
        messages.success(request, _("It is sent again now."), extra_tags="toast")
    else:
        messages.info(request, _("It went out, or is no longer needed."))
    return redirect("ops" if request.POST.get("show") == "overview" else f"/ops/mail/{mail_id}")


def _mail(mail_id: UUID) -> OutgoingMail:
    return get_object_or_404(OutgoingMail.objects.select_related(*PEOPLE), pk=mail_id)


def _is_veiled() -> bool:
    """Operators read neither links nor codes (MAIL-2); in development the page stands in for the inbox."""
    return bool(settings.ENV != "development")
