"""Which forms do people fill in to get in, and about themselves?"""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from duologue.notifications.models import UnwantedMail
from duologue.usecases.set_password import LONGEST_PASSWORD
from duologue.usecases.sign_up import LONGEST_NAME
from duologue.web.forms import CodeInput, Switch
from duologue.web.zone_choices import zone_choices

_WHOLE_ADDRESS = _("Write a whole e-mail address, for example amara@obi.example.")
_TEN_LETTERS = _("At least 10 letters; a few words in a row are easy to keep in mind.")


def _password(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": autocomplete})


class SignInForm(forms.Form):
    """An address to mail a code to."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        error_messages={"invalid": _WHOLE_ADDRESS},
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class PasswordSignInForm(SignInForm):
    password = forms.CharField(
        label=_("Password"), strip=False, max_length=LONGEST_PASSWORD, widget=_password("current-password")
    )


class SignUpForm(forms.Form):
    """A name and an address; the password may come later or never."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=LONGEST_NAME,
        help_text=_("As the other person will see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("We send six digits there to see that it is yours."),
        error_messages={"invalid": _WHOLE_ADDRESS},
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=LONGEST_PASSWORD,
        help_text=_("Without one we mail you a code each time you sign in."),
        widget=_password("new-password"),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("The code from the mail"), max_length=40, widget=CodeInput(attrs={"autofocus": True})
    )


class NewPasswordForm(forms.Form):
    """A first password, or another one by who proved a moment ago who they are."""

    new_password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        help_text=_TEN_LETTERS,
        widget=_password("new-password"),
    )


class ChangePasswordForm(NewPasswordForm):
    """Another password, by who knows the present one."""

    password = forms.CharField(
        label=_("Present password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=_password("current-password"),
    )
    field_order = ("password", "new_password")


class ZoneForm(forms.Form):
    """One zone of all."""

    time_zone = forms.ChoiceField(
        label=_("Your zone"), error_messages={"invalid_choice": _("Choose a time zone from the list.")}
    )

    def __init__(self, *args: Any, now: datetime, search: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = zone_choices(now, search=search)
        self.finds_nothing = not found
        self.fields["time_zone"].choices = found or zone_choices(now)  # type: ignore[attr-defined]


class MailsForm(forms.Form):
    """What of our mails one can do without; each field is named after its kind."""

    reminder_day = forms.BooleanField(
        label=UnwantedMail.Kind.REMINDER_DAY.label, required=False, widget=Switch
    )
    reminder_hour = forms.BooleanField(
        label=UnwantedMail.Kind.REMINDER_HOUR.label, required=False, widget=Switch
    )
    waiting = forms.BooleanField(
        label=UnwantedMail.Kind.WAITING.label,
        required=False,
        widget=Switch,
        help_text=_("Two minutes after the start, if you have not come yet."),
    )
    reviews = forms.BooleanField(
        label=UnwantedMail.Kind.REVIEWS.label,
        required=False,
        widget=Switch,
        help_text=_("The question how it was, and the news that somebody wrote about you."),
    )


class ProfileForm(ZoneForm):
    """Name, photo, zone, language."""

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("As other people see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        help_text=_("JPEG, PNG, WebP or GIF, at most 8 MB. We keep a square and nothing else of the file."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )
    remove_photo = forms.BooleanField(label=_("Remove the photo"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, required=False)
    field_order = ("name", "photo", "remove_photo", "time_zone", "language")

    def __init__(self, *args: Any, has_photo: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_photo:
            del self.fields["remove_photo"]
        if len(settings.LANGUAGES) == 1:
            # Nothing to choose from.
            del self.fields["language"]
