"""What do people write about a session: the attendee to the host, and each for themself alone?"""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duologue.accounts.models import User
from duologue.bookings import private_notes
from duologue.bookings.models import Booking, Party
from duologue.bookings.private_notes import LONGEST as LONGEST_PRIVATE
from duologue.bookings.seen_words import mark
from duologue.usecases.change_note import LONGEST, may_change


def _words(longest: int, label: Any) -> forms.CharField:
    return forms.CharField(
        max_length=longest, label=label, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class _Words(forms.Form):
    """`seen` tells which words the page showed; `kept` are others that another window saved since."""

    # Two of these forms can stand on one page, so it has no id.
    seen = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"id": False}))
    kept = ""

    def keep(self, words: str) -> None:
        """Show them beside what was typed, and let the next press replace them."""
        self.kept = words
        self.data = {**dict(self.data.items()), "seen": mark(words)}


class NoteForm(_Words):
    note = _words(LONGEST, gettext_lazy("What would you like to talk about?"))


class PrivateForm(_Words):
    private = _words(LONGEST_PRIVATE, gettext_lazy("Your notes"))


def note_form(booking: Booking, party: Party | None, *, now: datetime) -> NoteForm | None:
    """For the attendee, until the start."""
    if party is not Party.ATTENDEE or not may_change(booking, now=now):
        return None
    form = NoteForm(initial={"note": booking.note, "seen": mark(booking.note)})
    form.fields["note"].help_text = _("%(name)s reads it here and in the mail about it.") % {
        "name": booking.host_person.first_name
    }
    return form


def private_form(booking: Booking, party: Party | None, user: User | None) -> PrivateForm | None:
    """For either of the two who is signed in: without an account nobody could say whose they are later."""
    if party is None or user is None:
        return None
    words = private_notes.read(booking, user)
    return PrivateForm(initial={"private": words, "seen": mark(words)})
