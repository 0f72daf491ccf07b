"""Are other times proposed and answered on the pages, by the right ones, without script? (CANCEL-5)"""

import re
from datetime import UTC, datetime, timedelta

import pytest

from duologue.bookings.models import Booking, Proposal
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.usecases.find_slots import open_slots
from duologue.usecases.propose_times import propose
from duologue.usecases.reschedule import reschedule
from tests.cast import make_booking
from tests.sold import sell

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def booking(paid, attendee):
    return sell(paid, attendee)


@pytest.fixture
def times(paid, booking):
    now = clock.now()
    found = open_slots(paid, now + 5 * DAY, now + 20 * DAY, now=now)[:16:4]
    return [datetime.fromtimestamp(one, UTC) for one in found]


def page(booking, *more):
    return "/".join(["/sessions", str(booking.pk), *more])


def read(client, address, data=None):
    return client.get(address, data).content.decode()


def sent(client, address, data=None):
    return client.post(address, data or {}, follow=True).content.decode()


def kept(html):
    return [datetime.fromisoformat(text) for text in re.findall(r'name="t" value="([^"]*)"', html)]


def answer(booking, *more):
    return page(booking, "proposals", str(Proposal.objects.latest("at").pk), *more)


def test_the_host_collects_times_and_sends_them(booking, times, as_host, as_attendee):
    assert f'href="{page(booking, "propose")}"' in read(as_host, page(booking))
    chosen = read(as_host, page(booking, "propose"), {"at": times[0].isoformat()})
    assert kept(chosen) == times[:1]
    more = {"t": times[0].isoformat(), "at": times[1].isoformat()}
    chosen = read(as_host, page(booking, "propose"), more)
    assert kept(chosen) == times[:2]
    assert "Propose 2 times" in chosen
    said = sent(as_host, page(booking, "propose"), {"t": [one.isoformat() for one in times[:2]], "seen": 0})
    assert "Amara gets a mail with the times." in said
    assert "You proposed other times to Amara" in said
    assert "Take back" in said
    assert f'href="{page(booking, "propose")}"' not in said
    assert "Naoko asks whether another time suits you" in read(as_attendee, page(booking))
    assert "Naoko proposes another time" in read(as_attendee, "/sessions")
    assert "Amara has not answered yet" in read(as_host, "/sessions")


def test_a_fourth_time_and_a_lost_one_are_said(paid, booking, times, stranger, as_host):
    many = read(as_host, page(booking, "propose"), {"t": [one.isoformat() for one in times]})
    assert kept(many) == times[:3]
    assert "You can propose 3 times at once." in many
    make_booking(paid, stranger, starts_at=times[0])
    lost = read(as_host, page(booking, "propose"), {"t": [one.isoformat() for one in times[:2]]})
    assert kept(lost) == [times[1]]
    assert "That time is not free any more." in lost
    said = sent(as_host, page(booking, "propose"), {"t": times[0].isoformat()})
    assert "Sorry, this time slot is no longer available." in said
    assert not Proposal.objects.exists()


def test_the_attendee_reads_what_it_means_and_takes_one(booking, times, as_attendee, as_host):
    propose(booking, times[:3], now=clock.now())
    at = {"at": times[1].isoformat()}
    asked = read(as_attendee, answer(booking), at)
    assert "These stay the same:" in asked
    assert "Moving does not make that deadline later." in asked
    assert Booking.objects.get().starts_at == booking.starts_at
    assert "Session moved." in sent(as_attendee, answer(booking), at)
    assert Booking.objects.get().starts_at == times[1]
    log = read(as_attendee, page(booking))
    assert "You took a proposed time: moved from" in log
    assert "Naoko Ishida proposed" in log
    assert "Amara Obi took a proposed time: moved from" in read(as_host, page(booking))
    assert "Session moved." in sent(as_attendee, answer(booking), at)
    other = sent(as_attendee, answer(booking), {"at": times[0].isoformat()})
    assert "One of the proposed times was taken already. Nothing else was changed." in other
    assert Booking.objects.get().starts_at == times[1]


