"""In the middle of a call: sharing, chat, other devices, and what is told about the line."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from duologue.calls.models import Presence
from tests.browser.conftest import until
from tests.browser.line import Line
from tests.browser.test_call import HEARS, NEVER_ASKED, Two, meet, see_each_other, two

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["two"]

IN_THE_END = 150_000
"""Milliseconds: each step of the picture takes some looks, and after a climb that failed twice as many."""
FRAMES = """async () => {
  const found = await document.querySelector("[data-call]").callStatistics();
  return Object.fromEntries(found.filter(({ type, kind }) => type === "inbound-rtp" && kind === "video")
    .map(({ mid, framesDecoded }) => [mid, framesDecoded]));
}"""
BOTH_MOVE = f"""async (before) => {{
  const now = await ({FRAMES})();
  return Object.keys(now).length === 2 && Object.keys(now).every((mid) => now[mid] > (before[mid] ?? 0) + 3);
}}"""


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


def test_a_shared_screen_stands_beside_both_people(two: Two) -> None:
    meet(two)
    for sharer, viewer, name in ((two.host, two.attendee, "Naoko"), (two.attendee, two.host, "Amara")):
        sharer.get_by_role("button", name="Share screen").click()
        expect(viewer.get_by_text(f"{name}’s screen")).to_be_visible()
        before = viewer.evaluate(FRAMES)
        viewer.wait_for_function(BOTH_MOVE, arg=before, polling=250)
        for part in ("shared", "theirs", "mine"):
            expect(viewer.locator(f'[data-part="{part}"]')).to_be_visible()
        sharer.get_by_role("button", name="Stop sharing").click()
        expect(viewer.locator('[data-part="screen"]')).to_be_hidden()
    see_each_other(two.host, two.attendee)


def write(page: Page, words: str) -> None:
    if not page.get_by_role("textbox").is_visible():
        page.get_by_role("button", name="Chat", exact=True).click()
    page.get_by_role("textbox").fill(words)
    page.keyboard.press("Enter")


def test_chat_makes_links_and_nothing_else_of_what_people_write(two: Two) -> None:
    meet(two)
    hostile = '<img src=x onerror="document.title=1"> javascript:alert(1) https://a@b.example'
    write(two.host, f"See https://naoko.example/sheet?a=1&b=2. {hostile}")
    expect(two.attendee.get_by_role("button", name="Chat 1")).to_be_visible()
    two.attendee.get_by_role("button", name="Chat 1").click()
    log = two.attendee.get_by_role("log")
    expect(log).to_contain_text(hostile)
    expect(log.locator(":scope > p > *")).to_have_count(1)
    link = log.get_by_role("link")
    expect(link).to_have_attribute("href", "https://naoko.example/sheet?a=1&b=2")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    # Both keep what was said over a reload of either.
    write(two.attendee, "Thank you")
    # Read before the reload, or it would come as news after it.
    expect(two.host.get_by_role("log")).to_contain_text("Thank you")
    two.host.reload()
    see_each_other(two.host, two.attendee)
    two.host.get_by_role("button", name="Chat", exact=True).click()
    expect(two.host.get_by_role("log")).to_contain_text("Thank you")
    expect(two.host.get_by_role("log").locator(".bubble")).to_have_count(2)


def test_another_camera_in_the_middle(two: Two) -> None:
    meet(two)
    two.host.get_by_role("button", name="Settings").click()
    camera = two.host.get_by_label("Camera")
    other = camera.locator("option").nth(1)
    camera.select_option(other.get_attribute("value"))
    two.host.wait_for_function(
        """(label) => {
          const { srcObject } = document.querySelector('[data-part="mine"]');
          return srcObject?.getVideoTracks()[0]?.label === label;
        }""",
        arg=other.inner_text(),
    )
    see_each_other(two.attendee)
    expect(two.host.get_by_text("Straight between the two of you")).to_be_visible()


def test_both_know_beforehand_what_works(two: Two) -> None:
    for page in (two.host, two.attendee):
        page.add_init_script(NEVER_ASKED)
        page.goto(two.path)
    two.attendee.get_by_role("button", name="Mute").click()
    expect(two.host.get_by_text("Amara: camera works, microphone muted")).to_be_visible()
    expect(two.attendee.get_by_text("Naoko: camera works, microphone works")).to_be_visible()
    expect(two.host.get_by_text("You: camera works, microphone works")).to_be_visible()
    # A microphone may be silent for a moment before it is heard.
    states = Presence.objects.values_list("camera", "microphone")
    until(two.host, lambda: set(states.all()) == {("fine", "off"), ("fine", "fine")})


def test_after_a_cut_they_see_each_other_again(two: Two, line: Line) -> None:
    line.between(two.host, two.attendee)
    meet(two)
    line.is_cut = True
    for page, name in ((two.host, "Amara"), (two.attendee, "Naoko")):
        expect(page.get_by_role("heading", name=f"{name} is reconnecting")).to_be_visible()
    line.is_cut = False
    for page in (two.host, two.attendee):
        expect(page.get_by_text("Good connection")).to_be_visible()
    see_each_other(two.host, two.attendee)


def test_on_a_line_that_loses_much_sound_comes_first(two: Two, line: Line) -> None:
    line.between(two.host, two.attendee)
    meet(two)
    line.every = 4
    expect(two.host.get_by_text("Amara Obi, sound only for now")).to_be_visible(timeout=IN_THE_END)
    expect(two.attendee.get_by_text(re.compile("eak connection"))).to_be_visible()
    two.host.wait_for_function(HEARS, polling=250)
    line.every = 0
    expect(two.host.get_by_text("Amara Obi", exact=True)).to_be_visible(timeout=IN_THE_END)
    see_each_other(two.host)
