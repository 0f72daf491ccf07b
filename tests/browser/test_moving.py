"""Can a session be moved by keyboard alone, and without any script? And to a proposed time?"""

import re

import pytest
from playwright.sync_api import Page, expect

from duologue.accounts.models import User
from duologue.bookings.models import Booking
from duologue.scheduling.models import EventType
from tests.browser.conftest import Launch, visitor
from tests.sold import sell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]


def press(page: Page, role: str, name: str) -> None:
    """Go there by keys and press Enter."""
    target = page.get_by_role(role, name=re.compile(name))
    for _ in range(120):
        if target.evaluate("it => it === document.activeElement"):
            break
        page.keyboard.press("Tab")
    else:
        pytest.fail(f"Tab never comes to {name}.")
    page.keyboard.press("Enter")


def test_by_keyboard_alone(live_server_url: str, launch: Launch, paid: EventType, attendee: User) -> None:
    booking = sell(paid, attendee)
    page = visitor(launch(), live_server_url, attendee)
    page.goto(f"/sessions/{booking.pk}")
    press(page, "link", "^Move")
    page.wait_for_url("**/move")
    page.wait_for_load_state("networkidle")
    page.locator("a.time").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("a.time[aria-current=true]")
    press(page, "button", "^Continue")
    page.wait_for_url("**/move/confirm?*")
    press(page, "button", "^Move the session")
    page.wait_for_url(f"**/sessions/{booking.pk}")
    page.get_by_text("Session moved.").wait_for()
    assert Booking.objects.get().starts_at != booking.starts_at


def test_without_script(live_server_url: str, launch: Launch, paid: EventType, attendee: User) -> None:
    booking = sell(paid, attendee)
    page = visitor(launch(), live_server_url, attendee, java_script_enabled=False)
    page.goto(f"/sessions/{booking.pk}/move")
    page.locator("a.time").first.click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Move the session").click()
    page.get_by_text("Session moved.").wait_for()
    assert Booking.objects.get().starts_at != booking.starts_at


def test_a_proposed_time_by_keyboard_alone(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    """The host collects two times and sends them; the attendee takes the second."""
    booking = sell(paid, attendee)
    host = visitor(launch(), live_server_url, paid.host.user)
    host.goto(f"/sessions/{booking.pk}")
    press(host, "link", "^Propose times")
    host.wait_for_url("**/propose")
    for count in (1, 2):
        host.wait_for_load_state("networkidle")
        host.locator("a.time:not([aria-current])").first.focus()
        host.keyboard.press("Enter")
        expect(host.locator("ul.picked > li")).to_have_count(count)
        # A moment after it came the new part still has marks and addresses of the old one.
        expect(host.locator("a.time[aria-current=true]")).to_have_count(count)
    press(host, "button", "^Propose 2 times")
    host.get_by_text("Amara gets a mail with the times.").wait_for()
    page = visitor(launch(), live_server_url, attendee)
    page.goto("/sessions")
    press(page, "link", "^Naoko proposes another time")
    page.wait_for_url(f"**/sessions/{booking.pk}#proposal")
    expect(page.locator("ul.picked > li")).to_have_count(2)
    page.locator("ul.picked a.btn").last.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/proposals/*")
    press(page, "button", "^Move the session")
    page.get_by_text("Session moved.").wait_for()
    assert Booking.objects.get().starts_at != booking.starts_at
