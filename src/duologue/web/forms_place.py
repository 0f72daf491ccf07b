"""In which form does a host give the address of a session's room?"""

from django import forms
from django.utils.translation import gettext_lazy as _

from duologue.connections.own_links import LONGEST


class LinkForm(forms.Form):
    """What is typed is judged by `connections.own_links`, which says more exactly what is wrong."""

    link = forms.CharField(
        label=_("Address of the room"),
        max_length=LONGEST,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text=_("Copy it from your browser, beginning with https://. Both of you are led there."),
    )
