"""A host's page: who it is, and month, day and times in the viewer's zone (BOOK-1)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from duologue.accounts.models import Host
from duologue.bookings.policy import can_cancel_until
from duologue.core import clock
from duologue.scheduling import slots, zones
from duologue.scheduling.intervals import epoch
from duologue.scheduling.models import EventType
from duologue.scheduling.slots import Question
from duologue.usecases import find_slots
from duologue.web import month
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.booking import other_zone


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address says was chosen so far; each part may be missing or nonsense."""

    month: str
    day: str
    at: str


@require_safe
def host_page(request: HttpRequest, slug: str) -> HttpResponse:
    viewer = viewer_of(request)
    host = _host(slug, viewer)
    offers = offers_of(host)
    context: dict[str, Any] = {"host": host, "offers": offers}
    offer = _chosen_offer(offers, request.GET.get("offer", ""))
    if offer is not None:
        choice = Choice(*(request.GET.get(name, "") for name in ("month", "day", "at")))
        context |= booking_card(offer, choice, viewer)
    fragment = request.headers.get("HX-Target") == "booking"
    return render(request, "booking/_card.html" if fragment else "booking/host.html", context)


def offers_of(host: Host) -> list[EventType]:
    """What can be booked of a host, in the host's order, without asking for the host again."""
    offers = list(host.event_types.filter(is_active=True))
    for offer in offers:
        offer.host = host
    return offers


def _host(slug: str, viewer: Viewer) -> Host:
    host = Host.objects.select_related("user").filter(slug=slug).first()
    if host is None or not (host.is_bookable or viewer.is_operator or host.user_id == _user_id(viewer)):
        raise Http404
    return host


def _user_id(viewer: Viewer) -> int | None:
    return viewer.user.pk if viewer.user else None


def _chosen_offer(offers: list[EventType], slug: str) -> EventType | None:
    return next((offer for offer in offers if offer.slug == slug), offers[0] if offers else None)


def booking_card(offer: EventType, choice: Choice, viewer: Viewer) -> dict[str, Any]:
    """Everything the card shows for an offer: the month, the chosen day's times, the chosen time."""
    horizon = viewer.now + timedelta(days=offer.horizon_days)
    asked = find_slots.questions([offer], viewer.now, horizon, now=viewer.now)[offer.pk]
    days = _days(asked, offer, viewer, horizon)
    at = _chosen_time(choice.at, days)
    today = viewer.now.astimezone(viewer.zone).date()
    first_open = min(days, default=today)
    day = at.date() if at else _chosen_day(choice.day, days)
    first = month.month_of(choice.month, default=day or first_open)
    if day is None and not choice.month:
        day = first_open if days else None
    return {
        "offer": offer,
        "month": first,
        "weeks": month.grid(
            first, open_days=set(days), full_days=_full_days(asked, first, viewer), today=today, chosen=day
        ),
        "previous_month": month.previous_month(first) if first > today.replace(day=1) else None,
        "next_month": month.next_month(first)
        if month.next_month(first) <= _last_day(horizon, viewer)
        else None,
        "day": day,
        "times": month.parts_of_day(days.get(day, [])) if day else None,
        "at": at,
        "ends_at": at + timedelta(minutes=offer.duration) if at else None,
        "cancel_until": _cancel_until(at, viewer) if at else None,
        "at_was_lost": bool(choice.at) and at is None,
        "clock_change": _clock_change(first, viewer),
        "base": f"?{urlencode({'offer': offer.slug})}",
        "has_times": bool(days),
        "host_zone": other_zone(at, offer.host.user.time_zone, viewer) if at else None,
    }


def _days(asked: Question, offer: EventType, viewer: Viewer, horizon: datetime) -> dict[date, list[datetime]]:
    if not find_slots.is_open(offer):
        return {}
    starts = slots.open_slots(asked, epoch(viewer.now), epoch(horizon) + 1)
    return month.by_date(starts, viewer.zone)


def _full_days(asked: Question, first: date, viewer: Viewer) -> set[date]:
    """Days of the month that would have times if nobody had booked: drawn as fully booked."""
    start, end = month.bounds(first, viewer.zone)
    unbooked = Question(
        schedule=asked.schedule,
        rules=asked.rules,
        busy=(),
        booked_days={},
        now=asked.now,
        earliest=asked.earliest,
    )
    return set(month.by_date(slots.open_slots(unbooked, epoch(start), epoch(end)), viewer.zone))


def _last_day(horizon: datetime, viewer: Viewer) -> date:
    return horizon.astimezone(viewer.zone).date()


def _chosen_day(text: str, days: dict[date, list[datetime]]) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day in days else None


def _chosen_time(text: str, days: dict[date, list[datetime]]) -> datetime | None:
    """The open start that the address names; None when it is not (or no longer) open."""
    try:
        moment = clock.aware(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
    return next((start for starts in days.values() for start in starts if start == moment), None)


def _cancel_until(at: datetime, viewer: Viewer) -> datetime | None:
    """Until when a session booked now could be cancelled; None when it is too late already (CANCEL-1)."""
    until = can_cancel_until(at, settings.DUOLOGUE_CANCEL_HOURS)
    return until if until > viewer.now else None


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A night on which the viewer's clocks jump, in the month that is shown."""

    at: datetime
    is_back: bool


def _clock_change(first: date, viewer: Viewer) -> ClockChange | None:
    start, end = month.bounds(first, viewer.zone)
    start = max(start, viewer.now)
    if start >= end:
        return None
    at = zones.next_change(viewer.zone, start, within_days=(end - start).days)
    return ClockChange(at, zones.shift(viewer.zone, at) < timedelta()) if at else None
