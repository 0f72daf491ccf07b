"""The mailed link to a session that its host booked: what it is, what it costs, and the way to pay it.

Whoever has the link can pay or give the time back, and no more. A mail scanner's GET changes nothing, and a
link whose time is over says so for ever.
"""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from duologue.accounts.throttle import allow
from duologue.bookings import pay_links
from duologue.bookings.models import Booking
from duologue.bookings.policy import can_cancel_until
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core.errors import NotFound, ProviderError, Refused
from duologue.payments.contract import CheckoutStatus
from duologue.payments.models import CheckoutAttempt
from duologue.usecases.begin_checkout import begin_checkout
from duologue.usecases.release_hold import release_hold
from duologue.usecases.settle_payment import settle_payment
from duologue.web.viewer import viewer_of
from duologue.web.views.booking import other_zone
from duologue.web.views.joining import see_other

TRIES_AN_HOUR = 40


@csrf_exempt  # the token in the path is the secret; and a page for mail scanners must set no cookie
@cache_control(no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
def pay_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows how it stands; POST goes to the payment page, or gives the time back."""
    booking = pay_links.find(token)
    if booking is None:
        raise NotFound("There is no such session, or it is not yours.")
    response = _act(request, booking) if request.method == "POST" else _show(request, booking)
    # Wherever people go from here, the token stays behind.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _act(request: HttpRequest, booking: Booking) -> HttpResponse:
    viewer = viewer_of(request)
    if not allow("pay-link", str(booking.pk), limit=TRIES_AN_HOUR, seconds=3600):
        return _page(request, booking, said=_("That was many times in one hour. Please wait a while."))
    try:
        if request.POST.get("choice") == "no":
            release_hold(booking, now=viewer.now, actor=Actor("attendee", booking.attendee_id))
            return see_other(request.path)
        return redirect(begin_checkout(booking, now=viewer.now).url)
    except ProviderError:
        return _page(
            request, booking, said=_("The payment page cannot be closed right now. The hold ends by itself.")
        )
    except Refused as refusal:
        booking.refresh_from_db()
        return _page(request, booking, said=refusal.message)


def _show(request: HttpRequest, booking: Booking) -> HttpResponse:
    """Back from the payment page the gateway is asked first; the browser's word counts for nothing."""
    attempt = _attempt(request, booking)
    if attempt is None:
        return _page(request, booking)
    try:
        status = settle_payment(attempt.pk, now=viewer_of(request).now)
    except ProviderError:
        return render(request, "booking/checking.html", {"booking": booking}, status=503)
    booking.refresh_from_db()
    if status is CheckoutStatus.PROCESSING:
        return render(request, "booking/checking.html", {"booking": booking})
    is_open = booking.status_at(viewer_of(request).now) is Status.PENDING_PAYMENT
    return see_other(f"{request.path}?{urlencode({'payment': 'declined'})}" if is_open else request.path)


def _attempt(request: HttpRequest, booking: Booking) -> CheckoutAttempt | None:
    try:
        attempt_id = UUID(request.GET.get("attempt", ""))
    except ValueError:
        return None
    return CheckoutAttempt.objects.filter(pk=attempt_id, payment__booking=booking).first()


def _page(request: HttpRequest, booking: Booking, *, said: str = "") -> HttpResponse:
    viewer = viewer_of(request)
    viewer.suppose_zone(booking.attendee_time_zone)
    until = can_cancel_until(booking.starts_at, booking.cancel_hours)
    status = booking.status_at(viewer.now)
    is_mine = viewer.user is not None and viewer.user.pk == booking.attendee_id
    context: dict[str, Any] = {
        "booking": booking,
        "host": booking.host,
        "me": booking.attendee_person,
        "status": status.value,
        "said": said,
        "payment": request.GET.get("payment", ""),
        "other_zone": other_zone(booking.starts_at, booking.host.user.time_zone, viewer),
        "cancel_until": until if until > viewer.now else None,
        "is_mine": is_mine,
        "csrf_token": "",
    }
    return render(request, "booking/pay.html", context, status=410 if status is Status.EXPIRED else 200)
