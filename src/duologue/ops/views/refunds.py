"""What goes back, what is stuck, and a person's word about it (PAY-3)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from duologue.bookings.transitions import Actor
from duologue.core.errors import Refused
from duologue.ops import refunds as found
from duologue.ops.entry import for_operators, page, viewer_of
from duologue.usecases import answer_question
from duologue.usecases.retry_refund import retry_refund
from duologue.usecases.settle_by_hand import LONGEST_NOTE, settle_by_hand

A_PAGE = 25


@never_cache
@require_safe
@for_operators
def refunds(request: HttpRequest) -> HttpResponse:
    return _page(request, request.GET.get("show", ""))


@require_POST
@for_operators
def retry(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    try:
        retry_refund(refund_id, by=_operator(request), now=viewer_of(request).now)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("It is tried again now."), extra_tags="toast")
    return _back(request)


@never_cache
@require_POST
@for_operators
def settle(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """Paid in another way, says the operator, and how."""
    note = request.POST.get("note", "")
    try:
        settle_by_hand(refund_id, note, by=_operator(request), now=viewer_of(request).now)
    except Refused as refusal:
        if refusal.data.get("field") == "note":
            again = {"refund_id": refund_id, "note": note[: LONGEST_NOTE * 2], "words": refusal.message}
            return _page(request, request.POST.get("show", ""), refused=again, status=422)
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Settled by hand. The payer is told."), extra_tags="toast")
    return _back(request)


@require_POST
@for_operators
def close(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    answer_question.close_question(payment_id)
    messages.success(request, _("Closed. Nothing was sent."), extra_tags="toast")
    return _back(request)


@require_POST
@for_operators
def give_back(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    try:
        answer_question.give_back_all(payment_id, by=_operator(request), now=viewer_of(request).now)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The money goes back now."), extra_tags="toast")
    return _back(request)


def _page(
    request: HttpRequest, asked: str, *, refused: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    shown = asked if asked in found.SHOWN else "stuck"
    counts = found.counts()
    paged = Paginator(found.listed(shown), A_PAGE).get_page(request.GET.get("page"))
    response = page(
        request,
        "ops/refunds.html",
        shown=shown,
        segments=[
            ("stuck", _("Stuck"), counts["stuck"]),
            ("waiting", _("On its way"), counts["waiting"]),
            ("done", _("Done"), counts["done"]),
        ],
        refunds=paged,
        rows=found.rows(paged.object_list),
        payments=found.payments_in_question(),
        refused=refused,
        longest_note=LONGEST_NOTE,
    )
    response.status_code = status
    return response


def _operator(request: HttpRequest) -> Actor:
    user = viewer_of(request).user
    return Actor("operator", user.pk if user is not None else None)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    shown = request.POST.get("show", "")
    return redirect(f"/ops/refunds?show={shown}" if shown in found.SHOWN else "/ops/refunds")
