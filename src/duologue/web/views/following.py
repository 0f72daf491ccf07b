"""The host books the next session for an attendee, and takes it back while it is not paid (BOOK-2)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from duologue.accounts.throttle import allow
from duologue.bookings.models import Booking
from duologue.bookings.policy import follow_up_until
from duologue.bookings.queries import get_visible
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.errors import Forbidden, NotFound, ProviderError, Refused
from duologue.notifications import when
from duologue.scheduling.models import EventType
from duologue.usecases.book_follow_up import (
    NextTime,
    book_follow_up,
    booker,
    may_follow,
    withdraw_follow_up,
)
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.booking import LARGEST_ID, other_zone
from duologue.web.views.host import booking_card, offers_of
from duologue.web.views.moving import choice_of, chosen_in, see_other, to_session

FOLLOW_UPS_A_DAY = 10
"""After one session: each sends mails to somebody who did not ask for them."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def next_session(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """What, when, and whether it costs something; one press books it."""
    viewer = viewer_of(request)
    after, by = _as_host(booking_id, viewer)
    if not may_follow(after, now=viewer.now):
        messages.error(request, _("You can book the next session once this one has begun."))
        return to_session(after)
    if request.method == "POST":
        return _book(request, after, by, viewer)
    offers = offers_of(after.host)
    context: dict[str, Any] = {"after": after, "other": after.attendee_person, "offers": offers}
    offer = _chosen_offer(offers, request.GET.get("offer", ""), after)
    if offer is not None:
        context |= _card(request, after, offer, viewer)
    fragment = request.headers.get("HX-Target") == "booking"
    template = "sessions/_next_card.html" if fragment else "sessions/next.html"
    return render(request, template, context)


@never_cache
@require_POST
def take_back(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Not paid yet, and not meant any more."""
    viewer = viewer_of(request)
    booking, by = _as_host(booking_id, viewer)
    try:
        withdraw_follow_up(booking, by=by, now=viewer.now)
    except ProviderError:
        messages.error(request, _("The payment page cannot be closed right now. The hold ends by itself."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        name = booking.attendee_person.first_name
        said = _("The time is free again. %(name)s gets a mail.") % {"name": name}
        messages.success(request, said)
    return to_session(booking)


def _as_host(booking_id: UUID, viewer: Viewer) -> tuple[Booking, Actor]:
    """The booking for its host; for everybody else it is not found."""
    booking = get_visible(booking_id, viewer.user)
    user_id = viewer.user.pk if viewer.user else None
    try:
        return booking, booker(booking.party_of(user_id), user_id)
    except Forbidden as refusal:
        raise NotFound(refusal.message) from refusal


def _chosen_offer(offers: list[EventType], slug: str, after: Booking) -> EventType | None:
    """The one that was asked for; else what they met for this time."""
    named = next((one for one in offers if one.slug == slug), None)
    same = next((one for one in offers if one.pk == after.event_type_id), None)
    return named or same or (offers[0] if offers else None)


def _card(request: HttpRequest, after: Booking, offer: EventType, viewer: Viewer) -> dict[str, Any]:
    shown = booking_card(offer, choice_of(request), viewer)
    at: datetime | None = shown["at"]
    return {
        **shown,
        "their_zone": other_zone(at, after.attendee_time_zone, viewer) if at else None,
        "pay_until": follow_up_until(viewer.now, at, settings.DUOLOGUE_HOLD) if at else None,
    }


def _book(request: HttpRequest, after: Booking, by: Actor, viewer: Viewer) -> HttpResponse:
    wish = _wish(request)
    if wish is None:
        return see_other(request.path)
    if not allow("follow-up", str(after.pk), limit=FOLLOW_UPS_A_DAY, seconds=86400):
        messages.error(request, _("That was many times today. Try again tomorrow."))
        return to_session(after)
    try:
        booking = book_follow_up(after, wish, by=by, now=viewer.now)
    except NotFound:
        # Of the two it can only be the offer: the session was found a moment ago.
        messages.error(request, _("This offer is gone meanwhile. Nothing was booked."))
        return see_other(request.path)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return see_other(f"{request.path}{_again(wish)}")
    _say(request, booking, viewer)
    return see_other(reverse("session", args=[booking.pk]))


def _wish(request: HttpRequest) -> NextTime | None:
    """What the form says; None without a time."""
    at = chosen_in(request)
    try:
        offer_id = int(request.POST.get("event_type", ""))
    except ValueError:
        return None
    if at is None or not 0 < offer_id <= LARGEST_ID:
        return None
    return NextTime(offer_id, clock.aware(at), is_free=request.POST.get("price") == "free")


def _again(wish: NextTime) -> str:
    """The page with the same offer and time, to say what is free now."""
    slug = EventType.objects.filter(pk=wish.event_type_id).values_list("slug", flat=True).first() or ""
    return f"?{urlencode({'offer': slug, 'at': wish.starts_at.isoformat()})}"


def _say(request: HttpRequest, booking: Booking, viewer: Viewer) -> None:
    name = booking.attendee_person.first_name
    if booking.pay_until is None:
        title, words = _("The next session is booked."), _("You both get a mail.")
    else:
        at = when.moment(booking.pay_until, viewer.zone, when.locale_of(get_language() or ""))
        title = _("The time is kept for %(name)s.") % {"name": name}
        words = _("%(name)s gets a mail and can pay until %(until)s.") % {"name": name, "until": at}
    messages.success(request, format_html("<b>{}</b> {}", title, words))
