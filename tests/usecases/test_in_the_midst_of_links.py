"""Cancelled, moved, disconnected or given by hand while a platform makes the room: is nothing left there?

Real adapters and simulated platforms. It happens before the platform is asked, after it made the room, or
the platform made it and its answer was lost. At Google Meet a space of which no answer tells is known to
nobody, so there that last moment is left out.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from duologue.accounts import people
from duologue.bookings.models import Booking
from duologue.bookings.transitions import Actor
from duologue.connections.models import Connection
from duologue.core.errors import Retryable
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.usecases import ask_platform, disconnect_account, move_room
from duologue.usecases.cancel import cancel
from duologue.usecases.give_link import give_link, make_new_link, use_backup
from duologue.video.models import LinkAttempt, MeetingLink
from duologue.video.registry import provider
from duologue_simulators.oauth import OAuthVendor
from tests.accounts_elsewhere import connect
from tests.contracts.test_video import PLATFORMS
from tests.platforms import goes_wrong
from tests.sold import sell

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ASKED = sorted(slug for slug, one in PLATFORMS.items() if one.create)
WITH_ACCOUNTS = [slug for slug in ASKED if provider(slug).vendor]
MOMENTS = ["before", "after", "lost"]


@pytest.fixture(autouse=True)
def _quiet_mail(monkeypatch):
    monkeypatch.setattr("duologue.notifications.sending.send_mail", lambda now, mail_id: None)
    monkeypatch.setattr("duologue.video.providers.google_calendar.LOOKS_AFTER_SECONDS", (0, 0, 0))


class Place:
    """A platform in use, the host's account where it wants one, and what happens while it is asked."""

    def __init__(self, slug, vendor, account):
        self.slug, self.vendor, self.account = slug, vendor, account

    @property
    def rooms(self) -> list[str]:
        return list(PLATFORMS[self.slug].rooms(self.vendor))


@pytest.fixture
def place(request, paid, settings):
    slug, account = request.param, None
    vendor = request.getfixturevalue(PLATFORMS[slug].vendor)
    if isinstance(vendor, OAuthVendor):
        account = connect(paid.host.user, provider(slug).vendor, *vendor.connect())
    paid.host.video_order = [slug]
    paid.host.save(update_fields=["video_order"])
    settings.DUOLOGUE_VIDEO_DEFAULT = "builtin"
    settings.DUOLOGUE_VIDEO_BACKUPS = ["builtin"]
    return Place(slug, vendor, account)


@pytest.fixture
def in_the_midst(monkeypatch) -> Callable[[Place, str, Callable[[], object]], None]:
    """Let something happen once, at a moment of the next making of a room."""

    def arrange(place: Place, moment: str, happens: Callable[[], object]) -> None:
        adapter = type(provider(place.slug))
        make = adapter.create_meeting
        left = [happens]

        def making(self, request, **how):
            act = left.pop() if left else None
            if act is not None and moment == "before":
                act()
            if act is not None and moment == "lost":
                goes_wrong(place.vendor, "500_after", PLATFORMS[place.slug].create)
                try:
                    return make(self, request, **how)
                finally:
                    act()
            made = make(self, request, **how)
            if act is not None and moment == "after":
                act()
            return made

        monkeypatch.setattr(adapter, "create_meeting", making)

    return arrange


def now_of(booking: Booking):
    return booking.confirmed_at + SECOND


def afresh(booking: Booking) -> Booking:
    return Booking.objects.select_related("host__user", "attendee").get(pk=booking.pk)


def current(booking: Booking) -> MeetingLink | None:
    return MeetingLink.objects.filter(booking=booking, status__in=["provisional", "ready"]).first()


def time_passes(booking: Booking) -> None:
    """Until shortly before the start: all that is owed is done."""
    now, end = now_of(booking), afresh(booking).starts_at - timedelta(minutes=10)
    steps = [now + timedelta(seconds=10 * 2**n) for n in range(30)]
    for at in [now, *(step for step in steps if step < end), end - HOUR, end - 30 * MINUTE, end]:
        run_due(at)


def cancels(booking: Booking) -> None:
    cancel(afresh(booking), by=Actor("operator"), reason="other", now=now_of(booking))


def gives_a_link(booking: Booking) -> None:
    give_link(afresh(booking), "https://own.example/room", now=now_of(booking))


def moves(booking: Booking) -> None:
    moved = afresh(booking)
    with transaction.atomic():
        people.lock([moved.host.user_id, moved.attendee_id])
        for name in ("starts_at", "ends_at", "blocked_from", "blocked_until"):
            setattr(moved, name, getattr(moved, name) + DAY)
        moved.save(update_fields=["starts_at", "ends_at", "blocked_from", "blocked_until"])
        move_room.owe_move(moved, now=now_of(booking))