def test_none_suits(booking, times, as_attendee, as_host):
    propose(booking, times[:3], now=clock.now())
    assert "You said no." in sent(as_attendee, answer(booking, "decline"))
    assert "You said no to the proposed times." in read(as_attendee, page(booking))
    host = read(as_host, page(booking))
    assert "Amara Obi said no to the proposed times." in host
    assert f'href="{page(booking, "propose")}"' in host


def test_the_host_takes_them_back(booking, times, as_host, as_attendee):
    propose(booking, times[:3], now=clock.now())
    shown = read(as_attendee, page(booking))
    assert "The times are taken back." in sent(as_host, answer(booking, "withdraw"))
    assert "asks whether another time" not in read(as_attendee, page(booking))
    (link,) = set(re.findall(r'href="([^"]*/proposals/[^"]*)"', shown)) & {
        f"{answer(booking)}?at={times[0].isoformat().replace(':', '%3A').replace('+', '%2B')}"
    }
    assert "The proposed times were taken back." in as_attendee.get(link, follow=True).content.decode()


def test_what_is_gone_is_said_and_cannot_be_taken(paid, booking, times, stranger, as_attendee, as_host):
    propose(booking, times[:2], now=clock.now())
    make_booking(paid, stranger, starts_at=times[0])
    shown = read(as_attendee, page(booking))
    assert shown.count("Sorry, this time slot is no longer available.") == 1
    assert shown.count(">Choose<") == 1
    assert "no longer available" in sent(as_attendee, answer(booking), {"at": times[0].isoformat()})
    make_booking(paid, stranger, starts_at=times[1])
    assert "All of these times are gone." in read(as_attendee, page(booking))
    assert "Take them back to propose others." in read(as_host, page(booking))


def test_an_offer_for_a_time_that_was_left_is_over(booking, times, as_attendee):
    propose(booking, times[:2], now=clock.now())
    reschedule(booking, times[2], by=Actor("attendee"), now=clock.now())
    shown = sent(as_attendee, answer(booking), {"at": times[0].isoformat()})
    assert "meanwhile, so nothing else was changed. This is how it stands now." in shown
    assert Booking.objects.get().starts_at == times[2]


@pytest.mark.parametrize("who", ["as_attendee", "as_stranger", "as_operator", "as_nobody"])
def test_nobody_but_the_host_proposes_or_takes_back(request, booking, times, who):
    client = request.getfixturevalue(who)
    propose(booking, times[:1], now=clock.now())
    for address in (page(booking, "propose"), answer(booking, "withdraw")):
        assert client.post(address, {"t": times[1].isoformat()}).status_code == 404
    assert Proposal.objects.get().state == "open"


@pytest.mark.parametrize("who", ["as_host", "as_stranger", "as_operator", "as_nobody"])
def test_nobody_but_the_attendee_answers(request, booking, times, who):
    client = request.getfixturevalue(who)
    propose(booking, times[:1], now=clock.now())
    for address in (answer(booking), answer(booking, "decline")):
        assert client.post(address, {"at": times[0].isoformat()}).status_code == 404
    assert Booking.objects.get().starts_at == booking.starts_at


def test_nonsense_changes_nothing(booking, times, as_host, as_attendee):
    assert as_host.get(page(booking, "propose"), {"t": ["x", "9" * 60, ""], "at": "2026"}).status_code == 200
    assert "Propose one time, or up to 3." in sent(as_host, page(booking, "propose"), {"t": "soon"})
    propose(booking, times[:1], now=clock.now())
    assert as_attendee.post(answer(booking), {"at": "soon"})["Location"] == page(booking)
    far = {"at": times[2].isoformat()}
    assert "That time was not proposed." in sent(as_attendee, answer(booking), far)
    assert as_attendee.get(page(booking, "proposals", str(booking.pk)), far).status_code == 404


def test_times_are_not_proposed_without_end(booking, times, as_host, monkeypatch):
    monkeypatch.setattr("duologue.web.views.proposing.PROPOSALS_A_DAY", 0)
    assert "many times today" in sent(as_host, page(booking, "propose"), {"t": times[0].isoformat()})
