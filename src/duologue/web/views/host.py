"""A host's page: who it is, and month, day and times in the viewer's zone (BOOK-1)."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from duologue.accounts.models import Host
from duologue.bookings.policy import can_cancel_until
from duologue.calendars import busy
from duologue.notifications import when
from duologue.reviews import queries as reviews
from duologue.scheduling.models import EventType
from duologue.usecases import find_slots
from duologue.web import picker
from duologue.web.picker import Choice
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.booking import other_zone

REVIEWS_SHOWN = 3


# Everybody may read this page: nothing on it is given away by how small it gets.
@gzip_page
@require_safe
def host_page(request: HttpRequest, slug: str) -> HttpResponse:
    viewer = viewer_of(request)
    host = host_of(slug, viewer)
    if host.slug != slug:
        return _moved(request, host)
    offers = offers_of(host)
    context: dict[str, Any] = {"host": host, "offers": offers}
    offer = _chosen_offer(offers, request.GET.get("offer", ""))
    if offer is not None:
        choice = Choice(*(request.GET.get(name, "") for name in ("month", "day", "at")))
        context |= booking_card(offer, choice, viewer)
    if request.headers.get("HX-Target") == "booking":
        return render(request, "booking/_card.html", context)
    context |= {
        "rating": reviews.summary(host.pk, now=viewer.now),
        "said": reviews.of_host(host.pk, now=viewer.now, limit=REVIEWS_SHOWN),
    }
    return render(request, "booking/host.html", context)


def offers_of(host: Host) -> list[EventType]:
    """What can be booked of a host, in the host's order, without asking for the host again."""
    offers = list(host.event_types.filter(is_active=True))
    for offer in offers:
        offer.host = host
    return offers


def host_of(slug: str, viewer: Viewer) -> Host:
    """The host of that address, present or former; raises Http404 for who may not see the page."""
    hosts = Host.objects.select_related("user")
    host = hosts.filter(slug=slug).first() or hosts.filter(former_slugs__slug=slug).first()
    if host is None or not (host.is_bookable or viewer.is_operator or host.user_id == _user_id(viewer)):
        raise Http404
    return host


def _moved(request: HttpRequest, host: Host) -> HttpResponse:
    """From an address that the page had once to the present one."""
    asked = f"?{query}" if (query := request.GET.urlencode()) else ""
    response = HttpResponsePermanentRedirect(reverse("host", args=[host.slug]) + asked)
    # The host may take the old address back; a browser that kept the redirect would go in circles then.
    response.headers["Cache-Control"] = "no-cache"
    return response


def _user_id(viewer: Viewer) -> int | None:
    return viewer.user.pk if viewer.user else None


def _chosen_offer(offers: list[EventType], slug: str) -> EventType | None:
    return next((offer for offer in offers if offer.slug == slug), offers[0] if offers else None)


def booking_card(offer: EventType, choice: Choice, viewer: Viewer) -> dict[str, Any]:
    """Everything the card shows for an offer: the month, the chosen day's times, the chosen time."""
    horizon = viewer.now + timedelta(days=offer.horizon_days)
    asked = find_slots.questions([offer], viewer.now, horizon, now=viewer.now)[offer.pk]
    days = picker.open_days(asked, viewer, horizon) if find_slots.is_open(offer) else {}
    shown = picker.drawn(asked, days, choice, viewer, horizon=horizon)
    at = shown["at"]
    tried_at = None if days else busy.unknown_since(offer.host_id, now=viewer.now)
    return {
        **shown,
        "offer": offer,
        "calendar_tried_at": tried_at,
        "is_calendar_new": tried_at is not None
        and busy.closed_because(offer.host_id, now=viewer.now) == busy.BEING_READ,
        "is_tried_today": tried_at is not None and _is_today(tried_at, viewer),
        "ends_at": at + timedelta(minutes=offer.duration) if at else None,
        "cancel_until": _cancel_until(at, viewer) if at else None,
        "base": f"?{urlencode({'offer': offer.slug})}",
        "host_zone": other_zone(at, offer.host.user.time_zone, viewer) if at else None,
    }


def _is_today(at: datetime, viewer: Viewer) -> bool:
    return when.days_apart(at, viewer.now, viewer.zone) == 0


def _cancel_until(at: datetime, viewer: Viewer) -> datetime | None:
    """Until when a session booked now could be cancelled; None when it is too late already (CANCEL-1)."""
    until = can_cancel_until(at, settings.DUOLOGUE_CANCEL_HOURS)
    return until if until > viewer.now else None
