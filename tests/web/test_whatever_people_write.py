"""Long, hostile, and from right to left: is what people write about a session kept or refused in words?"""

import re
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import pytest

from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from duologue.reviews.models import Review
from tests.cast import make_booking
from tests.reviews.said import public

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NASTY = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\"><b onmouseover=alert(1)>' {{ 7*7 }} {% now %} %(name)s %s",
    "\u202egnp.exe \u2066ok",
    "שלום עליכם, نراكم غدا",
    "👩‍👩‍👧‍👦 🧑🏽‍🚀 🏳️‍🌈",
    "a\u0007b\ufffec",
    "Z̸̢͎̈́ä̷́l̴g̵o " + "\u0301" * 40,
    "tel\r\nBcc: all@people.example",
]
TOO_LONG = ["x" * 10_001, "שלום " * 2_100, "🧑🏽‍🚀" * 2_600, "<b>\n" * 2_600]


@pytest.fixture
def now():
    return clock.now()


def page(booking, *more):
    return "/".join(["/sessions", str(booking.pk), *more])


def doors(paid, attendee, now):
    """Where words about a session go: the session, whose browser, the address, and the form."""
    ahead = make_booking(paid, attendee, starts_at=now + 72 * HOUR)
    soon = make_booking(paid, attendee, starts_at=now + 3 * HOUR)
    over = make_booking(paid, attendee, starts_at=now - 30 * HOUR, status=Status.COMPLETED)
    absent = make_booking(
        paid, attendee, starts_at=now - 60 * HOUR, status=Status.NO_SHOW, no_show_party="host"
    )
    said = public(paid, attendee)
    return [
        (ahead, "as_attendee", page(ahead, "note"), "note", {}),
        (ahead, "as_host", page(ahead, "private"), "private", {}),
        (soon, "as_host", page(soon, "cannot-come"), "words", {}),
        (over, "as_attendee", page(over, "review"), "words", {"stars": "4", "private_note": ""}),
        (over, "as_host", page(over, "review"), "private_note", {"stars": "4", "words": "Fine."}),
        (absent, "as_host", page(absent, "objection"), "words", {}),
        (said.booking, "as_host", f"/reviews/{said.pk}/reply", "words", {}),
        (ahead, "as_attendee", page(ahead, "cancel"), "words", {"reason": "other"}),
    ]


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.orders = []

    def handle_starttag(self, tag, attrs):
        self.orders += [name for name, _value in attrs if name.startswith("on")]


def harmless(html):
    """No tag or attribute of somebody's making, and nothing that turns a line around."""
    tags = _Tags()
    tags.feed(html)
    assert tags.orders == []
    assert "<script>alert" not in html
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x00-\x08]", html)


@pytest.mark.parametrize("text", ["\n".join(NASTY), " ".join(NASTY)], ids=["lines", "line"])
def test_it_is_kept_as_text_and_shown_to_both(request, paid, attendee, operator, now, text):
    both = [request.getfixturevalue(who) for who in ("as_host", "as_attendee", "as_operator")]
    for booking, who, address, field, more in doors(paid, attendee, now):
        answer = request.getfixturevalue(who).post(address, {**more, field: text})
        assert answer.status_code in {302, 303}, (address, answer.status_code)
        for client in both:
            harmless(client.get(page(booking)).content.decode())
    assert Booking.objects.filter(status="cancelled").exists()
    assert Review.objects.exclude(reply="").exists()
    for mail in OutgoingMail.objects.all():
        shown = rendering.render(mail, now)
        harmless(shown.html)
        assert "\n" not in shown.subject


@pytest.mark.parametrize("text", TOO_LONG, ids=["latin", "hebrew", "emoji", "tags"])
def test_too_much_is_refused_in_words(request, paid, attendee, now, text):
    for booking, who, address, field, more in doors(paid, attendee, now):
        client = request.getfixturevalue(who)
        answer = client.post(address, {**more, field: text})
        told = answer if answer.status_code == 422 else client.get(page(booking))
        assert answer.status_code in {303, 422}, (address, answer.status_code)
        assert re.search(r"[Aa]t most \d+ characters", unescape(told.content.decode())), address
    assert not Booking.objects.filter(status="cancelled").exists()
    assert not Review.objects.exclude(reply="").exists()


@pytest.mark.parametrize("name", [*NASTY[:6], "ﷺ" * 20, "x" * 80])
def test_a_name_of_any_kind_is_told_to_the_other_one(paid, attendee, as_attendee, as_host, now, name):
    booking = make_booking(paid, attendee, starts_at=now + 72 * HOUR)
    saved = as_attendee.post("/profile", {"name": name, "time_zone": "Africa/Lagos", "language": "en"})
    assert saved.status_code in {302, 303, 422}
    as_attendee.post(page(booking, "note"), {"note": "Hello."})
    for client in (as_host, as_attendee):
        for address in (page(booking), "/sessions"):
            answer = client.get(address)
            assert answer.status_code == 200
            harmless(answer.content.decode())
    as_host.post(page(booking, "cancel"), {"reason": "other", "words": ""})
    for mail in OutgoingMail.objects.all():
        shown = rendering.render(mail, now)
        harmless(shown.html)
        assert "\n" not in shown.subject


def test_ten_thousand_letters_are_no_name(as_attendee, attendee):
    answer = as_attendee.post("/profile", {"name": "x" * 10_000, "time_zone": "Africa/Lagos"})
    assert answer.status_code == 422
    attendee.refresh_from_db()
    assert attendee.name == "Amara Obi"
