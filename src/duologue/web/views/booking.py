"""From a chosen time to the payment page: hold, details, and the way back (BOOK-2 to BOOK-5)."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from duologue.accounts.models import MailedCode
from duologue.accounts.throttle import allow, client_address
from duologue.bookings import pay_links
from duologue.bookings.models import Booking
from duologue.bookings.policy import can_cancel_until
from duologue.bookings.queries import get_visible
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.calls import door
from duologue.core.errors import Invalid, NotFound, ProviderError, Refused
from duologue.payments.contract import CheckoutStatus
from duologue.payments.models import CheckoutAttempt
from duologue.scheduling import zones
from duologue.scheduling.models import EventType
from duologue.usecases import find_slots
from duologue.usecases.begin_checkout import Step, begin_checkout
from duologue.usecases.book import Wish, book
from duologue.usecases.give_details import Details, give_details
from duologue.usecases.mail_code import mail_code
from duologue.usecases.release_hold import release_hold
from duologue.usecases.settle_payment import settle_payment
from duologue.web import month
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.ways import code_page

HOLDS_AN_HOUR = 40
LARGEST_ID = 2**63 - 1
NEAR = 7


@require_POST
def hold(request: HttpRequest) -> HttpResponse:
    """Continue on a host's page: the slot is held, or somebody was quicker."""
    viewer = viewer_of(request)
    if not allow("hold", client_address(request), limit=HOLDS_AN_HOUR, seconds=3600):
        return _refused(
            request, Refused(_("That was many times in one hour. Please wait a while.")), status=429
        )
    try:
        wish = _wish(request, viewer)
        booking = book(wish, now=viewer.now)
    except NotFound as refusal:
        return _refused(request, refusal, status=404)
    except Refused as refusal:
        return _lost(request, wish, refusal) if refusal.code == "slot_taken" else _refused(request, refusal)
    return redirect("details", booking.pk)


def _wish(request: HttpRequest, viewer: Viewer) -> Wish:
    try:
        starts_at = datetime.fromisoformat(request.POST.get("at", ""))
        event_type_id = int(request.POST.get("event_type", ""))
        if not 0 < event_type_id <= LARGEST_ID:
            raise ValueError(event_type_id)
    except (ValueError, OverflowError):
        raise NotFound(_("That time is not on offer. Choose one from the calendar.")) from None
    return Wish(
        event_type_id=event_type_id,
        starts_at=starts_at,
        browser=viewer.browser,
        user=viewer.user,
        time_zone=viewer.zone_name,
        language=viewer.language,
    )


def _lost(request: HttpRequest, wish: Wish, refusal: Refused) -> HttpResponse:
    """BOOK-3: the sentence, and fresh times."""
    viewer = viewer_of(request)
    offer = EventType.objects.select_related("host__user").get(pk=wish.event_type_id)
    near = find_slots.near_slots(offer, wish.starts_at, now=viewer.now, count=NEAR)
    days = month.by_date([int(start.timestamp()) for start in near], viewer.zone)
    context = {"refusal": refusal, "offer": offer, "host": offer.host, "lost": wish.starts_at, "days": days}
    return render(request, "booking/slot_taken.html", context, status=refusal.status)


def _refused(request: HttpRequest, refusal: Refused, status: int = 0) -> HttpResponse:
    context = {
        "error_title": refusal.message,
        "error_words": _("Nothing was booked and nothing was charged."),
    }
    return render(request, "error.html", context, status=status or refusal.status)


