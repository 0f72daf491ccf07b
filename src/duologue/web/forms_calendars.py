"""What does a host tell about their calendars?"""

from datetime import timedelta

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from duologue.core.guarded import LONGEST_ADDRESS
from duologue.notifications import when
from duologue.usecases.keep_calendar import LIMITS


class CalendarForm(forms.Form):
    """What is wrong with an address is said by whoever tried to read it."""

    address = forms.CharField(
        label=_("Address of the calendar"),
        error_messages={"required": _("Paste the address of the calendar.")},
        max_length=LONGEST_ADDRESS,
        help_text=_("It ends in .ics as a rule, and is secret: whoever has it can read the calendar."),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class LimitForm(forms.Form):
    """For how long the last good copy may serve."""

    limit_hours = forms.TypedChoiceField(
        label=_("If a calendar cannot be read"), coerce=int, help_text=_("Then your page shows no times.")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        locale = when.locale_of(get_language() or "")
        self.fields["limit_hours"].choices = [  # type: ignore[attr-defined]
            (hours, _("use our copy for %(span)s") % {"span": when.lasting(timedelta(hours=hours), locale)})
            for hours in LIMITS
        ]
