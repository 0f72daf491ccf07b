"""What do all parts look like? One page with every part, and one for each composition; development only."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static

from duologue.scheduling import zones
from duologue.web.forms import CodeInput, DateInput, Switch

SAMPLES = Path(__file__).resolve().parent.parent / "styleguide.json"
FACES = {"attendee": "amara", "host": "naoko", "operator": "ruth"}
ZONES = {"attendee": ("Europe/Berlin", "Berlin"), "host": ("Asia/Tokyo", "Tokyo")}
FREE = {14, 15, 16, 19, 20, 21, 23, 27, 28, 29, 30}


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    photo: str
    portrait_field: int

    @property
    def photo_url(self) -> str:
        return static(f"img/portraits/{self.photo}.svg") if self.photo else ""

    @property
    def initials(self) -> str:
        words = self.name.split()
        return words[0][0] + words[-1][0]


class Sample(forms.Form):
    """Every kind of field, with hints, errors and an optional one."""

    name = forms.CharField(label="Your name")
    email = forms.EmailField(label="E-mail", help_text="The confirmation and your personal link go here.")
    words = forms.CharField(label="What would you like to talk about?", widget=forms.Textarea, required=False)
    link = forms.URLField(
        label="A link to look at beforehand",
        required=False,
        assume_scheme="https",
        error_messages={"invalid": "Write the whole address, starting with https://"},
    )
    zone = forms.ChoiceField(label="Your zone", choices=[("b", "Berlin (now 14:31, UTC+2)")])
    day = forms.DateField(label="Day", widget=DateInput)
    way = forms.ChoiceField(label="How", widget=forms.RadioSelect, choices=[("v", "Video"), ("s", "Sound")])
    remind = forms.BooleanField(label="Remind me by e-mail the day before and one hour before")
    public = forms.BooleanField(label="Monday", widget=Switch, required=False)
    code = forms.CharField(label="The code from the mail", widget=CodeInput)


@cache
def _samples() -> dict[str, Any]:
    samples: dict[str, Any] = json.loads(SAMPLES.read_text(encoding="utf-8"))
    return samples


def _month() -> list[list[tuple[str, str, str]]]:
    """October 2026 as weeks of (day, date, kind)."""
    kinds = {13: "today", 22: "chosen", 26: "full"} | dict.fromkeys(FREE, "open")
    days = [("", "", "")] * 3 + [(str(day), f"2026-10-{day:02}", kinds.get(day, "")) for day in range(1, 32)]
    days += [("", "", "")] * (-len(days) % 7)
    return [days[week : week + 7] for week in range(0, len(days), 7)]


def _frame(page: dict[str, str], cast: dict[str, Person]) -> dict[str, Any]:
    """What the frame of every page reads, as if one of the cast were looking."""
    role = page["role"]
    zone_name, zone_city = ZONES.get(role, ZONES["attendee"])
    return {
        "viewer": {
            "person": cast[FACES[role]],
            "zone": zones.zone(zone_name),
            "zone_name": zone_name,
            "zone_city": zone_city,
            "zone_known": True,
            "now": datetime(2026, 10, 13, 12, 31, tzinfo=UTC),
            "is_host": role == "host",
            "is_operator": role == "operator",
        },
        "site": {"name": "Duologue", "banner": "", "help_url": "#", "privacy_url": "#"},
        "nav": [
            {"url": "#", "label": label, "current": label == page["current"]}
            for label in _samples()["nav"][role]
        ],
        "account_nav": [{"url": "#", "label": "Profile", "current": False}],
    }


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every part in all states; `?page=` shows one composition as a whole page."""
    if settings.ENV != "development":
        raise Http404
    samples = _samples()
    name = request.GET.get("page", "")
    page = samples["pages"].get(name)
    cast = {key: Person(**person) for key, person in samples["cast"].items()}
    context = {
        **_frame(page or {"role": "attendee", "current": ""}, cast),
        "compositions": list(samples["pages"]),
        "cast": cast,
        "hosts": [(cast[card["who"]], card) for card in samples["hosts"]],
        "upcoming": [
            (part["group"], [(cast[r["who"]], r) for r in part["rows"]]) for part in samples["upcoming"]
        ],
        "past": [(part["group"], [(cast[r["who"]], r) for r in part["rows"]]) for part in samples["past"]],
        "life": samples["life"],
        "weeks": _month(),
        "form": Sample(samples["form"]),
    }
    return render(request, f"styleguide/{name}.html" if page else "styleguide.html", context)
