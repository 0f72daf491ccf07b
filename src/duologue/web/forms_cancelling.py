"""Which forms end a session before its time, or say how it went?"""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duologue.bookings import reasons
from duologue.bookings.reasons import FOR_OPERATORS, FOR_PARTIES
from duologue.bookings.transitions import Actor
from duologue.usecases.cancel import LONGEST_WORDS


def _words(**more: Any) -> forms.CharField:
    return forms.CharField(max_length=LONGEST_WORDS, widget=forms.Textarea(attrs={"rows": 2}), **more)


class CancelForm(forms.Form):
    """Why, and a word to the other one."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"))
    words = _words(required=False)

    def __init__(self, *args: Any, by: Actor, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = FOR_OPERATORS if by.is_operator else FOR_PARTIES
        choices = [("", _("Choose one")), *((one.value, reasons.words(one)) for one in offered)]
        self.fields["reason"] = forms.ChoiceField(label=_("Reason"), choices=choices)
        self.fields["words"].label = (
            _("A word to both") if by.is_operator else _("A word to %(name)s") % {"name": name}
        )


class WordsForm(forms.Form):
    """A word about not coming; `is_needed` where somebody has to decide by it."""

    words = _words()

    def __init__(self, *args: Any, label: str, is_needed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = label
        self.fields["words"].required = is_needed
