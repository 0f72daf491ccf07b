"""Do two people meet in a platform's room on our page, are they seen, and is there a way out where it fails?

The platform's server, script and frame are simulated, at an address of their own; everything else is real.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, Response, expect
from pytest_django.fixtures import Settings

from duologue.accounts.models import User
from duologue.bookings.models import Booking
from duologue.calls import attendance
from duologue.calls.models import FrameStay
from duologue.calls.verdict import Source
from duologue.core import clock
from duologue.scheduling.models import EventType
from duologue.usecases import ask_platform, take_room
from duologue.video.models import MeetingLink, RoomChange
from duologue.video.providers.zoom_frame import VERSION
from duologue.web.permissions import HEADER
from duologue_simulators.daily.server import Daily
from duologue_simulators.faulty import Fault
from duologue_simulators.jitsi.server import Jitsi
from duologue_simulators.vendor import Server, Vendor
from duologue_simulators.whereby.server import Whereby
from duologue_simulators.zoom import sdk
from duologue_simulators.zoom.simulator import Zoom
from tests.accounts_elsewhere import connect
from tests.browser.conftest import Launch, until, visitor, wait_until_it_answers
from tests.conftest import product_environment
from tests.ports import free_port
from tests.rooms import make_room

pytestmark = pytest.mark.django_db(transaction=True)
SDK_SETTINGS = {
    "DUOLOGUE_ZOOM_SDK_KEY": sdk.KEY,
    "DUOLOGUE_ZOOM_SDK_SECRET": sdk.SDK_SECRET,
    "DUOLOGUE_ZOOM_SDK_ACCOUNT": sdk.ACCOUNT,
    "DUOLOGUE_ZOOM_SDK_BASE": "{url}",
}
ROLES = {
    "jitsi": ("as a moderator", "as a participant"),
    "daily": ("as its owner", "as a participant"),
    "whereby": ("as its host", "as a guest"),
    "zoom": ("as its host", "as a guest"),
}
"""How the simulated rooms greet host and attendee."""
FAILED = "did not open here. Open it in its own tab, or try another room."
LATER = 40_000
"""Milliseconds after which a frame that says nothing is given up."""
NOTE_REFUSALS = """
  window.refusedByPolicy = [];
  addEventListener("securitypolicyviolation", ({ blockedURI }) => window.refusedByPolicy.push(blockedURI));
"""


@pytest.fixture(scope="module")
def product(
    static_files: None,
    django_db_setup: None,
    jitsi_server: Server,
    daily_server: Server,
    whereby_server: Server,
    zoom_server: Server,
) -> Iterator[str]:
    """A web process that has all four, and our own room after them."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **product_environment(),
        "DUOLOGUE_BASE_URL": url,
        "DUOLOGUE_VIDEO_DEFAULT": "builtin",
        "DUOLOGUE_VIDEO_BACKUPS": "",
    }
    for server, kind in (
        (jitsi_server, Jitsi),
        (daily_server, Daily),
        (whereby_server, Whereby),
        (zoom_server, Zoom),
    ):
        given = {**kind.settings, **(SDK_SETTINGS if kind is Zoom else {})}
        environment |= {name: value.format(url=server.url) for name, value in given.items()}
    command = [sys.executable, "-m", "duologue", "web", "--port", str(port)]
    with subprocess.Popen(command, env=environment) as running:
        try:
            wait_until_it_answers(running, port)
            yield url
        finally:
            running.terminate()


@dataclass
class Room:
    """A session whose room a simulated platform made, and a browser for its people."""

    platform: str
    vendor: Vendor
    booking: Booking
    open_page: Callable[[User], Page]

    @property
    def path(self) -> str:
        return f"/video-call/{self.booking.pk}"

    @property
    def host(self) -> User:
        return self.booking.host.user

    @property
    def attendee(self) -> User:
        assert self.booking.attendee is not None
        return self.booking.attendee

    def enter(self, user: User) -> tuple[Page, Response]:
        page = self.open_page(user)
        page.add_init_script(NOTE_REFUSALS)
        response = page.goto(self.path)
        assert response is not None
        return page, response

    def inside(self, page: Page) -> FrameLocator | Locator:
        """What the platform draws: in a frame of its own, or, as Zoom does, into our page."""
        is_ours = self.platform == "zoom"
        return page.locator('[data-part="stage"]') if is_ours else page.frame_locator("iframe")


