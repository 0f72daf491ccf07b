"""Where does one read mails on one's own machine, where none is sent? In development, everybody's inbox."""

from uuid import UUID

from django.conf import settings
from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from duologue.notifications.models import OutgoingMail
from duologue.notifications.sending import PEOPLE
from duologue.ops import lists, shown_mail
from duologue.ops.entry import for_developers, viewer_of
from duologue.ops.figures import WAITING_MAILS

LISTED = 100
_State = OutgoingMail.State
_READABLE = (_State.KEPT, _State.SENT)


@require_safe
@for_developers
def inbox(request: HttpRequest) -> HttpResponse:
    readable = OutgoingMail.objects.filter(state__in=_READABLE).select_related(*PEOPLE)
    asked = request.GET.get("to", "").strip().lower()
    # Once the clock was moved back, what comes now is news; the mails of the future follow.
    is_ahead = Case(When(sent_at__gt=viewer_of(request).now, then=1), default=0)
    rows = lists.mail_rows(readable.order_by(is_ahead, "-sent_at", "-pk")[:LISTED])
    return render(
        request,
        "ops/inbox.html",
        {
            "rows": [row for row in rows if asked in row.to] if asked else rows,
            "asked": asked,
            "on_their_way": OutgoingMail.objects.filter(state__in=WAITING_MAILS).count(),
            "has_server": bool(settings.DUOLOGUE_EMAIL_URL),
        },
    )


@require_safe
@for_developers
def inbox_mail(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    found = _mail(mail_id)
    return render(
        request,
        "ops/inbox_mail.html",
        {"mail": found, "shown": _shown(request, found), "html_url": f"/mail/{found.pk}/html"},
    )


@require_safe
@for_developers
def inbox_html(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    shown = _shown(request, _mail(mail_id))
    if shown.rendered is None:
        raise Http404
    return shown_mail.frame(shown.rendered)


@require_safe
@for_developers
def inbox_invite(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    shown = _shown(request, _mail(mail_id))
    if shown.rendered is None or not shown.rendered.calendar:
        raise Http404
    response = HttpResponse(shown.rendered.calendar, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="invite.ics"'
    return response


def _mail(mail_id: UUID) -> OutgoingMail:
    return get_object_or_404(
        OutgoingMail.objects.select_related(*PEOPLE).filter(state__in=_READABLE), pk=mail_id
    )


def _shown(request: HttpRequest, mail: OutgoingMail) -> shown_mail.Shown:
    return shown_mail.show(mail, viewer_of(request).now, is_veiled=False)
