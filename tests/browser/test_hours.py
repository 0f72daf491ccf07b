"""Can a host set their hours by keyboard, with and without script?"""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from duologue.accounts.models import Host
from duologue.core import clock
from duologue.jobs.worker import run_due
from duologue.scheduling.models import AvailabilityRule
from duologue.usecases import keep_calendar
from tests.browser.conftest import Launch, visitor
from tests.calendars.files import calendar, publishing
from tests.cast import set_day, set_hours

pytestmark = pytest.mark.django_db(transaction=True)


def kept(host: Host) -> list[tuple[int, int, int]]:
    rules = AvailabilityRule.objects.filter(host=host)
    return list(rules.values_list("weekday", "start_minute", "end_minute"))


def edits(page: Page) -> None:
    """The page's script has come; before that its buttons send the form."""
    page.wait_for_selector("form[data-hours][data-edits]")


def test_by_keyboard_alone(launch: Launch, live_server_url: str, host: Host) -> None:
    """Add a window, copy the day, mend a mistake that is said in words, save."""
    set_hours(host, [(0, 540, 720)])
    page = visitor(launch(), live_server_url, host.user)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/availability")
    edits(page)
    page.get_by_role("button", name="Add hours on Monday").press("Enter")
    page.keyboard.type("11")
    page.keyboard.press("Tab")
    page.keyboard.type("17")
    expect(page.get_by_text("Changes not saved yet")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Overlaps 09:00 to 12:00")
    expect(page.get_by_role("alert")).to_be_focused()
    edits(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Monday, from").nth(1)).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("13.30")
    page.get_by_label("Copy the hours of Monday").press("Enter")
    page.get_by_role("checkbox", name="Sunday").and_(page.locator("[data-copy-day]:visible")).press("Space")
    page.get_by_role("button", name="Copy", exact=True).and_(page.locator(":visible")).press("Enter")
    page.get_by_role("button", name="Save hours").last.press("Enter")
    expect(page.get_by_text("Hours saved.")).to_be_visible()
    assert kept(host) == [(0, 540, 720), (0, 810, 1020), (6, 540, 720), (6, 810, 1020)]
    assert errors == []


def test_removing_a_special_day_keeps_what_is_typed_beside_it(
    launch: Launch, live_server_url: str, host: Host
) -> None:
    set_day(host, clock.now().date() + timedelta(days=10))
    page = visitor(launch(), live_server_url, host.user)
    page.goto("/availability")
    page.get_by_label("Monday, from").first.fill("7")
    page.locator("#special-days").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="Special days")).to_be_focused()
    expect(page.locator("#special-days li")).to_have_count(0)
    expect(page.get_by_label("Monday, from").first).to_have_value("7")


def test_a_calendar_that_is_checked_shows_what_came_of_it_by_itself(
    launch: Launch, live_server_url: str, host: Host, settings: Settings
) -> None:
    with publishing() as place:
        settings.DUOLOGUE_CALENDAR_TRUSTED_HOSTS = [place.place]
        keep_calendar.add_calendar(host, place.address, now=clock.now())
        run_due(clock.now())
        page = visitor(launch(), live_server_url, host.user)
        page.goto("/availability/calendars")
        page.get_by_role("button", name="Check now").click()
        expect(page.locator("#cards")).to_contain_text("being read now")
        place.content = calendar(name="Studio")
        run_due(clock.now())
        expect(page.locator("#cards")).to_contain_text("Studio", timeout=20_000)
        expect(page.get_by_role("button", name="Check now")).to_be_visible(timeout=20_000)
        expect(page.locator("#cards")).not_to_contain_text("being read now")


def test_without_script(launch: Launch, live_server_url: str, host: Host) -> None:
    set_hours(host, [(0, 540, 720)])
    page = visitor(launch(), live_server_url, host.user, java_script_enabled=False)
    page.goto("/availability")
    page.get_by_role("switch", name="Saturday").check()
    page.get_by_label("Saturday, from").fill("10")
    page.get_by_label("Saturday, to").fill("11")
    page.get_by_role("button", name="Add hours on Saturday").click()
    page.get_by_label("Saturday, from").nth(1).fill("12")
    page.get_by_label("Saturday, to").nth(1).fill("13")
    page.get_by_role("button", name="Remove 09:00 to 12:00, Monday").click()
    page.get_by_role("button", name="Save hours").last.click()
    expect(page.get_by_text("Hours saved.")).to_be_visible()
    assert kept(host) == [(5, 600, 660), (5, 720, 780)]
