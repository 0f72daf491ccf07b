"""Which forms say how a session was, answer that, or report it?"""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from duologue.reviews.rules import MOST_STARS
from duologue.usecases.reply_to_review import LONGEST_REPLY
from duologue.usecases.report_review import LONGEST_REPORT
from duologue.usecases.write_review import LONGEST_NOTE, LONGEST_WORDS, Said


def stars_in_words(count: int) -> str:
    return ngettext("%(count)s star", "%(count)s stars", count) % {"count": count}


class ReviewForm(forms.Form):
    """Stars, words, and a note that only operators read."""

    stars = forms.TypedChoiceField(
        label=gettext_lazy("One to five stars"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Give one to five stars.")},
    )
    words = forms.CharField(
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Say it in a few words, too.")},
    )
    private_note = forms.CharField(
        label=gettext_lazy("For those who run this site"),
        help_text=gettext_lazy("Nobody else reads this part."),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stars"].choices = [  # type: ignore[attr-defined]
            (count, stars_in_words(count)) for count in range(1, MOST_STARS + 1)
        ]
        self.fields["words"].label = _("What would you tell others about %(name)s?") % {"name": name}

    def said(self) -> Said:
        """Only of a valid form."""
        data = self.cleaned_data
        return Said(data["stars"], data["words"], data["private_note"])


class ReplyForm(forms.Form):
    words = forms.CharField(max_length=LONGEST_REPLY, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _("Your answer to %(name)s") % {"name": name}


class ReportForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("What is wrong with it?"),
        max_length=LONGEST_REPORT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
