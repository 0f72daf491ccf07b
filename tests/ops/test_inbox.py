"""Can everybody on a development machine read the mails that were kept, and nobody anywhere else?"""

from datetime import timedelta

import pytest
from icalendar import Calendar

from duologue.accounts import codes
from duologue.accounts.models import MailedCode
from duologue.bookings import join_links
from duologue.core import clock

PATHS = ["/mail", "/mail/{id}", "/mail/{id}/html", "/mail/{id}/invite.ics"]


@pytest.mark.parametrize("path", PATHS)
def test_everybody_on_the_same_machine(path, make_mail, as_nobody, as_stranger):
    path = path.format(id=make_mail("kept").pk)
    for client in (as_nobody, as_stranger):
        assert client.get(path).status_code == 200
        assert client.get(path, REMOTE_ADDR="::1").status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_nobody_from_elsewhere(path, make_mail, as_operator):
    path = path.format(id=make_mail("kept").pk)
    for address in ("192.0.2.7", "", "nonsense", "10.0.0.1"):
        assert as_operator.get(path, REMOTE_ADDR=address).status_code == 404


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("environment", ["staging", "production"])
def test_nobody_outside_development(path, environment, make_mail, as_operator, settings):
    settings.ENV = environment
    assert as_operator.get(path.format(id=make_mail("kept").pk)).status_code == 404


def test_links_and_codes_work_from_here(make_mail, attendee, as_nobody):
    mail = make_mail("kept")
    page = as_nobody.get(f"/mail/{mail.pk}/html")
    assert join_links.address(mail.booking.join_links.get(party="attendee")) in page.content.decode()
    assert "allow-popups-to-escape-sandbox" in page["Content-Security-Policy"]
    code = codes.issue(attendee.email, purpose=MailedCode.Purpose.SIGN_IN, browser="b", now=clock.now())
    with_code = make_mail("kept", template="code", code_id=code.pk)
    assert codes.digits_of(code) in as_nobody.get(f"/mail/{with_code.pk}").content.decode()


def test_the_invite_can_be_downloaded(make_mail, as_nobody):
    mail = make_mail("kept")
    answer = as_nobody.get(f"/mail/{mail.pk}/invite.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["UID"] == mail.booking.uid


def test_a_mail_without_an_invite_has_none(make_mail, host, as_nobody):
    mail = make_mail("kept", booking=None, user=host.user, template="host_approved")
    assert as_nobody.get(f"/mail/{mail.pk}").status_code == 200
    assert as_nobody.get(f"/mail/{mail.pk}/invite.ics").status_code == 404


def test_only_what_went_out_lies_in_an_inbox(make_mail, as_nobody):
    for state in ("queued", "sending", "retrying", "failed", "dropped"):
        assert as_nobody.get(f"/mail/{make_mail(state).pk}").status_code == 404
    page = as_nobody.get("/mail").content.decode()
    assert "3 mails are on their way" in page


def test_one_person_s_mails(make_mail, host, as_nobody):
    make_mail("kept", subject="To Amara")
    make_mail(
        "kept", subject="To Naoko", party="host", booking=None, user=host.user, template="host_approved"
    )
    page = as_nobody.get("/mail?to=NAOKO@people.example").content.decode()
    assert "To Naoko" in page
    assert "To Amara" not in page


def test_what_came_after_the_clock_was_moved_back_is_news(make_mail, host, as_nobody):
    fields = {"booking": None, "user": host.user, "template": "host_approved"}
    make_mail("kept", subject="In the future", sent_at=clock.now() + timedelta(days=2), **fields)
    make_mail("kept", subject="Just now", sent_at=clock.now(), **fields)
    page = as_nobody.get("/mail").content.decode()
    assert page.index("Just now") < page.index("In the future")
