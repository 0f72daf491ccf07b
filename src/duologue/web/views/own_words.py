"""What the two say about a session beside the call: a note, notes for oneself, that one comes late."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from duologue.bookings import private_notes
from duologue.bookings.models import Party
from duologue.bookings.states import AGREED
from duologue.calendars.ics import MEDIA_TYPE
from duologue.calendars.publishing import build_entry
from duologue.calls import access
from duologue.core.errors import NotFound, Refused
from duologue.usecases.change_note import change_note, may_change, too_late
from duologue.usecases.say_late import say_late
from duologue.web.form_errors import tell
from duologue.web.forms_notes import NoteForm, PrivateForm
from duologue.web.stale import has_moved_on, moved_on
from duologue.web.to_calendar import can_be_added, entry_of
from duologue.web.viewer import viewer_of
from duologue.web.views.joining import see_other
from duologue.web.views.sessions import session_context


@never_cache
@require_POST
def note(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The attendee's note to the host."""
    viewer = viewer_of(request)
    booking, party = access.own(booking_id, viewer.user, browser=viewer.known_browser)
    if party is not Party.ATTENDEE:
        raise NotFound("There is no such session, or it is not yours.")
    form = NoteForm(request.POST)
    if not may_change(booking, now=viewer.now):
        # The page has no such field any more, at which it could stand what is wrong with the note.
        messages.error(request, too_late().message)
        return see_other(f"/sessions/{booking.pk}")
    try:
        given = form.cleaned_data if form.is_valid() else None
        if given and change_note(booking, given["note"], now=viewer.now, seen=given["seen"]):
            messages.success(request, _("Your note is saved."), extra_tags="toast")
    except Refused as refusal:
        if not _stands_at_field(form, refusal):
            messages.error(request, refusal.message)
    if form.errors:
        context = session_context(booking, viewer, note=form)
        return render(request, "sessions/session.html", context, status=422)
    return see_other(f"/sessions/{booking.pk}#note")


@never_cache
@require_POST
def private_note(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Notes for oneself: read by nobody else."""
    viewer = viewer_of(request)
    booking, _party = access.own(booking_id, viewer.user, browser=viewer.known_browser)
    if viewer.user is None:
        raise NotFound("There is no such session, or it is not yours.")
    form = PrivateForm(request.POST)
    try:
        if form.is_valid():
            given = form.cleaned_data
            private_notes.write(booking, viewer.user, given["private"], now=viewer.now, seen=given["seen"])
    except Refused as refusal:
        if not _stands_at_field(form, refusal):
            raise
    if form.errors:
        context = session_context(booking, viewer, own=form)
        return render(request, "sessions/session.html", context, status=422)
    messages.success(request, _("Your notes are saved."), extra_tags="toast")
    return see_other(f"/sessions/{booking.pk}#private")


def _stands_at_field(form: NoteForm | PrivateForm, refusal: Refused) -> bool:
    """Put the refusal at the field, with what another window saved meanwhile."""
    if "field" not in refusal.data:
        return False
    tell(form, refusal)
    if "kept" in refusal.data:
        form.keep(refusal.data["kept"])
    return True


@never_cache
@require_POST
def late(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Running some minutes late: one tap."""
    viewer = viewer_of(request)
    booking, party = access.own(booking_id, viewer.user, browser=viewer.known_browser)
    other = booking.attendee_person if party is Party.HOST else booking.host_person
    try:
        if booking.status_at(viewer.now) in AGREED and has_moved_on(request, booking):
            raise moved_on(booking, viewer)
        minutes = say_late(booking, party, int(request.POST.get("minutes", "")), now=viewer.now)
    except ValueError:
        messages.error(request, _("Say how many minutes."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        words = ngettext(
            "%(name)s knows that you come %(minutes)d minute late.",
            "%(name)s knows that you come %(minutes)d minutes late.",
            minutes,
        )
        messages.success(request, words % {"name": other.first_name, "minutes": minutes}, extra_tags="toast")
    return see_other("/sessions" if request.POST.get("back") == "sessions" else f"/sessions/{booking.pk}")


@never_cache
@require_safe
def calendar_file(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """One session as a file for any calendar."""
    viewer = viewer_of(request)
    booking, party = access.own(booking_id, viewer.user, browser=viewer.known_browser)
    if not can_be_added(booking, now=viewer.now):
        raise NotFound("It is not going to take place, or is over.")
    content = build_entry(entry_of(booking, party, now=viewer.now))
    name = f"{booking.starts_at:%Y-%m-%d}-{booking.pk.hex[-6:]}.ics"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=f"{MEDIA_TYPE}; charset=utf-8", headers=disposition)
