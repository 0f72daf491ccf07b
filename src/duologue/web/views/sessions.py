"""One's sessions: the dashboard, a session's own page, and what a confirmation says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from duologue.accounts.throttle import allow
from duologue.bookings import join_links
from duologue.bookings.listing import Cursor, Tab, count, page
from duologue.bookings.models import Booking, JoinLink, Party, Person
from duologue.bookings.policy import JoinWindow, can_cancel_until, is_cancellable
from duologue.bookings.queries import get_visible
from duologue.bookings.states import AGREED, ENDED, Status
from duologue.calls import access, door
from duologue.core.errors import NotFound, Refused
from duologue.notifications import when
from duologue.payments import given_back
from duologue.payments.given_back import GivenBack
from duologue.usecases.correct_address import correct_address
from duologue.video.models import MeetingLink
from duologue.web import outcome
from duologue.web.distance import Distance, distance
from duologue.web.plans import plans
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.booking import held_booking, other_zone

A_PAGE = 20
COUNTED_TO = 100
NEXT_SHOWN_BEFORE = timedelta(hours=24)
ADDRESSES_A_DAY = 5
"""Of one session: each sends a mail to whatever address was typed."""


@dataclass(frozen=True, slots=True)
class Row:
    """A session as one person sees it: who, when, and what can be done now."""

    booking: Booking
    party: Party
    other: Person
    status: Status
    window: JoinWindow
    door: str
    """`closed`, `open`, `running` (between start and end), `after` (until the door closes) or `over`."""
    has_room: bool
    can_cancel: bool
    too_late_to_cancel: bool
    ending: str = ""
    """How it ended and what went back; for what is past."""

    @property
    def can_join(self) -> bool:
        return self.door in {"open", "running", "after"} and self.status in AGREED


def row(
    booking: Booking,
    party: Party,
    *,
    now: datetime,
    window: JoinWindow,
    has_room: bool = True,
    back: GivenBack | None = None,
) -> Row:
    status = booking.status_at(now)
    can_cancel = is_cancellable(status, booking.starts_at, booking.cancel_hours, now)
    return Row(
        booking=booking,
        party=party,
        other=booking.attendee_person if party is Party.HOST else booking.host_person,
        status=status,
        window=window,
        door=_door(booking, window, now),
        has_room=has_room,
        can_cancel=can_cancel,
        too_late_to_cancel=status is Status.CONFIRMED and not can_cancel,
        ending=outcome.ending(booking, party, back),
    )


def _door(booking: Booking, window: JoinWindow, now: datetime) -> str:
    steps = (
        (window.opens_at, "closed"),
        (booking.starts_at, "open"),
        (booking.ends_at, "running"),
        (window.closes_at, "after"),
    )
    return next((name for until, name in steps if now < until), "over")


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are equally near: Today, Tomorrow, This week, then months."""

    title: str
    rows: list[Row]


@never_cache
@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    tab = Tab.PAST if request.GET.get("tab") == Tab.PAST.value else Tab.UPCOMING
    user_id, host_id = _ids(viewer)
    found = page(
        user_id=user_id,
        host_id=host_id,
        tab=tab,
        now=viewer.now,
        limit=A_PAGE,
        after=Cursor.parse(request.GET.get("after", "")),
    )
    rows = _rows(found.bookings, viewer)
    first = _next(rows) if tab is Tab.UPCOMING and "after" not in request.GET else None
    context = {
        "tab": tab.value,
        "groups": _groups([one for one in rows if one is not first], viewer, tab),
        "next": first,
        "next_zone": _zone_on_stage(first, viewer),
        "distance": distance(first.booking.starts_at, viewer.now) if first else None,
        "following": found.following,
        "counts": {
            side.value: _many(
                count(user_id=user_id, host_id=host_id, tab=side, now=viewer.now, most=COUNTED_TO)
            )
            for side in Tab
        },
        "is_empty": not rows,
    }
    return render(request, "sessions/dashboard.html", context)


def _zone_on_stage(first: Row | None, viewer: Viewer) -> ZoneInfo | None:
    if first is None:
        return None
    return other_zone(first.booking.starts_at, _zone_of_other(first.booking, first.party), viewer)


def _ids(viewer: Viewer) -> tuple[int, int | None]:
    if viewer.user is None:
        raise NotFound("Nobody is signed in.")
    return viewer.user.pk, viewer.host.pk if viewer.host else None


def _many(found: int) -> str:
    return f"{COUNTED_TO - 1}+" if found >= COUNTED_TO else str(found)


def _rows(bookings: list[Booking], viewer: Viewer) -> list[Row]:
    with_room = set(
        MeetingLink.objects.filter(
            booking__in=bookings, status__in=[MeetingLink.Status.PROVISIONAL, MeetingLink.Status.READY]
        ).values_list("booking_id", flat=True)
    )
    backs = given_back.of_bookings(booking.pk for booking in bookings if booking.status in ENDED)
    windows = door.windows(bookings)
    return [
        row(
            booking,
            _party(booking, viewer),
            now=viewer.now,
            window=windows[booking.pk],
            has_room=booking.pk in with_room,
            back=backs.get(booking.pk),
        )
        for booking in bookings
    ]