@pytest.fixture
def room(
    request: pytest.FixtureRequest,
    settings: Settings,
    product: str,
    launch: Launch,
    paid: EventType,
    attendee: User,
) -> Room:
    platform: str = request.param
    vendor: Vendor = request.getfixturevalue(platform)
    if isinstance(vendor, Zoom):
        for name, value in SDK_SETTINGS.items():
            setattr(settings, name, value.format(url=vendor.url))
        connect(paid.host.user, "zoom", *vendor.connect(scopes=[*Zoom.rights, "user:read:zak"]))
    booking = make_room(paid, attendee)
    MeetingLink.objects.filter(booking=booking).delete()
    made = ask_platform.for_room(booking, platform, now=clock.now())
    assert take_room.take(booking, made, seen=None, now=clock.now())
    return Room(platform, vendor, booking, lambda user: visitor(launch(), product, user))


def each(*platforms: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("room", platforms, indirect=True)


def state(page: Page) -> Locator:
    return page.locator('[data-part="state"]')


def let_in(room: Room, host: Page, guest: Page) -> None:
    """Whereby's rooms are locked: guests knock."""
    if room.platform == "whereby":
        expect(room.inside(guest).get_by_text("You are knocking")).to_be_visible()
        room.inside(host).get_by_role("button", name="Let Amara Obi in").click()


@each(*ROLES)
def test_two_meet_each_in_their_role_are_seen_and_move_on_together(room: Room) -> None:
    host, _ = room.enter(room.host)
    hosts, guests = ROLES[room.platform]
    expect(room.inside(host).get_by_text(hosts)).to_be_visible()
    expect(state(host)).to_have_text("Amara is not here yet")
    guest, _ = room.enter(room.attendee)
    let_in(room, host, guest)
    expect(room.inside(guest).get_by_text(guests)).to_be_visible()
    for page, other in ((host, "Amara"), (guest, "Naoko")):
        expect(state(page)).to_have_text(f"{other} is here")
        assert page.evaluate("window.refusedByPolicy") == []

    # Both have told all that there is to tell: nothing is under way that their farewells could overtake.
    until(host, lambda: FrameStay.objects.filter(other_at__isnull=False).count() == 2)
    guest.get_by_role("button", name="Try another room").click()
    for page in (guest, host):
        expect(page.locator("[data-call]")).to_be_visible()
    assert RoomChange.objects.get().after == "builtin"
    until(host, lambda: not FrameStay.objects.filter(left_at=None).exists())
    found = attendance.evidence(room.booking)
    seen = {(one.side, one.source) for one in found if one.platform == room.platform}
    assert {("host", Source.FRAME), ("attendee", Source.FRAME)} <= seen
    assert {("host", Source.OTHER_BROWSER), ("attendee", Source.OTHER_BROWSER)} <= seen


@each(*ROLES)
def test_the_answer_names_that_platform_alone(room: Room) -> None:
    _, response = room.enter(room.host)
    named = response.headers["content-security-policy"].replace(";", " ").split()
    foreign = {one for one in named if one.startswith(("http", "ws")) and "stripe" not in one}
    everywhere = {"https://*.zoom.us", "wss://*.zoom.us"} if room.platform == "zoom" else set()
    assert everywhere < foreign
    assert all(one.startswith(room.vendor.url) for one in foreign - everywhere)
    framed = room.platform != "zoom"
    assert (room.vendor.url in response.headers[HEADER.lower()]) is framed


@each(*ROLES)
def test_who_leaves_is_out_and_can_come_back(room: Room) -> None:
    # Whereby's guests would have to knock.
    page, _ = room.enter(room.host)
    expect(room.inside(page).get_by_text(ROLES[room.platform][0])).to_be_visible()
    until(page, FrameStay.objects.exists)
    leave = page if room.platform == "zoom" else room.inside(page)
    leave.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="You left the call")).to_be_visible()
    until(page, lambda: FrameStay.objects.get().left_at is not None)
    page.get_by_role("link", name="Come back").click()
    expect(room.inside(page).get_by_text(ROLES[room.platform][0])).to_be_visible()
    until(page, lambda: FrameStay.objects.filter(left_at=None).exists())


