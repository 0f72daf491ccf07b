"""Does a session's room follow it to another time, at every platform, and serve all the while? (LINK-4)"""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from duologue.accounts import people
from duologue.bookings.models import Booking, Party
from duologue.bookings.transitions import Actor
from duologue.core.errors import NeedsReconnect, Permanent, Retryable
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.usecases import move_room
from duologue.usecases.cancel import cancel
from duologue.usecases.give_link import give_link
from duologue.usecases.join import join
from duologue.usecases.make_link import FORCED_BEFORE
from duologue.video.models import LinkAttempt, MeetingLink
from duologue.video.registry import PROVIDERS, provider
from duologue_simulators.oauth import NAOKO, OAuthVendor
from tests import scripted_platforms
from tests.accounts_elsewhere import connect
from tests.contracts.test_video import PLATFORMS
from tests.platforms import goes_wrong
from tests.scripted_platforms import First
from tests.sold import sell

pytestmark = pytest.mark.django_db
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
SCRIPTED = ("first", "second")


class Movable(First):
    """As First, and its rooms can be moved."""

    slug, name = "movable", "Movable"
    can_update = True
    times: dict[str, object]

    def update_meeting(self, room_id, request, *, account):
        self._act(account)
        self.times[room_id] = request.starts_at
        return super().update_meeting(room_id, request, account=account)


@pytest.fixture(autouse=True)
def platforms(monkeypatch, settings):
    monkeypatch.setattr("duologue.notifications.sending.send_mail", lambda now, mail_id: None)
    settings.DUOLOGUE_VIDEO_DEFAULT = "movable"
    settings.DUOLOGUE_VIDEO_BACKUPS = ["second", "builtin"]
    scripted_platforms.install(monkeypatch)
    Movable.forget()
    Movable.times = {}
    monkeypatch.setitem(PROVIDERS, "movable", f"{__name__}:Movable")


def made(paid) -> Booking:
    booking = sell(paid)
    run_due(booking.confirmed_at + SECOND)
    return booking


def now_of(booking: Booking):
    return booking.confirmed_at + 2 * SECOND


def moves(booking: Booking, by: timedelta = DAY, *, now=None) -> None:
    """What moving a session means for its room: other times, and the debt, in one transaction."""
    with transaction.atomic():
        people.lock([booking.host.user_id, booking.attendee_id])
        for name in ("starts_at", "ends_at", "blocked_from", "blocked_until"):
            setattr(booking, name, getattr(booking, name) + by)
        booking.save(update_fields=["starts_at", "ends_at", "blocked_from", "blocked_until"])
        move_room.owe_move(booking, now=now or now_of(booking))


def afresh(booking: Booking) -> Booking:
    return Booking.objects.select_related("host__user", "attendee").get(pk=booking.pk)


def current(booking: Booking) -> MeetingLink:
    return MeetingLink.objects.get(booking=booking, status__in=["provisional", "ready"])


def attempts(booking: Booking) -> list[tuple[str, str]]:
    return list(LinkAttempt.objects.filter(booking=booking).values_list("platform", "outcome"))


def told(booking: Booking) -> int:
    return OutgoingMail.objects.filter(booking=booking, template="place_changed").count()


def test_the_room_is_moved_and_stays_the_same_for_everybody(paid):
    booking = made(paid)
    before = current(booking)
    moves(booking)
    assert current(booking) == before, "valid meanwhile"
    run_due(now_of(booking))
    assert (current(booking).pk, current(booking).status) == (before.pk, "ready")
    assert Movable.times == {before.room_id: booking.starts_at}
    assert attempts(booking) == [("movable", "made"), ("movable", "moved")]
    assert told(booking) == 0


def test_doing_it_twice_changes_nothing(paid):
    booking = made(paid)
    link = current(booking)
    for _ in range(2):
        move_room.move_room(now_of(booking), link.pk)
    assert current(booking) == link
    assert list(Movable.rooms.values()) == [link.room_id]


