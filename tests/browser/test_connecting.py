"""Can a host connect Zoom or Google by clicking, by keyboard, without script, and is the next session there?

The whole product with a worker, and simulated vendors with their pages that ask for consent.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Locator, Page, expect

from duologue.accounts.models import Host
from duologue.connections.models import Connection
from duologue.scheduling.models import EventType
from duologue.video.models import MeetingLink
from duologue_simulators.google.simulator import Google
from duologue_simulators.vendor import Server
from duologue_simulators.zoom.simulator import Zoom
from tests.browser.conftest import Launch, visitor, wait_until_it_answers
from tests.ports import free_port
from tests.sold import sell

pytestmark = pytest.mark.django_db(transaction=True)
OUR_CLICKS = 4
PATIENCE = 60
"""So many seconds the page is read again until the room stands."""
NAMES = {"zoom": "Zoom", "google": "Google Meet"}


@pytest.fixture
def settings_of(zoom_server: Server, google_server: Server) -> dict[str, str]:
    """What leads the product to both, as if begun anew."""
    found: dict[str, str] = {}
    for server, kind in ((zoom_server, Zoom), (google_server, Google)):
        vendor = server.begin_anew()
        assert isinstance(vendor, kind)
        found |= {name: value.format(url=server.url) for name, value in vendor.settings.items()}
    return found


@pytest.fixture
def product(
    child_environment: dict[str, str], static_files: None, settings_of: dict[str, str]
) -> Iterator[str]:
    """`duologue up` with the apps of the simulated Zoom and Google."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {**child_environment, "DUOLOGUE_BASE_URL": url, **settings_of}
    command = [sys.executable, "-m", "duologue", "up", "--port", str(port)]
    with subprocess.Popen(command, env=environment) as family:
        try:
            wait_until_it_answers(family, port)
            yield url
        finally:
            family.terminate()
            family.wait(timeout=120)


@dataclass
class Way:
    """Clicks on our own pages, and how long each step took; printed, never asserted: machines differ."""

    clicks: int = 0
    steps: list[tuple[str, float]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def click(self, words: str, what: Locator) -> None:
        self.clicks += 1
        what.click()
        self.done(words)

    def done(self, words: str) -> None:
        self.steps.append((words, time.monotonic() - self.began))

    def tell(self) -> None:
        for words, seconds in self.steps:
            print(f"{seconds:6.2f} s  {words}")


def allow(page: Page) -> None:
    """On the vendor's own page."""
    page.get_by_role("button", name="Allow").click()


def expect_order(page: Page, *names: str) -> None:
    """These places and no others; one that is skipped says so behind its name."""
    exactly = [re.compile(rf"^\s*{name}\s*(,|$)") for name in names]
    expect(page.locator("#order li > span")).to_have_text(exactly)


@pytest.mark.parametrize("vendor", ["zoom", "google"])
def test_from_connect_to_a_working_link_in_at_most_four_clicks(
    launch: Launch, product: str, host: Host, paid: EventType, vendor: str
) -> None:
    name = NAMES[vendor]
    page = visitor(launch(), product, host.user)
    page.goto("/availability")
    way = Way()
    way.click("Connections", page.get_by_role("link", name="Connections", exact=True).first)
    way.click(f"Connect {name}", page.get_by_role("button", name=f"Connect {name}"))
    allow(page)
    card = page.locator(f"#{vendor}")
    expect(card).to_contain_text("Works")
    expect(card).to_contain_text("naoko@studio.example")
    way.done("back, and it works")
    way.click("Make a test meeting", card.get_by_role("button", name="Make a test meeting"))
    expect(page.get_by_text("It works.")).to_be_visible()
    way.done("a meeting was made there")
    session = sell(paid)
    way.done("somebody booked")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if f"<dd>{name}" in page.request.get(f"/sessions/{session.pk}").text().replace(f"{name}, ", ""):
            break
        page.wait_for_timeout(50)
    page.goto(f"/sessions/{session.pk}")
    expect(page.locator("#place dd").first).to_have_text(name)
    way.done(f"the session is on {name}")
    way.tell()
    assert way.clicks <= OUR_CLICKS
    assert MeetingLink.objects.get(booking=session, status="ready").room_id


def test_who_says_no_is_back_and_reads_what_came_of_it(launch: Launch, product: str, host: Host) -> None:
    page = visitor(launch(), product, host.user)
    page.goto("/connections")
    page.get_by_role("button", name="Connect Zoom").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("You did not allow it at Zoom, so nothing was connected.")).to_be_visible()
    assert not Connection.objects.exists()


def test_without_script_everything_goes_too(launch: Launch, product: str, host: Host) -> None:
    page = visitor(launch(), product, host.user, java_script_enabled=False)
    page.goto("/connections")
    page.get_by_role("button", name="Connect Zoom").click()
    allow(page)
    expect_order(page, "Zoom", "Duologue’s own room")
    page.get_by_role("button", name="Zoom, down").click()
    expect_order(page, "Duologue’s own room", "Zoom")
    page.get_by_role("button", name="Make a test meeting on Zoom").click()
    expect(page.get_by_text("It works.")).to_be_visible()
    page.get_by_role("link", name="Disconnect Zoom").click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("button", name="Connect Zoom")).to_be_visible()
    expect_order(page, "Duologue’s own room")


def test_by_keyboard_the_order_changes_and_the_focus_stays(launch: Launch, product: str, host: Host) -> None:
    page = visitor(launch(), product, host.user)
    page.goto("/connections")
    page.get_by_role("button", name="Connect Zoom").focus()
    page.keyboard.press("Enter")
    allow(page)
    page.wait_for_url(f"{product}/connections*")
    down = page.get_by_role("button", name="Zoom, down")
    down.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#order-said")).to_have_text("Zoom is number 2.")
    expect(down).to_be_focused()
    expect(down).to_have_attribute("aria-disabled", "true")
    expect_order(page, "Duologue’s own room", "Zoom")
    disconnect = page.get_by_role("link", name="Disconnect Zoom")
    disconnect.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    assert Connection.objects.get().works
