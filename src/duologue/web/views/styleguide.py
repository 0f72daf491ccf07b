"""What do all parts look like? One page with every part, and one for each composition; development only."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static

from duologue.web.forms import CodeInput, DateInput, Switch

COMPOSITIONS = {
    "directory": "Find a mentor",
    "host": "Find a mentor",
    "slot-taken": "Find a mentor",
    "booking": "Find a mentor",
    "checkout": "Find a mentor",
    "confirmation": "Sessions",
    "dashboard": "Sessions",
    "dashboard-live": "Sessions",
    "dashboard-past": "Sessions",
    "dashboard-empty": "Sessions",
    "cancel-dialog": "Sessions",
    "session": "Sessions",
    "join-too-early": "Sessions",
    "availability": "Availability",
    "connections": "Connections",
    "mail": "",
    "sign-in": "",
    "ops-home": "Overview",
    "ops-jobs": "Jobs and mail",
    "call-connected": "",
    "call-reconnecting": "",
    "call-green-room": "",
    "test-video": "",
}
"""The pages that are drawn as a whole, and which entry of the navigation is theirs."""

ATTENDEE_NAV = ("Find a mentor", "Sessions")
HOST_NAV = ("Sessions", "Availability", "Connections", "Profile")
OPERATOR_NAV = ("Overview", "Mentors", "Refunds", "Links", "Jobs and mail", "Insights")


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    photo: str = ""
    portrait_field: int = 0

    @property
    def photo_url(self) -> str:
        return static(f"img/portraits/{self.photo}.svg") if self.photo else ""

    @property
    def initials(self) -> str:
        words = self.name.split()
        return words[0][0] + words[-1][0]


CAST = {
    "amara": Person("Amara Obi", "amara"),
    "arjun": Person("Arjun Mehta", "arjun"),
    "claire": Person("Claire Duval", "claire"),
    "henrik": Person("Henrik Bauer", "henrik"),
    "ingrid": Person("Ingrid Halvorsen", "ingrid"),
    "leyla": Person("Dr. Leyla Aydın", "leyla"),
    "mateo": Person("Mateo Lindqvist", "mateo"),
    "naoko": Person("Naoko Ishida", "naoko"),
    "oskar": Person("Oskar Holm", "oskar"),
    "ruth": Person("Ruth Okafor", "ruth"),
    "samuel": Person("Samuel Adeyemi", "samuel"),
    "sofia": Person("Sofia Marques", "sofia"),
    "tomas": Person("Tomás Rivero", "tomas"),
    "yuki": Person("Yuki Tan", "yuki"),
    "plain": Person("Ingrid Halvorsen", portrait_field=1),
    "plainer": Person("Samuel Adeyemi", portrait_field=0),
    "plainest": Person("Tomás Rivero", portrait_field=2),
}


@dataclass(frozen=True, slots=True)
class HostCard:
    who: str
    says: str
    stars: str
    reviews: str
    tags: tuple[str, ...]
    day: str
    times: tuple[str, ...]
    price: str
    length: str


HOSTS = (
    HostCard("tomas", "Engineering manager. Helps seniors become the calm person in the room.", "4.8", "112",
             ("Leadership, interviews", "English, Spanish"), "Today, 13 Oct", ("18:00", "19:30", "20:15"), "€80", "for 60 min"),
    HostCard("naoko", "Product design lead. Eleven years of making complicated tools feel obvious.", "4.9", "38",
             ("Design, portfolios", "English, Japanese"), "Tomorrow, 14 Oct", ("08:30", "10:00", "13:15"), "€65", "for 45 min"),
    HostCard("samuel", "Data scientist in public health. Bring the messy spreadsheet.", "4.9", "57",
             ("Data, statistics", "English, Yoruba"), "Thu 15 Oct", ("08:30", "09:15", "17:00"), "€45", "for 30 min"),
    HostCard("ingrid", "Founder twice over, now a coach. Pricing, first hires, and when to stop.", "5.0", "21",
             ("Founding, pricing", "English, Norwegian"), "Fri 16 Oct", ("12:00", "12:45", "16:30"), "€120", "for 60 min"),
    HostCard("claire", "Editor of non-fiction. Reads your first chapter before you talk.", "", "",
             ("Writing, editing", "French, English"), "Mon 19 Oct", ("11:00", "15:30"), "Free", "first 30 min"),
    HostCard("arjun", "Thirty years in supply chains. Honest answers, no slides.", "4.7", "84",
             ("Operations, career change", "English, Hindi"), "November", (), "€70", "for 45 min"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    who: str
    day: str
    hours: str
    what: str
    does: str = "cancel"
    status: str = ""
    says: str = ""


UPCOMING = (
    ("Tomorrow", (Row("samuel", "Fri 23 Oct", "08:30 – 09:00 CEST", "Survey data, 30 min", "late"),)),
    ("Next week", (
        Row("tomas", "Mon 26 Oct", "18:00 – 19:00 CET", "Getting ready to lead, 60 min"),
        Row("yuki", "Wed 28 Oct", "16:00 – 16:45 CET", "Type on small screens, 45 min", "held"),
        Row("ingrid", "Fri 30 Oct", "12:00 – 13:00 CET", "Pricing, 60 min"),
    )),
    ("November", (Row("claire", "Thu 5 Nov", "11:00 – 11:30 CET", "First chapter, 30 min"),)),
)  # fmt: skip
PAST = (
    ("October", (
        Row("ruth", "Tue 20 Oct", "17:00 – 17:45 CEST", "First lab report, 45 min", "review", "completed", "45 minutes, both joined"),
        Row("henrik", "Fri 16 Oct", "10:00 – 10:30 CEST", "Job offer, 30 min", "", "cancelled", "By you, 3 days before. €45.00 refunded"),
        Row("mateo", "Mon 12 Oct", "09:00 – 09:45 CEST", "Brand voice, 45 min", "", "no_show", "Mateo did not come. €50.00 refunded"),
        Row("naoko", "Thu 1 Oct", "09:30 – 09:50 CEST", "First conversation, 20 min", "", "completed", "You gave 5 stars"),
    )),
    ("September", (
        Row("tomas", "Mon 28 Sep", "18:00 – 19:00 CEST", "Getting ready to lead, 60 min", "review", "completed", "60 minutes, both joined"),
        Row("sofia", "Wed 16 Sep", "13:00 – 13:30 CEST", "Portfolio swap, 30 min", "", "cancelled", "By Sofia. €30.00 is on its way"),
    )),
)  # fmt: skip
LIFE = (
    ("More than 24 hours before", "Cancel is offered", "cancel"),
    ("Less than 24 hours", "Cancel gives way to its reason", "late"),
    ("From 15 min before", "Join, green", "join"),
    ("During", "Join breathes; still with reduced motion", "live"),
    ("After the end", "Completed, disabled", "over"),
    ("No link yet", "Said openly; the host is asked", "unready"),
    ("Held", "Pay or give back", "held"),
)


def _month() -> list[list[tuple[str, str, str]]]:
    """October 2026 as weeks of (day, date, kind)."""
    free = {14, 15, 16, 19, 20, 21, 23, 27, 28, 29, 30}
    kinds = {13: "today", 22: "chosen", 26: "full"} | dict.fromkeys(free, "open")
    days = [("", "", "")] * 3 + [(str(day), f"2026-10-{day:02}", kinds.get(day, "")) for day in range(1, 32)]
    days += [("", "", "")] * (-len(days) % 7)
    return [days[week : week + 7] for week in range(0, len(days), 7)]


class Sample(forms.Form):
    """Every kind of field, with hints, errors and an optional one."""

    name = forms.CharField(label="Your name")
    email = forms.EmailField(label="E-mail", help_text="The confirmation and your personal link go here.")
    words = forms.CharField(label="What would you like to talk about?", widget=forms.Textarea({"rows": 3}), required=False)
    link = forms.URLField(
        label="A link to look at beforehand",
        required=False,
        assume_scheme="https",
        error_messages={"invalid": "Write the whole address, starting with https://"},
    )
    zone = forms.ChoiceField(label="Your zone", choices=[("b", "Berlin (now 14:31, UTC+2)"), ("t", "Tokyo (now 21:31, UTC+9)")])
    day = forms.DateField(label="Day", widget=DateInput)
    way = forms.ChoiceField(label="How", choices=[("v", "Video"), ("s", "Sound only")], widget=forms.RadioSelect)
    remind = forms.BooleanField(label="Remind me by e-mail the day before and one hour before")
    public = forms.BooleanField(label="Monday", widget=Switch, required=False)
    code = forms.CharField(label="The code from the mail", widget=CodeInput)


def _form() -> Sample:
    return Sample(
        {"name": "Amara Obi", "email": "amara@", "words": "", "link": "amara example portfolo", "zone": "b", "day": "2026-10-22",
         "way": "v", "remind": "on", "public": "on", "code": "482913"}
    )  # fmt: skip


def _viewer(page: str) -> dict[str, Any]:
    is_host = page in ("availability", "connections")
    is_operator = page.startswith("ops")
    person = CAST["naoko" if is_host else "ruth" if is_operator else "amara"]
    zone = "Asia/Tokyo" if is_host else "Europe/Berlin"
    return {
        "person": person,
        "zone_name": zone,
        "zone_city": "Tokyo" if is_host else "Berlin",
        "zone_known": True,
        "now": datetime(2026, 10, 13, 12, 31, tzinfo=UTC),
        "is_host": is_host,
        "is_operator": is_operator,
    }


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every part in all states; `?page=` shows one composition as a whole page."""
    page = request.GET.get("page", "")
    if page not in COMPOSITIONS:
        page = ""
    labels = HOST_NAV if page in ("availability", "connections") else OPERATOR_NAV if page.startswith("ops") else ATTENDEE_NAV
    context = {
        "page": page,
        "compositions": list(COMPOSITIONS),
        "viewer": _viewer(page),
        "site": {"name": "Duologue", "banner": "", "help_url": "#", "privacy_url": "#"},
        "nav": [{"url": "#", "label": label, "current": label == COMPOSITIONS.get(page)} for label in labels],
        "account_nav": [{"url": "#", "label": label, "current": False} for label in ("Profile", "Calendar feed")],
        "cast": CAST,
        "hosts": [(CAST[card.who], card) for card in HOSTS],
        "upcoming": [(group, [(CAST[row.who], row) for row in rows]) for group, rows in UPCOMING],
        "past": [(group, [(CAST[row.who], row) for row in rows]) for group, rows in PAST],
        "life": LIFE,
        "weeks": _month(),
        "form": _form(),
    }
    return render(request, f"styleguide/{page}.html" if page else "styleguide.html", context)
