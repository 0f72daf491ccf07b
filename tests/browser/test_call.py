"""Do two people in two browsers see and hear each other, leave, come back, and find each other again?"""

import os
import signal
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, Route, expect

from duologue.accounts.models import User
from duologue.bookings.models import Booking, Party
from duologue.calls.models import Join, JoinDevice, Presence
from duologue.core import clock
from duologue.scheduling.models import EventType
from duologue.video.models import MeetingLink
from tests.browser.conftest import Launch, visitor
from tests.rooms import link_of, make_room
from tests.stays import came, here, stays

pytestmark = pytest.mark.django_db(transaction=True)

THEIR_VIDEO = '[data-part="theirs"]'
NEVER_ASKED = "navigator.permissions.query = async () => ({ state: 'prompt' })"
# Frames that were decoded since the first look, and a picture whose pixels are others. On a slow machine a
# frame is painted long after it was decoded; a new connection counts its frames anew.
MOVES = """async () => {
  const page = document.querySelector("[data-call]");
  const found = await page.callStatistics();
  const video = page.querySelector('[data-part="theirs"]');
  const frames = found.find((one) => one.type === "inbound-rtp" && one.kind === "video")?.framesDecoded ?? 0;
  if (!video.videoWidth) return false;
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 36 });
  const paint = canvas.getContext("2d", { willReadFrequently: true });
  paint.drawImage(video, 0, 0, 64, 36);
  const pixels = [...paint.getImageData(0, 0, 64, 36).data].join();
  const before = window.lookedBefore;
  if (!before || frames < before.frames) window.lookedBefore = { frames, pixels };
  return Boolean(before) && frames > before.frames && pixels !== before.pixels;
}"""
HEARS = """async () => {
  const found = await document.querySelector("[data-call]").callStatistics();
  const sound = found.find((one) => one.type === "inbound-rtp" && one.kind === "audio");
  return (sound?.totalSamplesReceived ?? 0) > 0 && sound.totalAudioEnergy > 0;
}"""
# From then on nothing of the call goes by the mailbox.
IS_OPEN = """async () => {
  const found = await document.querySelector("[data-call]").callStatistics();
  return found.some(({ type, state }) => type === "data-channel" && state === "open");
}"""
BEAT = 10_000
"""Milliseconds: a connected page asks the server no more often."""
WAY = """async () => {
  const found = await document.querySelector("[data-call]").callStatistics();
  return found.find((one) => one.type === "transport")?.iceLocalUsernameFragment;
}"""


@dataclass
class Two:
    """A host's and an attendee's page, each in a browser of its own."""

    booking: Booking
    host: Page
    attendee: Page

    @property
    def path(self) -> str:
        return f"/video-call/{self.booking.pk}"


@pytest.fixture
def two(live_server_url: str, launch: Launch, paid: EventType, attendee: User) -> Two:
    booking = make_room(paid, attendee)
    host, guest = (
        visitor(launch(), live_server_url, user, viewport={"width": 1280, "height": 800})
        for user in (paid.host.user, attendee)
    )
    return Two(booking, host, guest)


def meet(two: Two) -> None:
    two.attendee.goto(two.path)
    two.host.goto(two.path)
    see_each_other(two.host, two.attendee)


def see_each_other(*pages: Page) -> None:
    for page in pages:
        page.wait_for_selector(THEIR_VIDEO, state="visible")
        page.evaluate("window.lookedBefore = undefined")
        page.wait_for_function(MOVES, polling=250)


def test_two_browsers_see_and_hear_each_other(two: Two) -> None:
    meet(two)
    for page in (two.host, two.attendee):
        page.wait_for_function(HEARS, polling=250)
        expect(page.get_by_text("Good connection")).to_be_visible()
    expect(two.attendee.get_by_text("Naoko Ishida", exact=True)).to_be_visible()
    expect(two.host.get_by_text("Amara Obi", exact=True)).to_be_visible()
    assert here(two.booking, now=clock.now()) == set(Party)


