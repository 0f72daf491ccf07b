"""Does a session find its room at each platform that our own keys open, from paying to cancelling?"""

from datetime import timedelta

import httpx
import pytest

from duologue.bookings.models import Party
from duologue.bookings.transitions import Actor
from duologue.core.errors import Refused
from duologue.jobs.worker import run_due
from duologue.usecases.cancel import cancel
from duologue.usecases.join import join
from duologue.video.models import LinkAttempt, MeetingLink
from tests.platforms import goes_wrong
from tests.sold import sell

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HOSTS = {
    "daily": "as its owner",
    "whereby": "as its host",
    "jitsi": "as a moderator",
    "jaas": "as a moderator",
}


@pytest.fixture(autouse=True)
def _quiet_mail(monkeypatch):
    """Mails stay rows here: what they say is tested with the letters."""
    monkeypatch.setattr("duologue.notifications.sending.send_mail", lambda now, mail_id: None)


@pytest.fixture(params=sorted(HOSTS))
def vendor(request, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = request.param
    settings.DUOLOGUE_VIDEO_BACKUPS = ["builtin"]
    return request.getfixturevalue(request.param)


@pytest.fixture
def slug(vendor, settings):
    return settings.DUOLOGUE_VIDEO_DEFAULT


def sold(paid):
    booking = sell(paid)
    run_due(booking.confirmed_at + SECOND)
    return booking


def current(booking):
    return MeetingLink.objects.get(booking=booking, status__in=["provisional", "ready"])


def enters(booking, party, *, at=None):
    return join(booking, party, now=at or booking.starts_at, way="dashboard").url


def opened(url):
    return httpx.get(url, trust_env=False).text


def test_a_paid_session_has_its_room_and_each_enters_in_their_role(paid, vendor, slug):
    booking = sold(paid)
    assert (current(booking).platform, current(booking).status) == (slug, "ready")
    vendor.move_clock(booking.starts_at.timestamp() - vendor.now())
    seen = opened(enters(booking, Party.HOST))
    assert HOSTS[slug] in seen
    seen = opened(enters(booking, Party.ATTENDEE))
    assert ("knocking" if slug == "whereby" else "as a participant") in seen


def test_what_is_kept_is_sealed_and_holds_nothing_of_the_hosts(paid, vendor, slug):
    booking = sold(paid)
    vendor.move_clock(booking.starts_at.timestamp() - vendor.now())
    hosts = enters(booking, Party.HOST)
    link = current(booking)
    assert "http" not in link.sealed_url
    kept = f"{link.room_id} {link.sealed_url} {link.passcode} {list(LinkAttempt.objects.values())}"
    secret = hosts.partition("?")[2]
    assert secret
    assert secret not in kept


@pytest.mark.parametrize("vendor", ["daily", "whereby"], indirect=True)
def test_when_the_platform_is_away_the_provisional_room_serves_and_the_platform_takes_over_later(
    paid, vendor, slug
):
    goes_wrong(vendor, "500", "POST")
    booking = sold(paid)
    assert (current(booking).platform, current(booking).status) == ("builtin", "provisional")
    run_due(booking.confirmed_at + 60 * SECOND)
    assert current(booking).platform == slug


def test_where_each_has_an_own_address_nobody_is_sent_to_a_wrong_one(paid, vendor, slug):
    booking = sold(paid)
    goes_wrong(vendor, "500", times=9)
    if slug in {"jitsi", "jaas"}:
        assert enters(booking, Party.HOST)
        return
    with pytest.raises(Refused) as met:
        enters(booking, Party.HOST)
    assert met.value.code == "platform_silent"


def test_a_cancelled_session_leaves_no_room(paid, vendor, slug):
    booking = sold(paid)
    vendor.move_clock(booking.starts_at.timestamp() - vendor.now())
    url = enters(booking, Party.HOST)
    now = booking.confirmed_at + 2 * SECOND
    cancel(booking, by=Actor("host"), reason="other", now=now)
    run_due(now)
    if slug in {"daily", "whereby"}:
        assert "You are in" not in opened(url)
    with pytest.raises(Refused):
        enters(booking, Party.HOST)
