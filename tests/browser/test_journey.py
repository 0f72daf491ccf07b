"""The main job in one breath, by keyboard alone: find a host, book, pay, read the mail, join, see each other.

Then sign in, cancel another session and review one that is over. On the whole product: web and worker under
the one command people use.
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
from duologue.reviews.models import Review
from duologue.scheduling.models import EventType
from tests.browser.conftest import Launch, until, visitor, wait_until_it_answers
from tests.browser.test_call import see_each_other
from tests.cast import code_for, make_booking, make_user
from tests.ports import free_port
from tests.reviews.said import held
from tests.sold import ADDRESS

SPOKEN = """() => {
  const one = document.activeElement;
  if (one === document.body) return "";
  return (one.getAttribute("aria-label") || one.labels?.[0]?.innerText || one.innerText || "").trim();
}"""
DAY = timedelta(days=1)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]


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
            family.wait(timeout=120)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the link, button or field of that name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(SPOKEN)
        if re.search(name, focused):
            return
    pytest.fail(f"Tab never reached {name!r}")


def press(page: Page, name: str) -> None:
    tab_to(page, name)
    page.keyboard.press("Enter")


def fill_in(page: Page, name: str, words: str) -> None:
    tab_to(page, name)
    page.keyboard.type(words)


def book(page: Page) -> None:
    page.goto("/")
    # The first page tells the server the browser's zone and is shown again in it.
    page.wait_for_selector("html[data-zone='Asia/Kolkata']")
    page.wait_for_load_state("networkidle")
    press(page, "Naoko Ishida")
    page.wait_for_url("**/h/naoko-ishida*")
    press(page, r"^\d\d:\d\d$")
    page.wait_for_selector("a.time[aria-current=true]")
    press(page, "Continue")
    page.wait_for_url("**/details")
    fill_in(page, "Your name", "Amara Obi")
    fill_in(page, "E-mail", ADDRESS)
    press(page, "Pay")
    page.wait_for_url("**/sandbox/checkout/*")
    press(page, "^Pay$")
    page.wait_for_url("**/confirmed")


def read_the_mail(page: Page) -> None:
    """Look into the inbox until the worker has brought the confirmation there."""
    mine = page.get_by_role("link", name=re.compile(ADDRESS))

    def is_there() -> bool:
        page.goto("/mail")
        return mine.count() > 0

    until(page, is_there)
    press(page, ADDRESS)


def leave_and_sign_in(page: Page) -> None:
    press(page, "^Leave$")
    expect(page.get_by_role("button", name="Come back")).to_be_visible()
    press(page, "To the session")
    page.wait_for_url("**/sessions/*")
    press(page, "^Sign in$")
    page.wait_for_url("**/sign-in*")
    fill_in(page, "E-mail", ADDRESS)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code*")
    fill_in(page, "^The code from the mail", code_for(ADDRESS))
    page.keyboard.press("Enter")
    page.wait_for_url("**/sessions*")


def cancel_the_other(page: Page) -> None:
    page.goto("/sessions")
    press(page, r"^Cancel\s+the session with Naoko Ishida")
    dialog = page.get_by_role("dialog")
    # Who presses Enter too often keeps the session.
    expect(dialog.get_by_role("button", name="Keep the session")).to_be_focused()
    tab_to(page, "^Reason")
    page.keyboard.press("ArrowDown")
    press(page, "^Cancel session$")
    expect(page.get_by_text("Session cancelled")).to_be_visible()


def review_the_past(page: Page) -> None:
    page.goto("/sessions")
    press(page, "^Past")
    page.wait_for_url("**tab=past*")
    press(page, "Leave review")
    page.wait_for_url("**/review")
    tab_to(page, "1 star")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    fill_in(page, "What would you tell others", "She found the one screen that mattered.")
    press(page, "Send review")
    expect(page.get_by_text("Your review is kept.")).to_be_visible()


def test_from_finding_a_host_to_a_review(
    host, paid: EventType, product: str, launch: Launch, the_real_time: None
) -> None:
    amara = make_user(ADDRESS, name="Amara Obi", time_zone="Asia/Kolkata", time_zone_chosen=True)
    held(paid, amara)
    other = make_booking(paid, amara, starts_at=clock.now() + 50 * DAY)
    browser = launch()
    desk = {"width": 1280, "height": 900}
    guest = visitor(browser, product, tells_zone=True, timezone_id="Asia/Kolkata", viewport=desk)
    book(guest)
    expect(guest.get_by_role("heading", name="You’re meeting Naoko.")).to_be_visible()
    booking = Booking.objects.latest("created_at")
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

    naoko = visitor(launch(), product, host.user, viewport={"width": 1280, "height": 900})
    naoko.goto("/sessions")
    with naoko.context.expect_page() as opened:
        press(naoko, "Join call")

    guest.goto(link)
    press(guest, "Join call")
    guest.wait_for_url("**/video-call/*")
    see_each_other(guest, opened.value)

    leave_and_sign_in(guest)
    cancel_the_other(guest)
    other.refresh_from_db()
    assert other.status == Status.CANCELLED
    review_the_past(guest)
    assert Review.objects.get().stars == 5