def test_a_room_that_cannot_be_moved_gives_way_to_a_new_one_there(paid, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "first"
    booking = made(paid)
    old = current(booking)
    moves(booking)
    seen = []
    First.script.append(lambda: seen.append(current(booking).room_id))
    run_due(now_of(booking))
    new = current(booking)
    assert seen == [old.room_id], "the old one serves until the new one is there"
    assert (new.platform, new.room_id == old.room_id, new.status) == ("first", False, "ready")
    assert told(booking) == 0
    run_due(now_of(booking) + HOUR)
    assert list(First.rooms.values()) == [new.room_id]


def test_a_room_that_is_gone_is_made_anew_on_the_same_platform(paid):
    booking = made(paid)
    old = current(booking)
    Movable.script.append(Permanent("Gone.", code="room_gone"))
    moves(booking)
    run_due(now_of(booking))
    assert (current(booking).platform, current(booking).pk == old.pk) == ("movable", False)


def test_a_platform_that_does_not_answer_is_asked_again_while_the_room_serves(paid):
    booking = made(paid)
    link = current(booking)
    Movable.script.append(Retryable("Silent."))
    moves(booking)
    run_due(now_of(booking))
    assert (current(booking), Movable.times) == (link, {})
    run_due(now_of(booking) + HOUR)
    assert (current(booking), Movable.times) == (link, {link.room_id: booking.starts_at})


def test_when_time_gets_short_another_platform_serves_and_both_are_told(paid):
    booking = made(paid)
    Movable.script.extend(Retryable("Silent.", retry_after=HOUR) for _ in range(299))
    moves(booking)
    now = now_of(booking)
    while (now := max(now, Job.objects.get(name="move_room").run_at)) < booking.starts_at - FORCED_BEFORE:
        run_due(now)
        assert current(booking).platform == "movable"
    assert now == booking.starts_at - FORCED_BEFORE
    run_due(now)
    assert (current(booking).platform, current(booking).status) == ("second", "ready")
    assert told(booking) == 2


def test_where_the_account_is_gone_the_next_platform_serves(paid):
    booking = made(paid)
    Movable.script.extend(NeedsReconnect("Gone.") for _ in range(3))
    moves(booking)
    run_due(now_of(booking))
    assert current(booking).platform == "second"
    assert told(booking) == 2


def test_cancelled_before_it_ran_nobody_is_asked(paid):
    booking = made(paid)
    moves(booking)
    asked = len(Movable.accounts)
    cancel(afresh(booking), by=Actor("operator"), reason="other", now=now_of(booking))
    run_due(now_of(booking))
    assert not Movable.times
    assert len(Movable.accounts) == asked + 1, "only to take the room away"
    assert not MeetingLink.objects.filter(deleted_at=None).exclude(platform="builtin").exists()


@pytest.mark.parametrize("platform", ["movable", "first"])
def test_cancelled_while_the_platform_is_asked_no_room_is_left(paid, settings, platform):
    settings.DUOLOGUE_VIDEO_DEFAULT = platform
    booking = made(paid)
    moves(booking)
    adapter = type(provider(platform))
    adapter.script.append(
        partial(cancel, afresh(booking), by=Actor("operator"), reason="other", now=now_of(booking))
    )
    run_due(now_of(booking))
    run_due(now_of(booking) + HOUR)
    assert adapter.rooms == {}
    assert not MeetingLink.objects.filter(deleted_at=None).exists()


@pytest.mark.parametrize("platform", ["movable", "first"])
def test_given_by_hand_while_the_platform_is_asked_the_hosts_link_stays(paid, settings, platform):
    settings.DUOLOGUE_VIDEO_DEFAULT = platform
    booking = made(paid)
    moves(booking)
    adapter = type(provider(platform))
    by_hand = partial(give_link, afresh(booking), "https://own.example/room", now=now_of(booking))
    adapter.script.append(by_hand)
    run_due(now_of(booking))
    run_due(now_of(booking) + HOUR)
    assert current(booking).platform == "manual"
    assert adapter.rooms == {}


@pytest.mark.parametrize("platform", ["movable", "first"])
def test_moved_again_while_the_platform_is_asked_the_last_time_counts(paid, settings, platform):
    settings.DUOLOGUE_VIDEO_DEFAULT = platform
    booking = made(paid)
    moves(booking)
    adapter = type(provider(platform))
    adapter.script.append(partial(moves, afresh(booking)))
    for hours in range(3):
        run_due(now_of(booking) + hours * HOUR)
    booking = afresh(booking)
    assert list(adapter.rooms.values()) == [current(booking).room_id]
    assert platform == "first" or Movable.times == {current(booking).room_id: booking.starts_at}


def test_moved_while_its_room_was_made_the_room_is_for_the_new_time(paid):
    booking = sell(paid)
    Movable.script.append(partial(moves, afresh(booking)))
    run_due(now_of(booking))
    run_due(now_of(booking) + HOUR)
    assert list(Movable.rooms.values()) == [current(booking).room_id]
    assert current(booking).platform == "movable"


def test_a_sooner_time_brings_the_last_moment_forward(paid):
    booking = sell(paid)
    Movable.script.extend(Retryable("Silent.", retry_after=47 * HOUR) for _ in range(9))
    run_due(now_of(booking))
    job = Job.objects.get(key=f"make_link:{booking.pk}")
    assert job.run_at > now_of(booking) + 40 * HOUR
    moves(booking, now_of(booking) + 30 * HOUR - booking.starts_at)
    job.refresh_from_db()
    assert job.run_at == booking.starts_at - FORCED_BEFORE
    run_due(job.run_at)
    assert current(booking).platform == "second"


def test_a_room_that_stands_in_moves_too_and_the_promised_one_is_still_awaited(paid, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "first"
    settings.DUOLOGUE_VIDEO_BACKUPS = ["movable"]
    First.script.append(Retryable("Silent.", retry_after=HOUR))
    booking = made(paid)
    stands_in = current(booking)
    moves(booking)
    run_due(now_of(booking))
    assert (current(booking), current(booking).status) == (stands_in, "provisional")
    assert Movable.times == {stands_in.room_id: booking.starts_at}
    run_due(now_of(booking) + HOUR)
    assert (current(booking).platform, current(booking).status) == ("first", "ready")


def test_what_nobody_has_to_be_asked_about_stays_as_it_is(paid, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "builtin"
    settings.DUOLOGUE_VIDEO_BACKUPS = []
    booking = made(paid)
    link = current(booking)
    moves(booking)
    assert not Job.objects.filter(name="move_room").exists()
    run_due(now_of(booking))
    assert current(booking) == link
    give_link(booking, "https://own.example/room", now=now_of(booking))
    moves(booking)
    assert not Job.objects.filter(name="move_room").exists()


# The real adapters, over their simulators


def shown_start(slug, vendor, room_id):
    """When the platform believes a room's session to begin or its room to open; None where it does not."""
    if slug == "daily":
        return vendor.rooms[room_id].config["nbf"]
    if slug == "zoom":
        return vendor.meetings[int(room_id)].given["start_time"]
    if slug == "google_calendar":
        events = vendor.calendars.of(NAOKO)
        return next(one.fields["start"]["dateTime"] for one in events if one.fields["id"] == room_id)
    if slug == "teams":
        return next(one.fields["startDateTime"] for one in vendor.meetings if one.id == room_id)
    return None


ASKED = ["daily", "google_calendar", "google_meet", "jaas", "jitsi", "teams", "twilio", "whereby", "zoom"]


@pytest.fixture
def place(request, paid, settings, monkeypatch):
    """A platform in use, with the host's account where it wants one: its slug and its simulator."""
    slug = request.param
    vendor = request.getfixturevalue(PLATFORMS[slug].vendor)
    if isinstance(vendor, OAuthVendor):
        connect(paid.host.user, provider(slug).vendor, *vendor.connect())
    monkeypatch.setattr("duologue.video.registry.CLIENTS", frozenset({"twilio"}))
    settings.DUOLOGUE_VIDEO_DEFAULT = slug
    settings.DUOLOGUE_VIDEO_BACKUPS = ["builtin"]
    return slug, vendor


@pytest.mark.parametrize("place", ASKED, indirect=True)
def test_at_each_platform_the_room_is_there_at_the_new_time(paid, place):
    slug, vendor = place
    booking = made(paid)
    before = current(booking)
    began = shown_start(slug, vendor, before.room_id)
    assert before.platform == slug
    moves(booking)
    run_due(now_of(booking))
    after = current(booking)
    assert (after.platform, after.status) == (slug, "ready")
    assert (after.pk == before.pk) == provider(slug).can_update
    assert began is None or shown_start(slug, vendor, after.room_id) != began
    run_due(now_of(booking) + HOUR)
    rooms = list(PLATFORMS[slug].rooms(vendor))
    assert rooms == ([after.room_id] if PLATFORMS[slug].create else [])
    vendor.move_clock(booking.starts_at.timestamp() - vendor.now())
    assert join(afresh(booking), Party.ATTENDEE, now=booking.starts_at, way="dashboard").url


@pytest.mark.parametrize("place", ["daily", "google_calendar", "teams", "whereby", "zoom"], indirect=True)
@pytest.mark.parametrize("fault", ["500", "500_after"])
def test_at_each_platform_a_failure_is_made_good_later_and_leaves_one_room(paid, place, fault):
    slug, vendor = place
    booking = made(paid)
    goes_wrong(vendor, fault, "POST" if slug in {"daily", "whereby"} else "PATCH")
    moves(booking)
    run_due(now_of(booking))
    run_due(now_of(booking) + HOUR)
    run_due(now_of(booking) + 2 * HOUR)
    assert (current(booking).platform, current(booking).status) == (slug, "ready")
    assert list(PLATFORMS[slug].rooms(vendor)) == [current(booking).room_id]
