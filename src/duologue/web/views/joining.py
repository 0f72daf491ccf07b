"""What do people see who follow their personal link or press Join: the room, or why it is not open?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from duologue.accounts.throttle import allow, client_address
from duologue.bookings import lateness
from duologue.bookings.models import Booking, JoinLink, Party, Person
from duologue.calls import access, door
from duologue.calls.models import Join, JoinDevice
from duologue.core.errors import Forbidden, NotFound, Refused
from duologue.core.vocabulary import VOCABULARIES
from duologue.notifications import when
from duologue.usecases.join import JoinTarget, asks_first, current_link, join
from duologue.usecases.open_join_link import Opened, find_link, open_join_link
from duologue.video.places import place_name
from duologue.video.registry import BUILTIN, PROVIDERS, is_framed, notice, provider
from duologue.web.distance import distance
from duologue.web.viewer import Viewer, viewer_of

PASS_COOKIE = "call_pass"  # noqa: S105 (a name)
OPENED_A_MINUTE = 30
JOINS_A_MINUTE = 30
ASKED_AGAIN_AFTER = timedelta(seconds=20)
"""An open join page hears by then that the other one runs late."""


@dataclass(frozen=True, slots=True)
class DoorWords:
    """What a closed door says, and what to do instead."""

    title: str
    words: str
    action: str = ""
    url: str = ""


def see_other(url: str) -> HttpResponseRedirect:
    """After a POST: go there by GET."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def lead_to(request: HttpRequest, target: JoinTarget) -> HttpResponse:
    """To our own page by a redirect. Elsewhere by a page that goes on by itself: what a form was sent to may
    not redirect to other sites (`form-action`), which keeps forms that somebody smuggles in at home."""
    if target.url.startswith("/"):
        return see_other(target.url)
    platform = target.platform
    context = {
        "url": target.url,
        "place": place_name(platform),
        "notice": notice(provider(platform)) if platform in PROVIDERS else "",
    }
    response = _quiet_page(request, "call/onward.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@csrf_exempt  # the token in the path is the secret; and a page for mail scanners must set no cookie
@cache_control(no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
def join_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET tells and records nothing (mail scanners follow links); POST goes in."""
    response = _answer(request, token)
    # Wherever people go from here, the token stays behind.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = find_link(token)
    except NotFound:
        return _unknown_link(request)
    if request.method == "POST" and _is_from_here(request):
        return _go_in(request, link)
    return _tell(request, link)


def _is_from_here(request: HttpRequest) -> bool:
    return request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}


def _tell(request: HttpRequest, link: JoinLink) -> HttpResponse:
    try:
        door.check(link.booking, now=viewer_of(request).now)
    except Refused as refusal:
        if refusal.code == "too_early":
            return _too_early(request, link.booking, Party(link.party), status=200)
        return refusal_page(request, link.booking, Party(link.party), refusal)
    context = _session_context(request, link.booking, Party(link.party))
    now, word = viewer_of(request).now, lateness.word_of(link.booking, Party(link.party).other)
    context["late"] = word if lateness.counts(word, now) else None
    context["fresh_at"] = now + ASKED_AGAIN_AFTER
    context["needs_sign_in"] = link.party == Party.HOST and viewer_of(request).user is None
    return _quiet_page(request, "call/join.html", context)


def _go_in(request: HttpRequest, link: JoinLink) -> HttpResponse:
    viewer, party = viewer_of(request), Party(link.party)
    if not allow("join-link", client_address(request), limit=OPENED_A_MINUTE, seconds=60):
        return too_often(request)
    try:
        opened = open_join_link(link, user=viewer.user, browser=viewer.browser, now=viewer.now)
    except Refused as refusal:
        if refusal.code == "sign_in_needed":
            return see_other(f"/sign-in?{urlencode({'next': _after_sign_in(link.booking)})}")
        return refusal_page(request, link.booking, party, refusal)
    return _lead_on(request, link.booking, opened)


def _after_sign_in(booking: Booking) -> str:
    """Where a host goes who had to sign in first: never an address with a token in it."""
    link = current_link(booking)
    is_ours = link is not None and (link.platform == BUILTIN or is_framed(link.platform))
    return f"/video-call/{booking.pk}" if is_ours else f"/sessions/{booking.pk}"


def _lead_on(request: HttpRequest, booking: Booking, opened: Opened) -> HttpResponse:
    call_page = f"/video-call/{booking.pk}"
    response = lead_to(request, opened.target) if opened.target else see_other(call_page)
    if opened.device is not None:
        give_pass(response, booking, opened.device, viewer_of(request))
    return response


def give_pass(response: HttpResponse, booking: Booking, device: JoinDevice, viewer: Viewer) -> None:
    """The cookie that opens this booking's call page and nothing else."""
    good_for = door.ejects_at(booking) - viewer.now + timedelta(hours=1)
    response.set_cookie(
        PASS_COOKIE,
        access.write_pass(device),
        path=f"/video-call/{booking.pk}",
        max_age=max(60, int(good_for.total_seconds())),
        httponly=True,
        secure=settings.IS_HTTPS,
        samesite="Lax",
    )


@require_POST
@cache_control(no_store=True)
def join_booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Join Call on the dashboard and the session's page: straight to where it takes place (JOIN-1)."""
    viewer = viewer_of(request)
    try:
        booking = access.find(booking_id)
    except NotFound as refusal:
        raise Http404(refusal.message) from refusal
    party = access.party_of(booking, viewer.user, browser=viewer.known_browser)
    if party is None:
        if not viewer.is_operator:
            raise Http404
        return refusal_page(request, booking, None, Forbidden("", code="operator"))
    if not allow("join", f"{booking.pk}:{party.value}", limit=JOINS_A_MINUTE, seconds=60):
        return too_often(request)
    from_page = request.POST.get("way") == Join.Way.SESSION_PAGE
    way = Join.Way.SESSION_PAGE if from_page else Join.Way.DASHBOARD
    try:
        if asks_first(booking, now=viewer.now):
            return see_other(f"/video-call/{booking.pk}?way={way.value}")
        target = join(booking, party, now=viewer.now, way=way, user=viewer.user, by_frame=True)
    except Refused as refusal:
        return refusal_page(request, booking, party, refusal)
    return lead_to(request, target)


# What a closed door shows


def refusal_page(
    request: HttpRequest, booking: Booking, party: Party | None, refusal: Refused
) -> HttpResponse:
    """Why nobody goes in now, with the next step."""
    if refusal.code == "too_early" and party is not None:
        return _too_early(request, booking, party, status=refusal.status)
    context = _session_context(request, booking, party)
    if refusal.code == "expired":
        closed_at = door.window(booking).closes_at
        context["closed"] = when.clock(closed_at, viewer_of(request).zone, _locale(request))
    context["door"] = _door_words(booking, party, refusal, context)
    return _quiet_page(request, "call/door.html", context, status=refusal.status)


def _too_early(request: HttpRequest, booking: Booking, party: Party, *, status: int) -> HttpResponse:
    opens_at = door.window(booking).opens_at
    context = _session_context(request, booking, party) | {
        "opens_at": opens_at,
        "opens": when.clock(opens_at, viewer_of(request).zone, _locale(request)),
        "opens_another_day": when.days_apart(opens_at, viewer_of(request).now, viewer_of(request).zone) != 0,
        "gap": distance(booking.starts_at, viewer_of(request).now),
        "again_by": "post" if _is_join_link(request) or request.method == "POST" else "get",
        "way": request.POST.get("way", ""),
    }
    return _quiet_page(request, "call/too_early.html", context, status=status)


def _door_words(
    booking: Booking, party: Party | None, refusal: Refused, context: dict[str, Any]
) -> DoorWords:
    words, their_name = context["vocabulary"], context["other_first_name"]
    session_page = (_("To the %(session)s") % {"session": words.session}, f"/sessions/{booking.pk}")
    closed = {"session": words.session, "when": context["ended"], "name": their_name}
    if refusal.code == "expired":
        return DoorWords(
            _("This %(session)s ended on %(when)s") % closed,
            _("The room closed at %(closed)s.") % {"closed": context["closed"]},
            *_again(booking, party, their_name),
        )
    if refusal.code == "cancelled":
        return DoorWords(
            _("This %(session)s was cancelled") % closed,
            _("It was planned for %(when)s. Nobody is in the room.") % {"when": context["begins"]},
            *_again(booking, party, their_name),
        )
    if refusal.code == "link_pending":
        return DoorWords(
            _("The room is not ready yet"),
            _("We keep trying. Reload this page in a minute."),
            *session_page,
        )
    if refusal.code == "platform_silent":
        return DoorWords(
            refusal.message, _("Reload this page, or ask the host for another room."), *session_page
        )
    if refusal.code == "not_confirmed":
        return DoorWords(
            _("This %(session)s is not confirmed yet") % closed,
            _("The room opens once it is. See what is missing."),
            *session_page,
        )
    if refusal.code == "not_your_link":
        return DoorWords(
            _("This link is for somebody else"),
            _("You are signed in as another person. Sign out to use it, or join by your own link."),
            *session_page,
        )
    if refusal.code == "operator":
        return DoorWords(
            _("Only the two people enter"), _("Operators see the session, not the call."), *session_page
        )
    return DoorWords(refusal.message, _("Ask %(name)s to let you in, or sign in.") % closed, *session_page)


def _again(booking: Booking, party: Party | None, their_name: str) -> tuple[str, str]:
    if party is Party.HOST:
        return _("To your sessions"), "/sessions"
    return _("Book again with %(name)s") % {"name": their_name}, f"/h/{booking.host.slug}"


def _unknown_link(request: HttpRequest) -> HttpResponse:
    words = DoorWords(
        _("This link does not lead anywhere"),
        _(
            "It may be cut short, or a newer mail replaced it. Open the newest mail about your session,"
            " or sign in."
        ),
        _("Your sessions"),
        "/sessions",
    )
    return _quiet_page(request, "call/door.html", {"door": words}, status=404)


def too_often(request: HttpRequest) -> HttpResponse:
    words = DoorWords(_("That was many times in one minute"), _("Wait a minute, then go back and try again."))
    return _quiet_page(request, "call/door.html", {"door": words}, status=429)


# What all these pages know


def _is_join_link(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.url_name == "join-link"


def _locale(request: HttpRequest) -> str:
    return when.locale_of(viewer_of(request).language)


def people(booking: Booking, party: Party | None) -> tuple[Person, Person]:
    """The two people: you first."""
    host, attendee = booking.host_person, booking.attendee_person
    return (host, attendee) if party is Party.HOST else (attendee, host)


def suppose_zone(viewer: Viewer, booking: Booking, party: Party | None) -> None:
    """A fresh browser has told no zone; the person has, when they booked."""
    viewer.suppose_zone(booking.host.user.time_zone if party is Party.HOST else booking.attendee_time_zone)


def _session_context(request: HttpRequest, booking: Booking, party: Party | None) -> dict[str, Any]:
    viewer, locale = viewer_of(request), _locale(request)
    suppose_zone(viewer, booking, party)
    you, other = people(booking, party)
    day = when.relative_day(booking.starts_at, viewer.now, viewer.zone, locale)
    is_near = abs(when.days_apart(booking.starts_at, viewer.now, viewer.zone)) <= 1
    vocabulary = VOCABULARIES[settings.DUOLOGUE_VOCABULARY]
    return {
        "booking": booking,
        "vocabulary": vocabulary,
        "you": you,
        "other": other,
        "other_first_name": other.first_name or str(vocabulary.attendee),
        "day": day,
        "day_inside": day.lower() if is_near else day,
        "hours": when.time_range(booking.starts_at, booking.ends_at, viewer.zone, locale),
        "begins": when.moment(booking.starts_at, viewer.zone, locale),
        "ended": when.moment(booking.ends_at, viewer.zone, locale),
    }


def _quiet_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A join link's page sets no cookie, so it gets no CSRF token; and no forms but its own."""
    if _is_join_link(request):
        context = {**context, "csrf_token": "", "is_bare": True}
    return render(request, template, context, status=status)
