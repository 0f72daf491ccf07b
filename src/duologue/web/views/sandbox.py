"""The sandbox gateway's own page: pay, decline or leave; no money moves (PAY-4)."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from duologue.jobs import queue
from duologue.payments.models import CheckoutAttempt, SandboxCheckout
from duologue.payments.providers.sandbox import SandboxProvider
from duologue.web.viewer import viewer_of
from duologue.web.views.booking import hold_left


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest, key: UUID) -> HttpResponse:
    """Stands in for the vendor: on Pay it remembers, and tells us by a job, as a webhook would."""
    found = SandboxCheckout.objects.filter(key=key).first()
    if found is None or SandboxProvider.slug != settings.DUOLOGUE_PAYMENT_PROVIDER:
        raise Http404
    viewer = viewer_of(request)
    choice = request.POST.get("choice", "") if request.method == "POST" else ""
    if choice == "pay" and SandboxProvider().pay(str(key)):
        _tell(key, request)
        return redirect(found.success_url)
    if choice == "leave":
        return redirect(found.cancel_url)
    if choice == "decline":
        # A page of its own, so that the browser's Back never asks to send the answer again.
        return redirect(f"{request.path}?declined")
    found.refresh_from_db()
    attempt = CheckoutAttempt.objects.select_related("payment__booking__host__user").filter(pk=key).first()
    is_over = found.state == SandboxCheckout.State.EXPIRED or found.expires_at <= viewer.now
    if attempt is None:
        raise Http404
    booking = attempt.payment.booking
    context = {
        "checkout": found,
        "booking": booking,
        "declined": "declined" in request.GET,
        "is_over": is_over,
        **hold_left(booking, viewer),
    }
    return render(request, "booking/sandbox.html", context)


def _tell(key: UUID, request: HttpRequest) -> None:
    now = viewer_of(request).now
    with transaction.atomic():
        queue.enqueue(
            queue.Owed(
                name="settle_payment", key=f"settle_payment:{key}", run_at=now, args={"attempt_id": str(key)}
            ),
            now=now,
        )