def test_connected_pages_only_beat(two: Two) -> None:
    meet(two)
    two.host.wait_for_function(IS_OPEN, polling=250)
    visits: list[str] = []
    two.host.on("request", lambda request: visits.append(request.url))
    began = two.host.evaluate("performance.now()")
    # Long enough for many quick visits; the heartbeat is slower.
    two.host.wait_for_function(
        "() => { window.seen = (window.seen ?? 0) + 1; return window.seen > 16; }", polling=250
    )
    # On a busy machine that many looks take longer, and more beats fall between them.
    took = two.host.evaluate("performance.now()") - began
    assert len(visits) <= 2 + took // BEAT


def test_leaving_and_coming_back(two: Two) -> None:
    meet(two)
    two.attendee.get_by_role("button", name="Leave").click()
    expect(two.attendee.get_by_role("heading", name="You left the call")).to_be_focused()
    expect(two.host.get_by_role("heading", name="Amara left")).to_be_visible()
    two.attendee.get_by_role("button", name="Come back").click()
    see_each_other(two.host, two.attendee)
    ended = stays(two.booking)
    assert {stay.party for stay in ended} == set(Party)
    assert len(ended) == 3


def test_reloading_the_page_reconnects(two: Two) -> None:
    meet(two)
    two.host.reload()
    see_each_other(two.host, two.attendee)
    two.attendee.reload()
    see_each_other(two.host, two.attendee)


def kill(page: Page) -> None:
    """End the page's browser as an empty battery does: without any goodbye."""
    browser = page.context.browser
    assert browser is not None
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    (number,) = (process["id"] for process in processes if process["type"] == "browser")
    os.kill(number, signal.SIGKILL)


def test_a_killed_browser_is_missed_and_may_return(
    two: Two, live_server_url: str, launch: Launch, attendee: User
) -> None:
    meet(two)
    kill(two.attendee)
    expect(two.host.get_by_role("heading", name="Amara dropped out")).to_be_visible()
    again = visitor(launch(), live_server_url, attendee)
    again.goto(two.path)
    see_each_other(two.host, again)


def test_muting_and_stopping_the_camera(two: Two) -> None:
    meet(two)
    two.attendee.get_by_role("button", name="Mute").last.click()
    expect(two.host.get_by_text("Amara Obi, muted")).to_be_visible()
    expect(two.attendee.get_by_text("You, muted")).to_be_visible()
    two.attendee.get_by_role("button", name="Stop video").last.click()
    expect(two.host.locator('[data-part="other"].no-picture .portrait').first).to_be_visible()
    two.attendee.get_by_role("button", name="Start video").last.click()
    two.attendee.get_by_role("button", name="Unmute").last.click()
    expect(two.host.get_by_text("Amara Obi", exact=True)).to_be_visible()
    see_each_other(two.host)


def test_the_green_room_comes_first(two: Two) -> None:
    two.attendee.add_init_script(NEVER_ASKED)
    two.attendee.goto(two.path)
    expect(two.attendee.get_by_role("heading", name="Naoko is not here yet")).to_be_visible()
    expect(two.attendee.get_by_label("Camera")).not_to_have_value("")
    two.attendee.wait_for_function("() => document.querySelectorAll('.level .on').length > 2")
    two.host.goto(two.path)
    expect(two.host.get_by_role("heading", name="Amara is at the door")).to_be_visible()
    expect(two.attendee.get_by_role("heading", name="Naoko is here")).to_be_visible()
    assert came(two.booking) == {Party.HOST}
    two.attendee.get_by_role("button", name="Join call").click()
    see_each_other(two.host, two.attendee)


def test_without_camera_and_microphone_one_still_sees_and_hears(
    two: Two, live_server_url: str, launch: Launch, attendee: User
) -> None:
    watcher = visitor(launch(devices=False), live_server_url, attendee)
    watcher.goto(two.path)
    expect(watcher.get_by_text("We find neither camera nor microphone.")).to_be_visible()
    expect(watcher.get_by_role("button", name="Start video")).to_be_disabled()
    watcher.get_by_role("button", name="Join call").click()
    two.host.goto(two.path)
    see_each_other(watcher)
    watcher.wait_for_function(HEARS, polling=250)


