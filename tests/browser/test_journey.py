"""The main job in one breath: find a host, book, pay, read the mail, join, and see each other.

By keyboard alone until the call, on the whole product: web and worker under the one command people use.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core import clock
from tests.browser.conftest import Launch, free_port, visitor, wait_until_it_answers
from tests.browser.test_call import see_each_other

SPOKEN = """() => {
  const one = document.activeElement;
  return (one.getAttribute("aria-label") || one.innerText || "").trim();
}"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def product(child_environment: dict[str, str], static_files: None) -> Iterator[str]:
    """`duologue up` on the test's database: its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {**child_environment, "DUOLOGUE_BASE_URL": url}
    command = [sys.executable, "-m", "duologue", "up", "--port", str(port)]
    with subprocess.Popen(command, env=environment) as family:
        try:
            wait_until_it_answers(family, port)
            yield url
        finally:
            family.terminate()
            family.wait(timeout=30)


@pytest.fixture
def the_real_time() -> Iterator[None]:
    """Whatever the test does to the product's clock ends with it."""
    yield
    clock.set_offset(timedelta())


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the link or button of that name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(SPOKEN)
        if re.search(name, focused):
            return
    pytest.fail(f"Tab never reached {name!r}")


def book_by_keyboard(page: Page) -> None:
    page.goto("/")
    # The first page tells the server the browser's zone and is shown again in it.
    page.wait_for_selector("html[data-zone='Asia/Kolkata']")
    page.wait_for_load_state("networkidle")
    tab_to(page, "Naoko Ishida")
    page.keyboard.press("Enter")
    page.wait_for_url("**/h/naoko-ishida*")
    tab_to(page, r"^\d\d:\d\d$")
    page.keyboard.press("Enter")
    page.wait_for_selector("a.time[aria-current=true]")
    tab_to(page, "Continue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/details")
    page.get_by_label("Your name").focus()
    page.keyboard.type("Amara Obi")
    page.keyboard.press("Tab")
    page.keyboard.type("amara@obi.example")
    tab_to(page, "Pay")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sandbox/checkout/*")
    tab_to(page, "^Pay$")
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirmed")


def read_the_mail(page: Page) -> None:
    """Look into the inbox until the worker has brought the confirmation there."""
    mine = page.get_by_role("link", name=re.compile("amara@obi.example"))
    for _ in range(100):
        page.goto("/mail")
        if mine.count():
            break
    mine.first.click()


def test_from_finding_a_host_to_moving_video(host, product: str, launch: Launch, the_real_time: None) -> None:
    browser = launch()
    guest = visitor(browser, product, timezone_id="Asia/Kolkata", viewport={"width": 1280, "height": 900})
    book_by_keyboard(guest)
    expect(guest.get_by_role("heading", name="You’re meeting Naoko.")).to_be_visible()
    booking = Booking.objects.get()
    assert booking.status == Status.CONFIRMED
    assert booking.attendee_time_zone == "Asia/Kolkata"

    read_the_mail(guest)
    letter = guest.frame_locator("iframe")
    link = letter.get_by_role("link", name="Join call").get_attribute("href")
    assert link is not None
    assert link.startswith(f"{product}/j/")

    guest.goto(link)
    expect(guest.get_by_text(re.compile("opens"))).to_be_visible()
    clock.set_offset(booking.starts_at - timedelta(minutes=8) - clock.now())

    other = visitor(launch(), product, host.user, viewport={"width": 1280, "height": 900})
    other.goto("/sessions")
    with other.context.expect_page() as opened:
        other.get_by_role("button", name="Join call").click()
    room = opened.value

    guest.goto(link)
    guest.get_by_role("button", name=re.compile("Join|Go in|Continue")).first.click()
    guest.wait_for_url("**/video-call/*")
    see_each_other(guest, room)