class DetailsForm(forms.Form):
    """Who is coming. A signed-in person's address is fixed."""

    name = forms.CharField(label=gettext_lazy("Your name"), max_length=80)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy("The confirmation and your personal link go here."),
    )
    note = forms.CharField(
        label=gettext_lazy("What would you like to talk about?"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    wants_reminders = forms.BooleanField(
        label=gettext_lazy("Remind me by e-mail the day before and one hour before"), required=False
    )

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        if viewer.user is not None:
            self.fields["email"].disabled = True


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Name, address and note of a held time; sending them leads to the payment."""
    viewer = viewer_of(request)
    booking = held_booking(booking_id, viewer)
    status = booking.status_at(viewer.now)
    if status is not Status.PENDING_PAYMENT:
        return _over(request, booking) if status is Status.EXPIRED else redirect("session", booking.pk)
    if booking.pay_until is not None:
        return redirect(pay_links.address(booking))
    form = DetailsForm(request.POST or None, initial=_initial(booking, viewer), viewer=viewer)
    if request.method == "POST" and form.is_valid():
        answer = _send_details(request, booking, form)
        if answer is not None:
            return answer
    context = {
        "form": form,
        "booking": booking,
        "payment": request.GET.get("payment", ""),
        **summary(booking, viewer),
    }
    return render(request, "booking/details.html", context, status=422 if form.errors else 200)


def _send_details(request: HttpRequest, booking: Booking, form: DetailsForm) -> HttpResponse | None:
    """Where the details lead; None when they were refused and the form says why."""
    viewer = viewer_of(request)
    data = form.cleaned_data
    given = Details(
        name=data["name"],
        email=data["email"],
        note=data["note"],
        wants_reminders=data["wants_reminders"],
        time_zone=viewer.zone_name,
        language=viewer.language,
        user=viewer.user,
    )
    try:
        give_details(booking, given, now=viewer.now)
        return proceed(request, booking)
    except Invalid as refusal:
        form.add_error(refusal.data.get("field"), refusal.message)
    except Refused as refusal:
        if refusal.code in {"hold_over", "not_held"}:
            return redirect("details", booking.pk)
        form.add_error(None, refusal.message)
    return None


def proceed(request: HttpRequest, booking: Booking) -> HttpResponse:
    """To the payment page, to the proof of the address, or to the confirmation."""
    viewer = viewer_of(request)
    following = begin_checkout(booking, now=viewer.now)
    if following.step is Step.PAY:
        return redirect(following.url)
    if following.step is Step.CONFIRMED:
        return redirect("confirmed", booking.pk)
    return redirect(code_page(_mail_code(request, booking), reverse("finish", args=[booking.pk])))


def _mail_code(request: HttpRequest, booking: Booking) -> MailedCode:
    """A free session needs a proved address: the code page leads back to `finish` (BOOK-5)."""
    viewer = viewer_of(request)
    return mail_code(
        booking.attendee_email,
        purpose=MailedCode.Purpose.SIGN_IN,
        browser=viewer.browser,
        network=client_address(request),
        language=viewer.language,
        now=viewer.now,
    )


@never_cache
@require_safe
def finish(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Back from the code page: the booking belongs to a proved person now and can go on."""
    viewer = viewer_of(request)
    booking = held_booking(booking_id, viewer)
    if booking.status_at(viewer.now) is Status.CONFIRMED:
        return redirect("confirmed", booking.pk)
    if viewer.user is None or booking.attendee_id != viewer.user.pk:
        return redirect("details", booking.pk)
    try:
        return proceed(request, booking)
    except Refused:
        return redirect("details", booking.pk)


@never_cache
@require_safe
def paid(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Back from the payment page. The gateway is asked; the browser's word counts for nothing (PAY-1)."""
    viewer = viewer_of(request)
    booking = held_booking(booking_id, viewer)
    attempt = _attempt(request, booking)
    if attempt is None:
        return redirect("session", booking.pk)
    try:
        status = settle_payment(attempt.pk, now=viewer.now)
    except ProviderError:
        return render(request, "booking/checking.html", {"booking": booking}, status=503)
    booking.refresh_from_db()
    if booking.confirmed_at is not None:
        return redirect("confirmed", booking.pk)
    if status is CheckoutStatus.PAID:
        return redirect("session", booking.pk)
    if status is CheckoutStatus.PROCESSING:
        return render(request, "booking/checking.html", {"booking": booking})
    return redirect(f"{reverse('details', args=[booking.pk])}?payment=declined")


def _attempt(request: HttpRequest, booking: Booking) -> CheckoutAttempt | None:
    try:
        attempt_id = UUID(request.GET.get("attempt", ""))
    except ValueError:
        return None
    return CheckoutAttempt.objects.filter(pk=attempt_id, payment__booking=booking).first()


@require_POST
def release(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Give this time back."""
    viewer = viewer_of(request)
    booking = held_booking(booking_id, viewer)
    try:
        release_hold(
            booking, now=viewer.now, actor=Actor("attendee", viewer.user.pk if viewer.user else None)
        )
    except ProviderError:
        messages.error(request, _("The payment page cannot be closed right now. The hold ends by itself."))
        return redirect("details", booking.pk)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("session", booking.pk)
    messages.success(request, _("The time is free again. Nothing was charged."))
    return redirect("host", booking.host.slug)


def _over(request: HttpRequest, booking: Booking) -> HttpResponse:
    viewer = viewer_of(request)
    is_free = find_slots.refusal(booking.event_type, booking.starts_at, now=viewer.now) is None
    context = {"booking": booking, "is_free": is_free, "me": viewer.person or booking.attendee_person}
    return render(request, "booking/hold_over.html", context, status=410)


def held_booking(booking_id: UUID, viewer: Viewer) -> Booking:
    """A booking as its attendee sees it; a stranger's, and the host's own view, is not found."""
    booking = get_visible(booking_id, viewer.user, browser=viewer.known_browser)
    is_mine = (
        booking.attendee_id is not None and viewer.user is not None and booking.attendee_id == viewer.user.pk
    )
    made_here = (
        booking.attendee_id is None and bool(booking.holder) and booking.holder == viewer.known_browser
    )
    if not (is_mine or made_here):
        raise NotFound("There is no such session, or it is not yours.")
    return booking


def _initial(booking: Booking, viewer: Viewer) -> dict[str, Any]:
    user = viewer.user
    return {
        "name": booking.attendee_name or (user.name if user else ""),
        "email": user.email if user else booking.attendee_email,
        "note": booking.note,
        "wants_reminders": booking.wants_reminders,
    }


def summary(booking: Booking, viewer: Viewer) -> dict[str, Any]:
    """What the card beside a form tells of the time, the price, the rules and the hold."""
    until = can_cancel_until(booking.starts_at, booking.cancel_hours)
    return {
        "host": booking.host,
        "offer": booking.event_type,
        "other_zone": other_zone(booking.starts_at, booking.host.user.time_zone, viewer),
        "cancel_until": until if until > viewer.now else None,
        "window": door.window(booking),
        "me": viewer.person or booking.attendee_person,
        **hold_left(booking, viewer),
    }


def hold_left(booking: Booking, viewer: Viewer) -> dict[str, Any]:
    """The countdown as it stands without script."""
    ends = booking.hold_expires_at or viewer.now
    seconds = max(0, int((ends - viewer.now).total_seconds()))
    return {
        "hold_left": f"{seconds // 60:02}:{seconds % 60:02}",
        "hold_seconds": seconds,
        "hold_whole": max(seconds, int(settings.DUOLOGUE_HOLD.total_seconds())),
    }


def other_zone(at: datetime, name: str, viewer: Viewer) -> ZoneInfo | None:
    """The other person's zone where their clock differs from the viewer's at that time; else None."""
    zone = zones.zone(name)
    return zone if at.astimezone(zone).utcoffset() != at.astimezone(viewer.zone).utcoffset() else None
