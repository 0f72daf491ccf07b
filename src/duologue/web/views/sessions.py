"""One's sessions: the dashboard, a session's own page, and what a confirmation says."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from duologue.accounts.throttle import allow
from duologue.bookings import join_links, lateness
from duologue.bookings.listing import ALL, Only, Tab, count, page
from duologue.bookings.models import Booking, JoinLink, Party
from duologue.bookings.policy import can_cancel_until
from duologue.bookings.queries import get_visible
from duologue.bookings.states import AGREED, Status
from duologue.calls import access, admission, door
from duologue.core.cursors import Cursor
from duologue.core.errors import NotFound, Refused
from duologue.payments import receipts
from duologue.usecases.correct_address import correct_address
from duologue.video.places import place_of
from duologue.web import connection_cards
from duologue.web.borders import next_words
from duologue.web.distance import Distance, distance, opens_in
from duologue.web.forms_notes import NoteForm, PrivateForm, note_form, private_form
from duologue.web.forms_place import LinkForm
from duologue.web.groups import groups, nearness
from duologue.web.history import history
from duologue.web.list_filters import Asked, asked
from duologue.web.place import seen_place
from duologue.web.plans import plans
from duologue.web.proposal_card import card
from duologue.web.room_change import room_news
from duologue.web.rows import Row, row, rows_of
from duologue.web.to_calendar import to_calendar
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.booking import held_booking, other_zone

A_PAGE = 20
COUNTED_TO = 100
LOOKED_AT = 6
"""Living holds can stand before the next session; there are at most five of an address."""
ADDRESSES_A_DAY = 5
"""Of one session: each sends a mail to whatever address was typed."""


# No secret stands on this page, so it may be compressed beside what somebody else made its address say.
@gzip_page
@never_cache
@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """Everything of one's own; a script asks for the list alone, or for what follows on it."""
    viewer = viewer_of(request)
    wanted = asked(request, viewer)
    # What one page says twice is counted once.
    tally = cache(partial(_count, viewer=viewer))
    listed = _list(wanted, Cursor.parse(request.GET.get("after", "")), viewer, tally)
    if _is_for_htmx(request):
        more = request.headers.get("HX-Target") == "rows-foot"
        response = render(request, "sessions/_more.html" if more else "sessions/_listed.html", listed)
        if not more:
            response["HX-Push-Url"] = wanted.address
        return response
    context = {
        **listed,
        **(_staged(listed, viewer) if wanted.tab is Tab.UPCOMING and listed["is_first"] else {}),
        "counts": {side.value: _many(tally(side, ALL)) for side in Tab},
        "reconnects": _reconnects(viewer),
    }
    return render(request, "sessions/dashboard.html", context)


def _list(
    wanted: Asked, after: Cursor | None, viewer: Viewer, tally: Callable[[Tab, Only], int]
) -> dict[str, Any]:
    """One page of what is asked for. The session on stage stands there alone, unless it is searched for."""
    user_id, host_id = _ids(viewer)
    found = page(
        user_id=user_id,
        host_id=host_id,
        tab=wanted.tab,
        now=viewer.now,
        limit=A_PAGE,
        after=after,
        only=wanted.only,
    )
    rows = rows_of(found.bookings, viewer)
    is_whole = wanted.tab is Tab.UPCOMING and after is None and not wanted.is_narrowed
    on_stage = _next(rows) if is_whole else None
    listed = [one for one in rows if one is not on_stage]
    is_all = after is None and found.following is None
    return {
        "asked": wanted,
        "on_stage": on_stage,
        "tab": wanted.tab.value,
        "groups": groups(listed, viewer, wanted.tab),
        "continues": after is not None and nearness(after.at, viewer, wanted.tab),
        "following": found.following,
        "shown": len(rows),
        "total": _many(len(rows) if is_all else tally(wanted.tab, wanted.only)),
        "is_first": after is None,
        "is_whole": is_whole,
        "is_empty": not rows,
        "has_past": not rows and tally(Tab.PAST, ALL) > 0,
        "is_tracked": wanted.tab is Tab.UPCOMING,
    }


