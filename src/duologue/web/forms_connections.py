"""What does a host type about where sessions take place?"""

from django import forms
from django.utils.translation import gettext_lazy as _

from duologue.connections.own_links import LONGEST


class OwnLinkForm(forms.Form):
    """What is wrong with an address is said by the one function that knows (`own_links.check_link`)."""

    link = forms.CharField(
        label=_("Address of your room"),
        error_messages={"required": _("Paste the address of the room.")},
        # One more than allowed, so that too long is told and not cut.
        max_length=LONGEST * 4,
        help_text=_("Copy it from your browser, beginning with https://."),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
