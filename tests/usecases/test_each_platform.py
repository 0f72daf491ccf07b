"""Platform by platform: created, joined, expired, deleted, refused, connected anew, and what serves instead.

Sessions that were really paid for, the real adapters, simulated platforms. `docs/platforms.md` names these
tests; what each platform does beyond is with its adapter.
"""

from datetime import timedelta

import pytest

from duologue.bookings.models import Party
from duologue.bookings.transitions import Actor
from duologue.connections import vault
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.core.errors import Permanent, Refused
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.usecases import probe_connections
from duologue.usecases.cancel import cancel
from duologue.usecases.join import join
from duologue.usecases.make_link import FORCED_BEFORE
from duologue.video.models import LinkAttempt, MeetingLink
from duologue.video.registry import provider
from duologue_simulators.oauth import OAuthVendor
from tests.accounts_elsewhere import connect
from tests.contracts.test_video import PLATFORMS
from tests.platforms import goes_wrong
from tests.sold import sell

pytestmark = pytest.mark.django_db
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
OWN = "https://own.example/room"
EVERY = ["builtin", *sorted(PLATFORMS), "link", "meet.jit.si"]
ASKED = sorted(slug for slug, one in PLATFORMS.items() if one.create)
WITH_ACCOUNTS = [slug for slug in sorted(PLATFORMS) if provider(slug).vendor]
ONE_ADDRESS = {"builtin", "link", "teams", "twilio"}
"""Both enter by the same address: who they are is told by our own page, or by their account there."""


class Place:
    """A platform in use. `slug` is the name in the registry."""

    def __init__(self, named, vendor):
        self.slug = "jitsi" if named == "meet.jit.si" else named
        self.named, self.vendor = named, vendor

    @property
    def rooms(self):
        return list(PLATFORMS[self.slug].rooms(self.vendor)) if self.slug in PLATFORMS else []


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr("duologue.notifications.sending.send_mail", lambda now, mail_id: None)
    monkeypatch.setattr("duologue.video.providers.google_calendar.LOOKS_AFTER_SECONDS", (0, 0, 0))
    monkeypatch.setattr("duologue.video.registry.CLIENTS", frozenset({"twilio"}))


@pytest.fixture
def place(request, paid, settings):
    named, vendor = request.param, None
    if named == "meet.jit.si":
        settings.DUOLOGUE_JITSI_BASE_URL = "https://meet.jit.si"
    elif named in PLATFORMS:
        vendor = request.getfixturevalue(PLATFORMS[named].vendor)
    found = Place(named, vendor)
    if isinstance(vendor, OAuthVendor):
        connect(paid.host.user, provider(named).vendor, *vendor.connect())
    elif named == "link":
        connect(paid.host.user, "link", OWN, "")
    settings.DUOLOGUE_VIDEO_DEFAULT = found.slug
    settings.DUOLOGUE_VIDEO_BACKUPS = ["builtin"]
    return found


def sold(paid):
    booking = sell(paid)
    run_due(booking.confirmed_at + SECOND)
    return booking


def current(booking):
    return MeetingLink.objects.filter(booking=booking, status__in=["provisional", "ready"]).first()


def place_of(booking):
    link = current(booking)
    return link.platform, link.status


def told(booking, template="place_changed"):
    return OutgoingMail.objects.filter(booking=booking, template=template).count()


def outcomes(booking):
    return set(LinkAttempt.objects.filter(booking=booking).exclude(platform="builtin").values_list("outcome"))


@pytest.mark.parametrize("place", EVERY, indirect=True)
def test_created(paid, place):
    booking = sold(paid)
    assert place_of(booking) == (place.slug, "ready")
    assert told(booking) == 0, "as it was promised"
    assert place.slug not in ASKED or place.rooms == [current(booking).room_id]


