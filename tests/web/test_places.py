"""Do page, dashboard, mail, calendar and API say the same place, whatever happens to it? (LINK-4, LINK-8)"""

import re
from html import unescape

import pytest
from icalendar import Calendar

from duologue.api import tokens
from duologue.bookings.models import Booking, Party
from duologue.bookings.transitions import Actor
from duologue.core.errors import Permanent
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.notifications.rendering import render
from duologue.notifications.sending import PEOPLE
from duologue.usecases.cancel import cancel
from duologue.usecases.give_link import give_link, make_new_link
from duologue.video.places import place_name, place_of
from tests import scripted_platforms
from tests.cast import signed_in
from tests.scripted_platforms import First
from tests.sold import sell

pytestmark = pytest.mark.django_db
ADDRESS = "https://own.example/room"
NAMES = ("First", "Second", "own room", "host’s own")


@pytest.fixture(autouse=True)
def platforms(monkeypatch, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "first"
    settings.DUOLOGUE_VIDEO_BACKUPS = ["second", "builtin"]
    return scripted_platforms.install(monkeypatch)


def now_of(booking):
    return booking.confirmed_at


def read(client, address):
    return unescape(client.get(address).content.decode())


def users(booking):
    return {Party.HOST: booking.host.user, Party.ATTENDEE: booking.attendee}


def newest_mail(booking, party, template):
    mails = OutgoingMail.objects.select_related(*PEOPLE)
    return mails.filter(booking=booking, party=party, template=template).latest("created_at")


def on_pages(booking):
    for user in users(booking).values():
        client = signed_in(user)
        yield re.search("<dt>Place</dt><dd>([^<]*)", read(client, f"/sessions/{booking.pk}"))[1].strip()
        yield re.search('class="at">([^<]*)<', read(client, "/sessions"))[1]
    confirmed = read(signed_in(booking.attendee), f"/sessions/{booking.pk}/confirmed")
    yield re.search("<p>Place: (.*?)</p>", confirmed)[1]


def in_mails(booking):
    """What each mail about it says, in its text, its HTML and its calendar entry."""
    templates = {"confirmed", "place_changed", "reminder_hour"}
    owed = OutgoingMail.objects.filter(booking=booking, template__in=templates)
    for party, template in owed.values_list("party", "template").distinct():
        mail = render(newest_mail(booking, party, template), now_of(booking))
        yield re.search("^Place: (.*)$", mail.text, re.MULTILINE)[1]
        yield re.search("Place: ([^<]*)<", unescape(mail.html))[1].strip()
        if template != "reminder_hour":
            entry = Calendar.from_ical(mail.calendar).walk("VEVENT")[0]
            yield re.search("^Place: (.*)$", str(entry["DESCRIPTION"]), re.MULTILINE)[1]


def by_api(booking, status="upcoming"):
    for user in users(booking).values():
        token = tokens.issue(user, now=now_of(booking))
        client = signed_in(user)
        for path in (f"/api/bookings/{booking.pk}", f"/api/bookings?status={status}"):
            told = client.get(path, headers={"Authorization": f"Bearer {token}"}).json()
            yield (told[0] if isinstance(told, list) else told)["platform"]


def fresh(booking):
    return Booking.objects.select_related("host__user", "attendee", "event_type").get(pk=booking.pk)


def all_say(booking, words, platform):
    booking = fresh(booking)
    said = {one[:1].lower() + one[1:] for one in (*on_pages(booking), *in_mails(booking))}
    assert said == {words[:1].lower() + words[1:]}
    assert set(by_api(booking)) == {platform}
    assert place_of(booking).words == words
    assert place_name(platform) in words


def run(booking):
    run_due(now_of(booking))


@pytest.fixture
def booking(paid, attendee):
    return sell(paid, attendee)


def test_as_soon_as_it_is_confirmed(booking):
    all_say(booking, "First, link by Duologue", "first")


def test_once_the_chosen_platform_made_the_room(booking):
    run(booking)
    all_say(booking, "First", "first")


def test_when_another_platform_serves(booking):
    First.script.append(Permanent("No."))
    run(booking)
    all_say(booking, "Second", "second")


def test_when_the_host_gives_a_link(booking):
    run(booking)
    give_link(booking, ADDRESS, now=now_of(booking))
    run(booking)
    all_say(booking, "a room of the mentor’s own", "manual")


def test_when_a_new_room_is_made_after_that(booking):
    give_link(booking, ADDRESS, now=now_of(booking))
    run(booking)
    make_new_link(booking, now=now_of(booking))
    run(booking)
    all_say(booking, "First", "first")


def test_when_our_own_room_is_what_the_host_wants(paid, attendee, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "builtin"
    booking = sell(paid, attendee)
    all_say(booking, "Duologue’s own room", "builtin")


def test_once_it_is_cancelled_nobody_names_a_place(booking):
    run(booking)
    cancel(booking, by=Actor("operator"), reason="other", now=now_of(booking))
    run(booking)
    booking = fresh(booking)
    assert place_of(booking) is None
    assert set(by_api(booking, "past")) == {None}
    for user in users(booking).values():
        page = read(signed_in(user), f"/sessions/{booking.pk}")
        assert "<dt>Place</dt>" not in page
        assert 'class="at"' not in read(signed_in(user), "/sessions?tab=past")
    for party in Party:
        mail = render(newest_mail(booking, party.value, "session_cancelled"), now_of(booking))
        said = f"{mail.text} {Calendar.from_ical(mail.calendar).to_ical().decode()}"
        assert not any(name in said for name in NAMES)


def test_with_no_room_at_all_everybody_reads_that_nobody_knows(booking, settings):
    settings.DUOLOGUE_VIDEO_BACKUPS = []
    booking.meeting_links.all().delete()
    assert place_of(fresh(booking)).words == "First, link by Duologue"
    First.script.append(Permanent("No."))
    run(booking)
    booking = fresh(booking)
    assert {one.lower() for one in in_mails(booking)} == {"not known yet"}
    assert set(by_api(booking)) == {None}
