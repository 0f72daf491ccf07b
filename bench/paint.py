"""How soon is the dashboard seen by somebody whose browser keeps nothing of it yet?"""

import os
import statistics
from collections.abc import Iterator

from django.conf import settings
from playwright.sync_api import Browser, sync_playwright

from bench import world
from bench.browsers import chromium
from bench.clockwork import p50
from bench.processes import HOST, serving
from bench.report import Figure

MOST = 300
BARE = "/healthz"
PAST, UPCOMING = 990, 10
PAINTED = """() => new Promise((tell) => new PerformanceObserver((list) => {
  const found = list.getEntriesByName("first-contentful-paint");
  if (found.length) tell(found[0].startTime);
}).observe({ type: "paint", buffered: true }))"""


def figures(*, is_quick: bool) -> Iterator[Figure]:
    """A thousand sessions, and a new profile for each look."""
    host = world.offer("seen")
    world.fill(host, UPCOMING, days=range(1, 12), attendee=world.person("next"))
    world.fill(host, PAST, days=range(-1 - PAST // 7, 0), attendee=world.person("regular"))
    # Before Playwright: beside its loop the ORM asks nothing.
    cookie = world.cookie_of(host.host.user)
    rounds = 5 if is_quick else 40
    with serving(["duologue", "web"], dict(os.environ)) as port, sync_playwright() as playwright:
        browser = chromium(playwright)
        url = f"http://{HOST}:{port}"
        # The first look warms the server up. A bare page in turn tells what the machine can do.
        looks = [
            [_look(browser, url + path, cookie) for path in ("/sessions", BARE)] for _ in range(rounds + 1)
        ]
        browser.close()
    took, bare = ([look[number] for look in looks[1:]] for number in (0, 1))
    beside = f"a bare page {p50(bare):.0f} ms"
    yield Figure("first paint of 1,000 sessions, cold cache, p50", p50(took), "ms", MOST, beside)
    yield Figure("the same, p95", statistics.quantiles(took, n=20)[18], "ms", MOST)


def _look(browser: Browser, url: str, cookie: str) -> float:
    context = browser.new_context()
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])
    page = context.new_page()
    page.goto(url)
    painted: float = page.evaluate(PAINTED)
    context.close()
    return painted
