"""Two browsers, one call: how soon do people see each other, and how soon again after a cut?"""

import os
import statistics
import time
from collections.abc import Iterator

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from bench.browsers import chromium
from bench.processes import HOST, serving
from bench.report import Figure
from bench.rooms import room
from duologue.accounts.models import User
from duologue.core import clock
from duologue.core.ids import random_token
from duologue.video.models import MeetingLink
from tests.browser.line import Line

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
CUT_SECONDS = 10
VISIBLE = """() => {
  const [entered] = performance.getEntriesByName("call:entered");
  const [frame] = performance.getEntriesByName("call:first-frame");
  return entered && frame ? frame.startTime - entered.startTime : null;
}"""
FRAMES = """async () => {
  const page = document.querySelector("[data-call]");
  const lost = !page.querySelector('[data-part="between"]').hidden;
  const all = await page.callStatistics();
  const found = all.find(({ type, kind }) => type === "inbound-rtp" && kind === "video");
  return [lost, found?.framesDecoded ?? 0];
}"""


def figures(*, is_quick: bool) -> Iterator[Figure]:
    """The host is in already; the attendee's page goes in by itself, as devices were allowed before."""
    booking, host, attendee = room(0)
    now = clock.now()
    MeetingLink.objects.create(
        booking=booking,
        platform="builtin",
        room_id=random_token(128),
        status=MeetingLink.Status.READY,
        created_at=now,
        ready_at=now,
    )
    # Playwright's loop runs in this thread; all that is to be read from the database has been.
    cookies = [_cookie(person) for person in (host, attendee)]
    path = f"/video-call/{booking.pk}"
    with serving(["duologue", "web"], dict(os.environ)) as port, sync_playwright() as playwright:
        browsers = [chromium(playwright, FLAGS) for _ in range(2)]
        pages = [
            _page(browser, f"http://{HOST}:{port}", cookie)
            for browser, cookie in zip(browsers, cookies, strict=True)
        ]
        seen = _first_frames(*pages, path, 3 if is_quick else 20)
        again = _after_cuts(*pages, path, 1 if is_quick else 5)
        for browser in browsers:
            browser.close()
    detail = f"{len(seen)} runs"
    yield Figure(
        "from going in to the other's first frame, median", statistics.median(seen), "s", 1.5, detail
    )
    yield Figure("the same, p95", statistics.quantiles(seen, n=20)[18], "s", 3, detail)
    yield Figure(
        f"seen again after a cut of {CUT_SECONDS} s, slowest", max(again), "s", 8, f"{len(again)} cuts"
    )


def _cookie(person: User) -> str:
    client = Client()
    client.force_login(person)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def _page(browser: Browser, url: str, cookie: str) -> Page:
    context = browser.new_context(base_url=url)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])
    return context.new_page()


def _first_frames(host: Page, attendee: Page, path: str, runs: int) -> list[float]:
    host.goto(path)
    found = []
    for _ in range(runs):
        attendee.goto(path)
        took = attendee.wait_for_function(VISIBLE, polling=50).json_value()
        found.append(took / 1000)
        attendee.goto("about:blank")
        host.get_by_role("heading", name="left").wait_for()
    return found


def _after_cuts(host: Page, attendee: Page, path: str, cuts: int) -> list[float]:
    line = Line()
    line.between(host, attendee)
    for page in (host, attendee):
        page.goto(path)
    for page in (host, attendee):
        page.wait_for_function(VISIBLE)
    found = []
    for _ in range(cuts):
        line.is_cut = True
        host.wait_for_timeout(CUT_SECONDS * 1000)
        before = [page.evaluate(FRAMES)[1] for page in (host, attendee)]
        line.is_cut = False
        began = time.monotonic()
        for page, frames in zip((host, attendee), before, strict=True):
            _wait_until_seen(page, frames)
        found.append(time.monotonic() - began)
        host.wait_for_timeout(5000)
    line.close()
    return found


def _wait_until_seen(page: Page, frames: int) -> None:
    """A new connection counts its frames anew, so any other number is a new picture."""
    while True:
        is_lost, now = page.evaluate(FRAMES)
        if not is_lost and now and now != frames:
            return
        page.wait_for_timeout(50)