def test_a_new_network_is_found_over_the_call_itself(two: Two) -> None:
    """An ICE restart renegotiates by the data channel: the mailbox carries none of it."""
    meet(two)
    for page in (two.host, two.attendee):
        page.wait_for_function(IS_OPEN, polling=250)
    posted: list[str] = []
    for page in (two.host, two.attendee):
        page.on("request", lambda request: posted.append(request.post_data or ""))
    before = two.host.evaluate(WAY)
    two.host.evaluate("window.dispatchEvent(new Event('online'))")
    two.host.wait_for_function(f"async (before) => (await ({WAY})()) !== before", arg=before, polling=250)
    see_each_other(two.host, two.attendee)
    assert not [body for body in posted if "description" in body or "candidate" in body]


def test_only_one_window_at_a_time(two: Two) -> None:
    meet(two)
    second = two.attendee.context.new_page()
    second.goto(two.path)
    expect(two.attendee.get_by_role("heading", name="The call goes on in another window")).to_be_visible()
    see_each_other(two.host, second)


def test_a_link_from_the_mail_leads_in(live_server_url: str, launch: Launch, paid: EventType) -> None:
    booking = make_room(paid)
    guest = visitor(launch(), live_server_url)
    guest.goto(link_of(booking, Party.ATTENDEE))
    assert not Join.objects.exists()
    guest.get_by_role("button", name="Join call").click()
    guest.wait_for_url(f"**/video-call/{booking.pk}")
    expect(guest.get_by_role("heading", name="Naoko is not here yet")).to_be_visible()
    host = visitor(launch(), live_server_url, paid.host.user)
    host.goto(f"/video-call/{booking.pk}")
    see_each_other(host, guest)
    assert Join.objects.get().way == Join.Way.JOIN_LINK


def test_the_host_lets_a_second_device_in(live_server_url: str, launch: Launch, paid: EventType) -> None:
    booking = make_room(paid)
    browser = launch()
    first, second = (visitor(browser, live_server_url) for _ in range(2))
    host = visitor(launch(), live_server_url, paid.host.user)
    host.goto(f"/video-call/{booking.pk}")
    first.goto(link_of(booking, Party.ATTENDEE))
    first.get_by_role("button", name="Join call").click()
    see_each_other(host, first)
    second.goto(link_of(booking, Party.ATTENDEE))
    second.get_by_role("button", name="Join call").click()
    expect(second.get_by_role("heading", name="One more step on this device")).to_be_visible()
    host.get_by_role("button", name="Let it in").click()
    see_each_other(host, second)
    expect(first.get_by_role("heading", name="The call goes on in another window")).to_be_visible()
    assert JoinDevice.objects.filter(state=JoinDevice.State.ADMITTED).count() == 2
    assert Presence.objects.filter(entered_at__isnull=False).count() == 3


def test_nobody_can_press_join_before_it_does_something(two: Two) -> None:
    two.attendee.add_init_script(NEVER_ASKED)
    held: list[Route] = []
    two.attendee.route("**/js/call/room*.js", lambda route: held.append(route))
    with two.attendee.expect_request("**/js/call/room*.js"):
        two.attendee.goto(two.path, wait_until="commit")
    join = two.attendee.get_by_role("button", name="Join call")
    expect(join).to_be_disabled()
    expect(join).to_have_accessible_description("One moment. If this stays, reload the page.")
    expect(two.attendee.get_by_role("heading", name="Getting the call ready")).to_be_visible()
    held[0].continue_()
    expect(two.attendee.get_by_role("heading", name="Naoko is not here yet")).to_be_visible()
    expect(join).to_be_enabled()


def test_a_page_follows_to_a_room_elsewhere(two: Two) -> None:
    two.attendee.goto(two.path)
    expect(two.attendee.get_by_role("heading", name="Naoko is not here yet")).to_be_visible()
    MeetingLink.objects.filter(booking=two.booking).update(platform="google_meet")
    expect(two.attendee.get_by_role("heading", name="The call with Naoko is")).to_be_visible()