def _party(booking: Booking, viewer: Viewer) -> Party:
    return booking.party_of(viewer.user.pk if viewer.user else None) or Party.ATTENDEE


def _next(rows: list[Row]) -> Row | None:
    """The session that stands on stage: the nearest agreed one within a day, or running."""
    return next((one for one in rows if one.status in AGREED), None)


def _groups(rows: list[Row], viewer: Viewer, tab: Tab) -> list[Group]:
    def title(one: Row) -> str:
        return _nearness(one.booking.starts_at, viewer, tab)

    return [Group(name, list(members)) for name, members in groupby(rows, key=title)]


def _nearness(at: datetime, viewer: Viewer, tab: Tab) -> str:
    day, today = at.astimezone(viewer.zone).date(), viewer.now.astimezone(viewer.zone).date()
    if day == today:
        return _("Today")
    if tab is Tab.UPCOMING:
        week = (day - today + timedelta(days=today.weekday())).days // 7
        if day == today + timedelta(days=1):
            return _("Tomorrow")
        if week in {0, 1}:
            return [_("This week"), _("Next week")][week]
    return when.month(day, locale=when.locale_of(get_language() or ""))


@never_cache
@require_safe
def session(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Everything about one session, for the two people; operators see it without any way in."""
    viewer = viewer_of(request)
    booking = get_visible(booking_id, viewer.user, browser=viewer.known_browser)
    return render(request, "sessions/session.html", session_context(booking, viewer))


@never_cache
@require_safe
def confirmed(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The page after paying."""
    viewer = viewer_of(request)
    booking = held_booking(booking_id, viewer)
    if booking.status_at(viewer.now) not in AGREED:
        return redirect("session", booking.pk)
    return render(request, "booking/confirmed.html", session_context(booking, viewer))


@require_POST
def change_address(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The address was mistyped: everything goes out again."""
    viewer = viewer_of(request)
    booking = held_booking(booking_id, viewer)
    if not allow("address", str(booking.pk), limit=ADDRESSES_A_DAY, seconds=86400):
        messages.error(request, _("The address was changed many times today. Try again tomorrow."))
        return redirect("confirmed", booking.pk)
    try:
        correct_address(booking, request.POST.get("email", ""), now=viewer.now)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("We sent everything to %(email)s.") % {"email": booking.attendee_email})
    return redirect("confirmed", booking.pk)


def session_context(booking: Booking, viewer: Viewer) -> dict[str, Any]:
    party = booking.party_of(viewer.user.pk if viewer.user else None)
    if party is None and not viewer.is_operator:
        party = Party.ATTENDEE
    has_room = MeetingLink.objects.filter(
        booking=booking, status__in=[MeetingLink.Status.PROVISIONAL, MeetingLink.Status.READY]
    ).first()
    seen = row(
        booking,
        party or Party.ATTENDEE,
        now=viewer.now,
        window=door.window(booking),
        has_room=has_room is not None,
    )
    me = booking.host_person if party is Party.HOST else booking.attendee_person
    return {
        "row": seen,
        "booking": booking,
        "party": party.value if party else "",
        "devices": access.asking(booking) if party is Party.HOST else [],
        "other_first_name": seen.other.first_name,
        "me": me,
        "other": seen.other,
        "join_link": _join_link(booking, party),
        "link": has_room,
        "payment": getattr(booking, "payment", None),
        "cancel_until": can_cancel_until(booking.starts_at, booking.cancel_hours),
        "reminders": [
            at for at in (booking.starts_at - timedelta(hours=h) for h in (24, 1)) if at > viewer.now
        ],
        "distance": _distance(seen, viewer),
        "history": list(booking.transitions.all()),
        "other_zone": other_zone(booking.starts_at, _zone_of_other(booking, party), viewer),
        "plans": plans(booking, viewer),
        "address_can_change": booking.attendee_id is None and seen.status is Status.CONFIRMED,
    }


def _distance(seen: Row, viewer: Viewer) -> Distance | None:
    return distance(seen.booking.starts_at, viewer.now) if seen.status in AGREED else None


def _join_link(booking: Booking, party: Party | None) -> str:
    """The viewer's own link; nobody sees the other's, operators see none."""
    if party is None or Status(booking.status) not in AGREED:
        return ""
    link = JoinLink.objects.filter(booking=booking, party=party).first()
    return join_links.address(link) if link else ""


def _zone_of_other(booking: Booking, party: Party | None) -> str:
    return booking.attendee_time_zone if party is Party.HOST else booking.host.user.time_zone
