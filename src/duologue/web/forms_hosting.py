"""Which forms does a host fill in about their page, their offers and their time?"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duologue.core.money import Money, exponent, parse_major
from duologue.core.vocabulary import VOCABULARIES
from duologue.scheduling.hours import minute_of
from duologue.scheduling.queries import SHARED_RULES
from duologue.usecases.save_host import LONGEST
from duologue.usecases.sign_up import LONGEST_NAME
from duologue.web.forms import DateInput
from duologue.web.rule_choices import chosen, rule_choices

AS_IT_IS = ""
CURRENCIES = (
    "EUR", "USD", "GBP", "CHF", "AED", "ARS", "AUD", "BHD", "BRL", "CAD", "CLP", "CNY", "COP", "CZK", "DKK",
    "EGP", "GHS", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JOD", "JPY", "KES", "KRW", "KWD", "MAD", "MXN",
    "MYR", "NGN", "NOK", "NZD", "OMR", "PEN", "PHP", "PLN", "RON", "SAR", "SEK", "SGD", "THB", "TND", "TRY",
    "TWD", "UAH", "VND", "ZAR",
)  # fmt: skip
_AMOUNT = re.compile(r"(\d{1,9})(?:[.,](\d{1,3}))?")


class HostForm(forms.Form):
    """The public page."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, help_text=_("As other people see it."))
    headline = forms.CharField(
        label=_("Headline"),
        max_length=LONGEST["headline"],
        help_text=_("One line under your name, for example: Product design lead in Tokyo"),
    )
    slug = forms.CharField(
        label=_("Address of your page"),
        max_length=LONGEST["slug"],
        help_text=_("Small letters, digits and hyphens."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    topics = forms.CharField(
        label=_("Topics"),
        required=False,
        max_length=LONGEST["topics"],
        help_text=_("What people look for, with commas between: Design, portfolios"),
    )
    languages = forms.CharField(
        label=_("Languages"),
        required=False,
        max_length=LONGEST["languages"],
        help_text=_("With commas between: English, Japanese"),
    )
    location = forms.CharField(label=_("Place"), required=False, max_length=LONGEST["location"])
    bio = forms.CharField(
        label=_("About you"),
        required=False,
        max_length=LONGEST["bio"],
        help_text=_("An empty line begins a new paragraph."),
        widget=forms.Textarea(attrs={"rows": 8}),
    )


class RulesForm(forms.Form):
    """The rules that all offers share; where offers differ, the first answer leaves them so."""

    buffer_after = forms.ChoiceField(label=_("Pause after each"))
    minimum_notice = forms.ChoiceField(label=_("Book at least"))
    horizon_days = forms.ChoiceField(label=_("Book at most"))
    daily_limit = forms.ChoiceField()

    def __init__(self, data: QueryDict | None, *, kept: Sequence[Mapping[str, int | None]]) -> None:
        initial = {}
        for name in SHARED_RULES:
            values = {offer[name] for offer in kept}
            initial[name] = str(next(iter(values)) or 0) if len(values) == 1 else AS_IT_IS
        super().__init__(data, initial=initial)
        sessions = VOCABULARIES[settings.DUOLOGUE_VOCABULARY].sessions
        self.fields["daily_limit"].label = gettext("%(sessions)s a day") % {
            "sessions": capfirst(str(sessions))
        }
        for name in SHARED_RULES:
            choices = rule_choices(name, (offer[name] for offer in kept))
            if initial[name] == AS_IT_IS:
                choices.insert(0, (AS_IT_IS, gettext("As each offer says")))
                self.fields[name].required = False
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def changed_rules(self) -> dict[str, int | None]:
        """Only what was answered otherwise than it is kept."""
        given = self.cleaned_data
        return {
            name: chosen(name, given[name])
            for name in SHARED_RULES
            if given[name] not in (AS_IT_IS, self.initial[name])
        }


class OfferForm(forms.Form):
    """One offer. The price is typed in main units."""

    name = forms.CharField(label=_("Name"), max_length=80)
    description = forms.CharField(
        label=_("What it is"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    duration = forms.IntegerField(label=_("Length in minutes"), min_value=5, max_value=480)
    price = forms.CharField(
        label=_("Price"),
        max_length=16,
        help_text=_("0 if it is free."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    currency = forms.ChoiceField(label=_("Currency"))
    slot_step = forms.ChoiceField(label=_("A start every"))
    buffer_before = forms.ChoiceField(label=_("Pause before"))
    buffer_after = forms.ChoiceField(label=_("Pause after"))
    minimum_notice = forms.ChoiceField(label=_("Book at least"))
    horizon_days = forms.ChoiceField(label=_("Book at most"))
    daily_limit = forms.ChoiceField(label=_("At most a day"))

    admits_by_hand = forms.BooleanField(label=_("Let people in myself"), required=False)

    RULES = ("slot_step", "buffer_before", "buffer_after", "minimum_notice", "horizon_days", "daily_limit")

    def __init__(self, data: QueryDict | None, *, initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial))
        currencies = dict.fromkeys([initial["currency"], *CURRENCIES])
        self.fields["currency"].choices = [(code, code) for code in currencies]  # type: ignore[attr-defined]
        for name in self.RULES:
            self.fields[name].choices = rule_choices(name, [initial[name]])  # type: ignore[attr-defined]
            self.initial[name] = str(initial[name] or 0)
        self.fields["admits_by_hand"].help_text = gettext(
            "In %(site)s’s own room they wait at the door until you let them in; this holds at once, for"
            " sessions that are booked already too. On Zoom, Google Meet and all other platforms it changes"
            " nothing: whether people wait there is up to the platform."
        ) % {"site": settings.DUOLOGUE_NAME}

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        for name in self.RULES:
            if name in given:
                given[name] = chosen(name, given[name])
        if "price" in given and "currency" in given:
            given["money"] = self._money(given["price"], given["currency"])
        return given

    def _money(self, typed: str, currency: str) -> Money | None:
        found = _AMOUNT.fullmatch(typed.strip().replace("\N{NO-BREAK SPACE}", ""))
        places = exponent(currency)
        if found is None:
            self.add_error("price", gettext("Write the price in digits, for example 65 or 65.00."))
            return None
        if len(found[2] or "") > places:
            # 1.000 is a thousand to some and one to others.
            words = gettext(
                "%(currency)s has %(places)s digits after the point. Leave out what separates thousands."
            )
            self.add_error("price", words % {"currency": currency, "places": places})
            return None
        return parse_major(typed, currency)


class SpecialDaysForm(forms.Form):
    """Which dates, closed or with hours of their own. The hours' rows are read beside it."""

    CLOSED, HOURS = "closed", "hours"

    first = forms.DateField(label=_("Day"), widget=DateInput)
    last = forms.DateField(
        label=_("Until"), required=False, widget=DateInput, help_text=_("Only for several days in a row.")
    )
    kind = forms.ChoiceField(
        label=_("What holds then?"),
        choices=[(CLOSED, _("Closed all day")), (HOURS, _("Only these hours"))],
        widget=forms.RadioSelect,
        initial=CLOSED,
    )
    label = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=80,
        help_text=_("Only you see it, for example: Culture Day"),
    )


class TimeField(forms.CharField):
    """A time of day, spelled as one likes; becomes minutes since midnight."""

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        try:
            return minute_of(typed)
        except ValueError:
            raise forms.ValidationError(_("Write a time of day, for example 9:30 or 17:00.")) from None


class BlockForm(forms.Form):
    """From one moment to another, as the host's clock shows them."""

    begins_day = forms.DateField(label=_("From"), widget=DateInput)
    begins = TimeField(label=_("At"), max_length=20, initial="9:00")
    ends_day = forms.DateField(label=_("Until"), widget=DateInput)
    ends = TimeField(label=_("At"), max_length=20, initial="17:00")
    label = forms.CharField(label=_("Reason"), required=False, max_length=80, help_text=_("Only you see it."))
