"""What does a browser test stand on? The real product, and Chromium with made-up devices."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from socket import create_connection
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from duologue.accounts.models import Host, User
from duologue.core import clock
from duologue.scheduling.models import BlockedTime
from duologue.web.viewer import ZONE_COOKIE
from tests.conftest import SURROUNDINGS, product_environment
from tests.ports import free_port

# Playwright's loop runs in this thread; the tests' own queries are as synchronous as ever.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    # Addresses of this machine as they are: nobody resolves .local names here.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]
DEVICES = "--use-fake-device-for-media-stream=device-count=2"
FAKE_YES = "--use-fake-ui-for-media-stream"
PATIENCE = 60_000
"""Milliseconds: only what never comes takes so long, on whatever machine."""
expect.set_options(timeout=PATIENCE)

HANDS_ONLY = """(() => {
  let begun = false;
  const begin = () => { begun = true; };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, begin, { capture: true });
  Object.defineProperty(UserActivation.prototype, "hasBeenActive", { get: () => begun });
})()"""
"""For Chromium everything that Playwright asks of a page is a press of somebody's: only real ones count."""

SCRIPT_ERRORS: list[str] = []
"""What no page's script expected; a test that ends with some fails."""

Launch = Callable[..., Browser]


@pytest.fixture(scope="session")
def static_files() -> None:
    """Styles and scripts where the server takes them from, named as in earnest."""
    command = [sys.executable, "-m", "django", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(command, env={**os.environ, **SURROUNDINGS}, check=True)


@pytest.fixture
def live_server_url(server: str, transactional_db: None) -> str:
    """The address of a running product on the test's own rows."""
    return server


@pytest.fixture(scope="session")
def server(django_db_setup: None, static_files: None) -> Iterator[str]:
    """One server for all browser tests: starting it takes longer than most of them."""
    port = free_port()
    command = [sys.executable, "-m", "duologue", "web", "--port", str(port)]
    # Where payment pages lead back to.
    environment = {**product_environment(), "DUOLOGUE_BASE_URL": f"http://127.0.0.1:{port}"}
    with subprocess.Popen(command, env=environment) as server:
        try:
            wait_until_it_answers(server, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def wait_until_it_answers(server: subprocess.Popen[bytes], port: int) -> None:
    while True:
        assert server.poll() is None, "the server ended while it started"
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except (ConnectionRefusedError, TimeoutError):
            with suppress(subprocess.TimeoutExpired):
                server.wait(0.05)
            continue
        return


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browsers(playwright: Playwright) -> Iterator[dict[tuple[bool, int], Browser]]:
    """Running browsers by kind and number: starting one takes longer than most tests."""
    running: dict[tuple[bool, int], Browser] = {}
    yield running
    for browser in running.values():
        browser.close()


@pytest.fixture
def launch(playwright: Playwright, browsers: dict[tuple[bool, int], Browser]) -> Iterator[Launch]:
    """Gives a browser process of its own at each call within a test, with empty profiles.

    `launch()` says yes to camera and microphone, `launch(devices=False)` finds neither.
    """
    given = {True: 0, False: 0}

    def one_more(*, devices: bool = True) -> Browser:
        given[devices] += 1
        kind = (devices, given[devices])
        if kind not in browsers or not browsers[kind].is_connected():
            flags = [*FLAGS, *([DEVICES, FAKE_YES] if devices else [])]
            path = str(CHROMIUM) if CHROMIUM.exists() else None
            browsers[kind] = playwright.chromium.launch(
                executable_path=path, args=flags, timeout=2 * PATIENCE
            )
        return browsers[kind]

    SCRIPT_ERRORS.clear()
    yield one_more
    for browser in browsers.values():
        for context in browser.contexts:
            context.close()
    assert not SCRIPT_ERRORS


@pytest.fixture
def host(host: Host) -> Host:
    """Naoko, with nothing free before the day after tomorrow.

    Her first day is a whole one then: no time on it becomes too soon between choosing and taking it.
    """
    now, day = clock.now().astimezone(ZoneInfo(host.user.time_zone)), timedelta(days=1)
    free_from = now.replace(hour=0, minute=0, second=0, microsecond=0) + 2 * day
    BlockedTime.objects.create(host=host, starts_at=now - day, ends_at=free_from)
    return host


@pytest.fixture
def the_real_time() -> Iterator[None]:
    """Whatever the test does to the product's clock ends with it."""
    yield
    clock.set_offset(timedelta())


def visitor(
    browser: Browser, url: str, user: User | None = None, *, tells_zone: bool = False, **options: Any
) -> Page:
    """A page in a fresh profile, signed in as `user`; it waits as long as PATIENCE for anything.

    Its zone is known, unless the test waits for the first page to tell it: that page is shown again in it,
    and what was pressed and filled in on the way there is gone.
    """
    context = browser.new_context(base_url=url, **options)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(HANDS_ONLY)
    context.on("weberror", lambda error: SCRIPT_ERRORS.append(str(error.error)))
    cookies = {} if user is None else {settings.SESSION_COOKIE_NAME: session_of(user)}
    if not tells_zone and (user is None or user.time_zone == "UTC"):
        cookies[ZONE_COOKIE] = options.get("timezone_id", "UTC")
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    return context.new_page()


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Look into the database until it is so: what a page tells the server may show in no page."""
    for _ in range(PATIENCE // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    pytest.fail("it did not come to be")


def session_of(user: User) -> str:
    """The cookie of a browser that somebody is signed in with."""
    client = Client()
    client.force_login(user)
    secret: str = client.cookies[settings.SESSION_COOKIE_NAME].value
    return secret