def _is_for_htmx(request: HttpRequest) -> bool:
    """Going back asks for the whole page again."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.history_restore_request


def next_context(viewer: Viewer) -> dict[str, Any]:
    """The session on stage, with how far away it is and who waits there."""
    user_id, host_id = _ids(viewer)
    near = page(user_id=user_id, host_id=host_id, tab=Tab.UPCOMING, now=viewer.now, limit=LOOKED_AT)
    return _on_stage(_next(rows_of(near.bookings, viewer)), viewer)


def _staged(listed: dict[str, Any], viewer: Viewer) -> dict[str, Any]:
    """The same, where the list has just looked for it; a list that is searched may leave it out."""
    return _on_stage(listed["on_stage"], viewer) if listed["is_whole"] else next_context(viewer)


def _on_stage(first: Row | None, viewer: Viewer) -> dict[str, Any]:
    if first is None:
        return {"next": None}
    words_end = next_words(first.booking.starts_at, viewer.now, viewer.zone)
    left = first.booking.starts_at - viewer.now
    return {
        "next": first,
        "next_zone": _zone_on_stage(first, viewer),
        "distance": distance(first.booking.starts_at, viewer.now),
        "counts_down": timedelta(0) < left <= timedelta(hours=1),
        "there": admission.other_there(first.booking, first.party, now=viewer.now)
        if first.can_join
        else None,
        "next_fresh_at": min(at for at in (first.fresh_at, words_end) if at is not None),
    }


def _count(tab: Tab, only: Only, *, viewer: Viewer) -> int:
    user_id, host_id = _ids(viewer)
    return count(user_id=user_id, host_id=host_id, tab=tab, now=viewer.now, most=COUNTED_TO, only=only)


def _reconnects(viewer: Viewer) -> list[connection_cards.Card]:
    if viewer.host is None:
        return []
    return connection_cards.broken(viewer.host, now=viewer.now, zone=viewer.zone)


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


def _next(rows: list[Row]) -> Row | None:
    """The session that stands on stage: the nearest agreed one within a day, or running."""
    return next((one for one in rows if one.status in AGREED), None)


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
    """The page after paying; what was moved since has its own page alone."""
    viewer = viewer_of(request)
    booking = held_booking(booking_id, viewer)
    if booking.status_at(viewer.now) not in AGREED or booking.first_starts_at is not None:
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


def session_context(
    booking: Booking,
    viewer: Viewer,
    *,
    form: LinkForm | None = None,
    note: NoteForm | None = None,
    own: PrivateForm | None = None,
) -> dict[str, Any]:
    party = booking.party_of(viewer.user.pk if viewer.user else None)
    if party is None and not viewer.is_operator:
        party = Party.ATTENDEE
    place = place_of(booking)
    window = door.window(booking)
    lates = lateness.words_about([booking])
    seen = row(booking, party or Party.ATTENDEE, now=viewer.now, window=window, place=place, lates=lates)
    me = booking.host_person if party is Party.HOST else booking.attendee_person
    zone = other_zone(booking.starts_at, _zone_of_other(booking, party), viewer)
    return {
        "row": seen,
        "booking": booking,
        "party": party.value if party else "",
        "devices": access.asking(booking) if party is Party.HOST else [],
        "other_first_name": seen.other.first_name,
        "me": me,
        "other": seen.other,
        "join_link": _join_link(booking, party),
        "link_form": form or LinkForm(),
        "place": seen_place(place, booking, party, is_operator=viewer.is_operator, now=viewer.now),
        "payment": getattr(booking, "payment", None),
        "papers": [] if party is Party.HOST else receipts.of_booking(booking),
        "cancel_until": can_cancel_until(booking.starts_at, booking.cancel_hours),
        "reminders": [
            at for at in (booking.starts_at - timedelta(hours=h) for h in (24, 1)) if at > viewer.now
        ],
        "distance": _distance(seen, viewer),
        "history": history(booking, party, viewer),
        "opens_in": opens_in(seen.window.opens_at - viewer.now),
        "calendar": to_calendar(booking, party, now=viewer.now),
        "note": note or note_form(booking, party, now=viewer.now),
        "private": own or private_form(booking, party, viewer.user),
        "other_zone": zone,
        "proposed": card(booking, party, viewer, zone),
        "plans": plans(booking, viewer),
        **room_news(booking, place, party, now=viewer.now, can_join=seen.can_join),
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
