"""Does axe find anything on any page, in any language or theme? (WCAG 2.2, level AA)

English is looked at on a desk, Spanish on a phone, so that both layouts are.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Browser, BrowserContext, Page

from duologue.api.urls import api
from tests.browser.conftest import PATIENCE, Launch, session_of
from tests.browser.pages import LOOKS, NO_PAGES, Look
from tests.browser.whole_world import World

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""What another theme can change."""
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
FIND = """async (only) => {
  const rules = only.type === "tag" ? {"target-size": {enabled: true}} : {};
  const how = { runOnly: only, rules, resultTypes: ["violations"], iframes: false, preload: false };
  const found = await axe.run(how);
  const why = (node) => [...node.any, ...node.all, ...node.none][0]?.message;
  return found.violations.flatMap((one) =>
    one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)} ${why(node)}`));
}"""


def findings(page: Page, language: str) -> Iterator[str]:
    """In both themes; the structure is the same in each."""
    # Letters are in the language of their reader.
    if page.url != "about:blank" and page.evaluate("document.documentElement.lang") != language:
        yield "it speaks another language"
    page.evaluate(AXE)
    page.emulate_media(color_scheme="light")
    yield from page.evaluate(FIND, {"type": "tag", "values": LEVELS})
    page.emulate_media(color_scheme="dark")
    yield from (f"in the dark, {it}" for it in page.evaluate(FIND, {"type": "rule", "values": OF_COLOURS}))


def context_of(browser: Browser, url: str, world: World, who: str, language: str) -> BrowserContext:
    viewport = DESK if language == "en" else PHONE
    context = browser.new_context(base_url=url, viewport=viewport, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    cookies = {settings.LANGUAGE_COOKIE_NAME: language, "zone": "Europe/Berlin"}
    user = world.user(who)
    if user is not None:
        cookies[settings.SESSION_COOKIE_NAME] = session_of(user)
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    return context


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the pages are the same on each database")
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.django_db(transaction=True)
def test_axe_finds_nothing(live_server_url: str, launch: Launch, the_real_time: None, language: str) -> None:
    world, browser, found = World(), launch(), []
    for who in dict.fromkeys(look.who for look in LOOKS):
        page = context_of(browser, live_server_url, world, who, language).new_page()
        for look in LOOKS:
            if look.who == who:
                show(page, look, world)
                found += [f"{who} at {look.address}: {one}" for one in findings(page, language)]
        page.close()
    assert not found, "\n".join(["", *found])


def show(page: Page, look: Look, world: World) -> None:
    answer = page.goto(look.address.format_map(world.places))
    assert answer is not None
    assert answer.status < 500, look.address
    if look.then:
        look.then(page)


def addresses(found: list[URLPattern | URLResolver]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every name that an address has, and what answers there."""
    for one in found:
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns)
        elif one.name:
            yield one.name, one.callback


def is_for_reading(view: Callable[..., Any] | None) -> bool:
    """Whether it answers a GET: Django's decorators know which methods a view takes."""
    while view is not None:
        taken = inspect.getclosurevars(view).nonlocals.get("request_method_list")
        if taken is not None:
            return "GET" in taken
        view = getattr(view, "__wrapped__", None)
    return True


def name_of(address: str) -> str:
    path = address.partition("?")[0]
    for stand_in in (str(uuid4()), "1"):
        try:
            return str(resolve(re.sub(r"\{\w+\}", stand_in, path)).url_name)
        except Resolver404:
            continue
    return ""


def test_every_page_is_looked_at() -> None:
    """A new page stands in LOOKS, or in NO_PAGES with its reason."""
    operations = {pattern.name for pattern in api.urls[0]}
    read = {name for name, view in addresses(get_resolver().url_patterns) if is_for_reading(view)}
    looked_at = {name_of(look.address) for look in LOOKS}
    not_looked_at = read - operations - looked_at
    assert not_looked_at - set(NO_PAGES) == set(), "pages that nobody looks at"
    assert set(NO_PAGES) - not_looked_at == set(), "reasons that nothing needs any more"