# What goes wrong at the platform


def break_script(room: Room) -> None:
    script = {"jitsi": "/external_api.js", "daily": "/daily.js", "zoom": f"/{VERSION}/zoom"}[room.platform]
    room.vendor.faults.add(Fault("503", on=f"GET {script}", times=99))


def refuse_token(room: Room) -> None:
    """By Daily's clock it ended; at Zoom the operator has another secret now."""
    if isinstance(room.vendor, Daily):
        room.vendor.move_clock(timedelta(days=1).total_seconds())
    elif isinstance(room.vendor, Zoom):
        room.vendor.sdk.secret = "another-secret-of-the-app-at-zoom"


def remove_room(room: Room) -> None:
    if isinstance(room.vendor, Daily):
        room.vendor.rooms.clear()
    elif isinstance(room.vendor, Zoom | Whereby):
        room.vendor.meetings.clear()


def leads_on(page: Page) -> None:
    """What is told in trouble holds: there is the platform's own tab, and another room that opens."""
    expect(page.get_by_role("button", name="Open in its own tab")).to_be_enabled()
    page.get_by_role("button", name="Try another room").click()
    expect(page.locator("[data-call]")).to_be_visible()
    assert RoomChange.objects.get().after == "builtin"
    assert not FrameStay.objects.exists()


@each("jitsi", "daily", "zoom")
def test_a_script_that_does_not_load(room: Room) -> None:
    break_script(room)
    page, _ = room.enter(room.attendee)
    expect(page.get_by_role("alert")).to_contain_text(FAILED)
    leads_on(page)


@each("daily", "zoom")
def test_a_token_that_is_refused(room: Room) -> None:
    refuse_token(room)
    page, _ = room.enter(room.attendee)
    expect(page.get_by_role("alert")).to_contain_text(FAILED)
    leads_on(page)


@each("daily", "zoom")
def test_a_room_that_is_gone(room: Room) -> None:
    remove_room(room)
    page, _ = room.enter(room.attendee)
    expect(page.get_by_role("alert")).to_contain_text(FAILED)
    leads_on(page)


@each("whereby")
def test_a_room_that_is_gone_and_says_nothing(room: Room) -> None:
    remove_room(room)
    page = room.open_page(room.attendee)
    page.clock.install()
    page.goto(room.path)
    expect(page.frame_locator("iframe").get_by_text("This room is not available")).to_be_visible()
    page.clock.fast_forward(LATER)
    expect(page.get_by_role("alert")).to_contain_text(FAILED)
    leads_on(page)


@each("whereby")
def test_a_host_whom_the_platform_gives_no_key_reads_so_at_once(room: Room) -> None:
    remove_room(room)
    page, _ = room.enter(room.host)
    expect(page.get_by_role("alert")).to_contain_text("Whereby does not answer just now.")
    leads_on(page)


@each("jitsi", "daily", "whereby", "zoom")
def test_its_own_tab_leads_to_the_platform(room: Room) -> None:
    page, _ = room.enter(room.host)
    expect(room.inside(page).get_by_text(ROLES[room.platform][0])).to_be_visible()
    page.get_by_role("button", name="Open in its own tab").click()
    page.wait_for_url(f"{room.vendor.url}/**")
    expect(page.get_by_text(ROLES[room.platform][0])).to_be_visible()