def disconnects(booking: Booking) -> None:
    """And another worker is at once asked to give the access back."""
    account = Connection.objects.get(user=booking.host.user)
    disconnect_account.disconnect_account(account, now=now_of(booking))
    disconnect_account.revoke_account(now_of(booking), account.pk)


def disconnects_and_cancels(booking: Booking) -> None:
    disconnects(booking)
    cancels(booking)


def moments(*platforms: str) -> list[object]:
    return [
        pytest.param(slug, moment, id=f"{slug}-{moment}")
        for slug in platforms
        for moment in MOMENTS
        if (slug, moment) != ("google_meet", "lost")
    ]


@pytest.mark.parametrize(("place", "moment"), moments(*ASKED), indirect=["place"])
@pytest.mark.parametrize("happens", [cancels, gives_a_link, moves, make_new_link, use_backup])
def test_whatever_happens_while_a_room_is_made_no_other_is_left(paid, place, moment, happens, in_the_midst):
    booking = sell(paid)
    acts = partial(happens, now=now_of(booking)) if happens in (make_new_link, use_backup) else happens
    in_the_midst(place, moment, partial(acts, booking))
    time_passes(booking)
    expected = {cancels: None, gives_a_link: "manual", use_backup: "builtin"}
    if happens is use_backup:
        assert current(booking).platform in {"builtin", place.slug}
    else:
        now_at = current(booking)
        assert (now_at.platform if now_at else None) == expected.get(happens, place.slug)
    serves = current(booking)
    ours = [serves.room_id] if serves is not None and serves.platform == place.slug else []
    assert place.rooms == ours


@pytest.mark.parametrize(("place", "moment"), moments(*WITH_ACCOUNTS), indirect=["place"])
@pytest.mark.parametrize("happens", [disconnects, disconnects_and_cancels])
def test_disconnected_while_a_room_is_made_nothing_is_left_that_nobody_uses(
    paid, place, moment, happens, in_the_midst
):
    booking = sell(paid)
    in_the_midst(place, moment, partial(happens, booking))
    time_passes(booking)
    serves = current(booking)
    if happens is disconnects:
        assert serves.status == "ready"
        assert serves.platform == ("builtin" if moment == "lost" else place.slug)
    else:
        assert serves is None
    ours = [serves.room_id] if serves is not None and serves.platform == place.slug else []
    assert place.rooms == ours
    place.account.refresh_from_db()
    assert (place.account.state, place.account.sealed_access) == ("disconnected", ""), (
        "given back all the same"
    )
    # Microsoft cannot be told that an access is given back.
    assert place.slug == "teams" or all(grant.ended for grant, _ in place.vendor.tokens.access.values())


@pytest.mark.parametrize("place", ["google_calendar"], indirect=True)
def test_an_event_whose_conference_never_came_goes_when_another_room_serves(paid, place):
    place.vendor.calendars.reads = 10_000
    booking = sell(paid)
    run_due(now_of(booking))
    assert len(place.rooms) == 1
    time_passes(booking)
    assert (current(booking).platform, current(booking).status) == ("builtin", "ready")
    assert place.rooms == []


@pytest.mark.parametrize("place", ["google_calendar"], indirect=True)
def test_an_event_whose_conference_comes_late_is_the_room(paid, place):
    place.vendor.calendars.reads = 12
    booking = sell(paid)
    time_passes(booking)
    assert current(booking).platform == "google_calendar"
    assert place.rooms == [current(booking).room_id]


@pytest.mark.parametrize("place", [slug for slug in ASKED if slug != "google_meet"], indirect=True)
def test_a_room_whose_answer_was_lost_goes_when_another_platform_serves(paid, place, monkeypatch):
    """The platform made it, and then was silent until the backup was forced."""
    adapter = type(provider(place.slug))
    make = adapter.create_meeting

    def making(self, request, **how):
        if not place.rooms:
            make(self, request, **how)
        raise Retryable("Silent.")

    monkeypatch.setattr(adapter, "create_meeting", making)
    booking = sell(paid)
    run_due(now_of(booking))
    assert len(place.rooms) == 1
    time_passes(booking)
    assert LinkAttempt.objects.filter(booking=booking, platform=place.slug).count() > 5
    assert current(booking).platform == "builtin"
    assert place.rooms == []


@pytest.mark.parametrize("place", [slug for slug in ASKED if slug != "google_meet"], indirect=True)
def test_a_worker_that_died_while_the_room_was_made_leaves_none_of_a_cancelled_session(paid, place):
    booking = sell(paid)
    job = Job.objects.get(key=f"make_link:{booking.pk}")
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, lease="dead", attempts=1)
    ask_platform.for_room(booking, place.slug, now=now_of(booking))
    assert len(place.rooms) == 1
    cancels(booking)
    Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING, lease="")
    time_passes(booking)
    assert place.rooms == []