@pytest.mark.parametrize("place", EVERY, indirect=True)
def test_joined_as_host_and_attendee(paid, place):
    booking = sold(paid)
    if place.vendor is not None:
        place.vendor.move_clock(booking.starts_at.timestamp() - place.vendor.now())
    host, attendee = (
        join(booking, party, now=booking.starts_at, way="dashboard").url
        for party in (Party.HOST, Party.ATTENDEE)
    )
    assert (host == attendee) == (place.slug in ONE_ADDRESS)
    for url in (host, attendee):
        assert url.startswith(
            "/video-call/" if place.slug in {"builtin", "twilio"} else ("http://", "https://")
        )
    assert booking.joins.count() == 2


@pytest.mark.parametrize("place", EVERY, indirect=True)
def test_expired(paid, place):
    booking = sold(paid)
    with pytest.raises(Refused) as met:
        join(booking, Party.ATTENDEE, now=booking.ends_at + HOUR, way="dashboard")
    assert met.value.code == "expired"


@pytest.mark.parametrize("place", EVERY, indirect=True)
def test_deleted(paid, place):
    booking = sold(paid)
    now = booking.confirmed_at + 2 * SECOND
    cancel(booking, by=Actor("host"), reason="other", now=now)
    run_due(now)
    run_due(now + HOUR)
    assert place.rooms == []
    assert current(booking) is None
    assert not MeetingLink.objects.filter(booking=booking, deleted_at=None).exists()
    with pytest.raises(Refused) as met:
        join(booking, Party.HOST, now=booking.starts_at, way="dashboard")
    assert met.value.code == "cancelled"


@pytest.mark.parametrize("place", [one for one in EVERY if one != "builtin"], indirect=True)
def test_refused(paid, place, settings):
    """For good: by the platform, or because the operator's settings or the host's address are missing."""
    if place.slug in ASKED:
        goes_wrong(place.vendor, "403", times=99)
    elif place.slug == "link":
        Connection.objects.all().delete()
    else:
        for setting in provider(place.slug).settings:
            setattr(settings, setting.variable, "")
    booking = sold(paid)
    assert place_of(booking) == ("builtin", "ready")
    assert told(booking) == 2
    assert outcomes(booking) & {("retryable",), ("made",)} == set()


@pytest.mark.parametrize("place", WITH_ACCOUNTS, indirect=True)
def test_reconnect(paid, place):
    place.vendor.end_consents()
    Connection.objects.update(access_expires_at=clock.now())
    booking = sold(paid)
    run_due(booking.confirmed_at + 2 * SECOND)
    broken = Connection.objects.get()
    assert (broken.state, broken.problem) == ("reconnect_needed", "ended")
    assert OutgoingMail.objects.filter(template="reconnect", user=paid.host.user).count() == 1
    assert place_of(booking) == ("builtin", "ready")
    access, refresh = place.vendor.connect()[:2]
    Connection.objects.update(
        state="works",
        sealed_access=vault.seal(access),
        sealed_refresh=vault.seal(refresh),
        access_expires_at=clock.now() + HOUR,
    )
    assert current(sold(paid)).platform == place.slug


@pytest.mark.parametrize("place", ASKED, indirect=True)
def test_fallback(paid, place):
    """A platform that is silent is waited for until an hour before the start, while our own room serves."""
    goes_wrong(place.vendor, "500", times=999)
    booking = sold(paid)
    assert place_of(booking) == ("builtin", "provisional")
    run_due(booking.starts_at - FORCED_BEFORE)
    assert place_of(booking) == ("builtin", "ready")
    assert told(booking) == 2
    assert join(booking, Party.ATTENDEE, now=booking.starts_at, way="dashboard").platform == "builtin"


@pytest.mark.parametrize("place", ["google_meet", "google_calendar"], indirect=True)
def test_an_account_is_tried_by_the_way_that_is_used(place):
    """Google may refuse its Meet API to an account whose calendar makes rooms all the same."""
    place.vendor.refuses_meet = True
    account = Connection.objects.get()
    if place.slug == "google_meet":
        with pytest.raises(Permanent):
            probe_connections.probe(account, now=clock.now())
    else:
        probe_connections.probe(account, now=clock.now())
