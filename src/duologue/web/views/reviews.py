"""Reviews: writing one, reading a host's, answering, reporting."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from duologue.accounts.throttle import allow
from duologue.bookings.models import Booking, Party
from duologue.calls import access
from duologue.core.cursors import Cursor
from duologue.core.errors import NotFound, Refused
from duologue.reviews import queries, rules, writers
from duologue.reviews.models import Review
from duologue.usecases.reply_to_review import reply_to_review
from duologue.usecases.report_review import report_review
from duologue.usecases.write_review import edit_review, refused, write_review
from duologue.web import form_errors
from duologue.web.forms_reviews import ReportForm, ReviewForm
from duologue.web.gates import for_people
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.host import host_of
from duologue.web.ways import sign_in_page

A_PAGE = 20
REPORTS_A_DAY = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Write a review of one's session, or change it while nobody reads it."""
    viewer = viewer_of(request)
    try:
        booking, party = access.own(booking_id, viewer.user, browser=viewer.known_browser)
    except NotFound:
        if viewer.user is None:
            # The mail leads here, on whichever device; whose session it is shows after signing in.
            return redirect(sign_in_page(request.path))
        raise
    written = queries.of_booking(booking)
    own = written.get(party)
    why_not = _why_not(booking, party, written, viewer)
    if why_not is not None:
        messages.error(request, why_not.message)
        return _to_session(booking)
    form = ReviewForm(request.POST or None, name=_other_name(booking, party), initial=_initial(own))
    if request.method == "POST" and form.is_valid():
        answer = _save(request, booking, party, form, changed=own if "changing" in request.POST else None)
        if answer is not None:
            return answer
    context = {
        "form": form,
        "booking": booking,
        "own": own,
        "other": booking.attendee_person if party is Party.HOST else booking.host_person,
        "me": booking.host_person if party is Party.HOST else booking.attendee_person,
        "party": party.value,
        "opens_at": own.visible_at if own is not None else rules.blind_until(booking.ends_at),
        "is_discreet": writers.is_discreet(),
        "is_late": own is None and rules.blind_until(booking.ends_at) <= viewer.now,
    }
    return render(request, "reviews/write.html", context, status=422 if form.errors else 200)


def _why_not(booking: Booking, party: Party, written: dict[Party, Review], viewer: Viewer) -> Refused | None:
    own = written.get(party)
    if own is None:
        code = queries.refusal(booking, party, written, now=viewer.now)
        return refused(code) if code is not None else None
    other_has_written = party.other in written
    may = rules.is_editable(visible_at=own.visible_at, other_has_written=other_has_written, now=viewer.now)
    return None if may else refused("review_closed")


def _save(
    request: HttpRequest, booking: Booking, party: Party, form: ReviewForm, *, changed: Review | None
) -> HttpResponse | None:
    """The way on, or nothing where the form has to say what is wrong."""
    now = viewer_of(request).now
    try:
        if changed is not None:
            changed.booking = booking
            edit_review(changed, form.said(), now=now)
        else:
            write_review(booking, party, form.said(), now=now)
    except Refused as refusal:
        if refusal.code == "invalid":
            form_errors.tell(form, refusal)
            return None
        messages.error(request, refusal.message)
    else:
        words = _("Your review is changed.") if changed is not None else _("Your review is kept. Thank you.")
        messages.success(request, words, extra_tags="toast")
    return _to_session(booking)


def _initial(own: Review | None) -> dict[str, Any]:
    if own is None:
        return {}
    return {"stars": own.stars, "words": own.words, "private_note": own.private_note}


def _other_name(booking: Booking, party: Party) -> str:
    person = booking.attendee_person if party is Party.HOST else booking.host_person
    return person.first_name


@require_safe
def of_host(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that attendees wrote about a host."""
    viewer = viewer_of(request)
    host = host_of(slug, viewer)
    if host.slug != slug:
        response = HttpResponsePermanentRedirect(reverse("host-reviews", args=[host.slug]))
        response.headers["Cache-Control"] = "no-cache"
        return response
    after = Cursor.parse(request.GET.get("after", ""))
    context = {
        "host": host,
        "rating": queries.summary(host.pk, now=viewer.now),
        "page": queries.of_host(host.pk, now=viewer.now, limit=A_PAGE, after=after),
        "is_first": after is None,
        "is_own": viewer.user is not None and viewer.user.pk == host.user_id,
    }
    return render(request, "reviews/of_host.html", context)


@require_POST
def reply(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """The host answers, once."""
    viewer = viewer_of(request)
    user = viewer.user
    hidden = queries.hidden_of_host(review_id, user, now=viewer.now)
    if hidden is not None:
        messages.error(request, _("An operator has hidden this review meanwhile. Nothing was answered."))
        return _to_session(hidden.booking)
    found = queries.get_readable(review_id, user, now=viewer.now)
    if user is None or found.by != Party.ATTENDEE or found.booking.host.user_id != user.pk:
        raise NotFound("There is no such review.")
    try:
        reply_to_review(found, request.POST.get("words", ""), now=viewer.now)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Your answer stands on your page."), extra_tags="toast")
    return _to_session(found.booking)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_people
def report(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Anybody with an account tells the operators."""
    viewer = viewer_of(request)
    found = queries.get_readable(review_id, viewer.user, now=viewer.now)
    if viewer.user is None:
        raise Http404
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if not allow("report-review", str(viewer.user.pk), limit=REPORTS_A_DAY, seconds=86400):
                raise Refused(_("You reported many reviews today. Try again tomorrow."))
            report_review(found, viewer.user, form.cleaned_data["words"], now=viewer.now)
        except Refused as refusal:
            form_errors.tell(form, refusal)
        else:
            messages.success(request, _("Thank you. We look at it."))
            return _after_report(found)
    context = {"form": form, "review": found, "back": _page_of(found)}
    return render(request, "reviews/report.html", context, status=422 if form.errors else 200)


def _page_of(found: Review) -> str:
    """Where it was read."""
    if found.by == Party.ATTENDEE:
        return reverse("host-reviews", args=[found.booking.host.slug])
    return reverse("sessions")


def _after_report(found: Review) -> HttpResponse:
    response = HttpResponseRedirect(_page_of(found))
    response.status_code = 303
    return response


def _to_session(booking: Booking) -> HttpResponse:
    response = HttpResponseRedirect(f"{reverse('session', args=[booking.pk])}#reviews")
    response.status_code = 303
    return response
