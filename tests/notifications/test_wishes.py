"""Can people do without the mails that they can miss, with one click and no account (MAIL-1, RFC 8058)?"""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client

from duologue.accounts.models import User
from duologue.config.logs import without_secrets
from duologue.core import clock
from duologue.notifications import delivery, letters, outbox, rendering, wishes
from duologue.notifications.models import OutgoingMail, UnwantedMail
from duologue.usecases.choose_mails import choose_mails, unsubscribe
from tests.cast import make_booking, signed_in

pytestmark = pytest.mark.django_db
START = datetime(2036, 10, 22, 14, 30, tzinfo=UTC)
NOW = START - timedelta(hours=24)
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
GUEST = "henrik@bauer.example"


@pytest.fixture
def guest(paid):
    return make_booking(paid, starts_at=START, attendee_name="Henrik Bauer", attendee_email=GUEST)


def mail(booking, template="reminder_day", party="attendee") -> OutgoingMail:
    key = f"{template}:{booking.pk}:{party}"
    with transaction.atomic():
        outbox.owe(outbox.Mail(template=template, key=key, booking_id=booking.pk, party=party), now=NOW)
    return OutgoingMail.objects.get(key=key)


def path(url: str) -> str:
    return urlsplit(url).path


def test_what_can_be_missed_carries_one_click_headers(guest, mailbox):
    delivery.deliver(rendering.render(mail(guest), NOW), NOW)
    [sent] = mailbox.to(GUEST)
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = sent["List-Unsubscribe"].strip("<>")
    assert wishes.read(path(url).rpartition("/")[2]) == wishes.Choice(GUEST, "reminder_day")
    # As it lies on the wire: mail programs read the address without unfolding encoded words.
    raw = mailbox.envelopes[0].content.decode()
    assert "=?" not in raw.split("List-Unsubscribe:")[1].split("\r\n\r\n")[0].split("\r\nList-")[0]


@pytest.mark.parametrize("template", ["confirmed", "session_cancelled", "place_changed", "host_cannot_come"])
def test_what_is_owed_carries_none(template):
    assert template not in wishes.OPTIONAL
    assert template in letters.TABLE


def test_everything_that_can_be_missed_is_a_letter():
    assert set(wishes.OPTIONAL) <= set(letters.TABLE)


def test_one_click_switches_one_kind_off_without_signing_in(guest):
    rendered = rendering.render(mail(guest), NOW)
    program = Client(enforce_csrf_checks=True, headers={"User-Agent": "mail program"})
    for _twice in range(2):
        answer = program.post(path(rendered.unsubscribe), ONE_CLICK)
        assert (answer.status_code, answer.cookies.get("csrftoken")) == (200, None)
        assert answer["Referrer-Policy"] == "no-referrer"
    assert wishes.unwanted(GUEST) == {"reminder_day"}
    assert "does not want" in letters.why_not(mail(guest), NOW)
    assert letters.why_not(mail(guest, "reminder_hour"), START - timedelta(hours=1)) == ""
    assert letters.why_not(mail(guest, "confirmed"), NOW) == ""


def test_looking_changes_nothing(guest):
    url = path(rendering.render(mail(guest), NOW).unsubscribe)
    page = Client().get(url).content.decode()
    assert GUEST in page
    assert "Switch off: Reminder the day before" in page
    assert "always come" in page
    assert not UnwantedMail.objects.exists()


def test_the_page_chooses_all_of_them(guest):
    url, browser = path(wishes.address(GUEST)), Client(enforce_csrf_checks=True)
    page = browser.post(url, {"chosen": "1", "reminder_hour": "on", "nonsense": "on"})
    assert "Your mails are chosen." in page.content.decode()
    assert wishes.unwanted(GUEST) == {"reminder_day", "waiting", "reviews"}
    browser.post(url, {"chosen": "1", **dict.fromkeys([kind.value for kind in wishes.Kind], "on")})
    assert wishes.unwanted(GUEST) == set()


@pytest.mark.parametrize("token", ["x", "gAAAAA" + "b" * 120, "", "%00"])
def test_a_made_up_link_leads_nowhere(token):
    assert Client().post(f"/mail-choices/{token}", ONE_CLICK).status_code == 404
    assert not UnwantedMail.objects.exists()


def test_what_is_sealed_for_something_else_opens_nothing(settings):
    sealed = wishes.vault.seal("other-purpose\namara@obi.example\n").rstrip("=")
    assert Client().post(f"/mail-choices/{sealed}", ONE_CLICK).status_code == 404


def test_people_choose_in_their_profile(attendee):
    browser = signed_in(attendee)
    assert 'id="mails"' in browser.get("/profile").content.decode()
    answer = browser.post("/profile/mails", {"reminder_day": "on", "reviews": "on"})
    assert answer["Location"] == "/profile#mails"
    assert wishes.unwanted(attendee.email) == {"reminder_hour", "waiting"}


def test_others_cannot_choose_for_somebody(attendee, stranger):
    assert Client().post("/profile/mails", {}).status_code in {302, 303}
    signed_in(stranger).post("/profile/mails", {})
    assert wishes.unwanted(attendee.email) == set()
    assert wishes.unwanted(stranger.email) == {kind.value for kind in wishes.Kind}


def test_an_address_is_one_however_it_is_written():
    unsubscribe("Henrik@Bauer.example ", "reviews", now=NOW)
    unsubscribe(GUEST, "reviews", now=NOW)
    assert UnwantedMail.objects.count() == 1
    choose_mails(GUEST.upper(), list(wishes.Kind), now=NOW)
    assert not UnwantedMail.objects.exists()


def test_neither_logs_nor_operators_see_the_link(guest):
    url = wishes.address(GUEST, "reviews")
    assert url.rpartition("/")[2] not in without_secrets(f"GET {url} 200", [])
    veiled = rendering.render(mail(guest), NOW, is_veiled=True)
    token = path(rendering.render(mail(guest), NOW).unsubscribe)[:60]
    assert veiled.unsubscribe == ""
    assert token not in veiled.html + veiled.text


def test_a_confirmation_promises_only_reminders_that_come(guest):
    early = START - timedelta(days=5)
    promises = {
        (): "We remind you the day before and one hour before.",
        ("reminder_hour",): "We remind you the day before.",
        ("reminder_day",): "We remind you one hour before.",
    }
    for refused, promise in promises.items():
        choose_mails(GUEST, [kind for kind in wishes.Kind if kind not in refused], now=early)
        assert promise in rendering.render(mail(guest, "confirmed"), early).text
    choose_mails(GUEST, [], now=early)
    assert "remind you" not in rendering.render(mail(guest, "confirmed"), early).text


def test_hosts_can_do_without_reminders_too(guest):
    host: User = guest.host.user
    unsubscribe(host.email, "reminder_day", now=clock.now())
    assert letters.why_not(mail(guest, party="host"), NOW)
    assert letters.why_not(mail(guest), NOW) == ""
