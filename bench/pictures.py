"""How does the dashboard look in every state? `python -m bench.pictures FOLDER` takes the pictures.

Both vocabularies, both languages, desk and phone, light and dark: for whoever changes its looks or words.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby, product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.browsers import chromium
from bench.databases import Database, fresh
from bench.processes import serving

VOCABULARIES, LANGUAGES, THEMES = ("mentoring", "telehealth"), ("en", "es"), ("light", "dark")
SIZES = {"desk": (1440, 900), "phone": (360, 780)}
MAKE = "from bench import states; print(states.{}())"
State = tuple[str, str, timedelta]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# What stands in the database (`bench.states`), the page, and how far the clock is moved: the next session of
# the demo world begins ten minutes after it was made.
STATES: dict[str, State] = {
    "01-more-than-a-day-before": ("settled", "/sessions", -3 * DAY),
    "02-less-than-a-day-before": ("settled", "/sessions", -20 * HOUR),
    "03-room-is-open": ("settled", "/sessions", timedelta()),
    "04-running": ("settled", "/sessions", 25 * MINUTE),
    "05-after-the-end": ("settled", "/sessions", 90 * MINUTE),
    "06-completed": ("settled", "/sessions?tab=past&status=completed", 4 * HOUR),
    "07-cancelled": ("settled", "/sessions?tab=past&status=cancelled", timedelta()),
    "08-no-show": ("settled", "/sessions?tab=past&status=no_show", timedelta()),
    "09-past": ("settled", "/sessions?tab=past", 4 * HOUR),
    "10-held-for-payment": ("settled", "/sessions?status=pending_payment", timedelta()),
    "11-nothing-fits": ("settled", "/sessions?q=nobody+of+that+name", timedelta()),
    "12-empty": ("empty", "/sessions", timedelta()),
    "13-empty-past": ("empty", "/sessions?tab=past", timedelta()),
    "14-no-room-yet": ("roomless", "/sessions", timedelta()),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--only", default="", metavar="WORD", help="the states whose names have this in them")
    given = parser.parse_args()
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        for vocabulary in VOCABULARIES:
            for picture in taken(browser, vocabulary, given.folder / vocabulary, given.only):
                print(picture)
        browser.close()


def taken(browser: Browser, vocabulary: str, folder: Path, only: str) -> Iterator[Path]:
    """In a demo world of its own; what changes its rows comes last."""
    with fresh(Database("SQLite", "")) as environment:
        environment["DUOLOGUE_VOCABULARY"] = vocabulary
        run(environment, "demo")
        run(environment, "manage", "collectstatic", "--no-input", "--verbosity", "0")
        offset = Path(environment["DUOLOGUE_DATA_DIR"]) / "clock-offset"
        wanted = {name: state for name, state in STATES.items() if only in name}
        with serving(["duologue", "web"], environment) as port:
            for rows, states in groupby(wanted.items(), key=lambda one: one[1][0]):
                cookie = run(environment, "manage", "shell", "-v0", "-c", MAKE.format(rows)).strip()
                yield from drawn(browser, f"http://127.0.0.1:{port}", cookie, offset, folder, dict(states))


def run(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "duologue", *command],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def drawn(
    browser: Browser, url: str, cookie: str, offset: Path, folder: Path, states: dict[str, State]
) -> Iterator[Path]:
    for language, size, theme in product(LANGUAGES, SIZES, THEMES):
        page = visitor(browser, url, {"sessionid": cookie, "django_language": language, "theme": theme}, size)
        for name, (_, address, moved) in states.items():
            offset.write_text(str(int(moved.total_seconds())))
            page.goto(address)
            spoken = page.evaluate("document.documentElement.lang")
            if spoken != language:
                msg = f"{name} speaks {spoken} instead of {language}."
                raise RuntimeError(msg)
            picture = folder / f"{name}-{size}-{language}-{theme}.png"
            page.screenshot(path=picture, full_page=size == "phone")
            yield picture
        page.context.close()
        offset.write_text("0")


def visitor(browser: Browser, url: str, cookies: dict[str, str], size: str) -> Page:
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=url, viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    return context.new_page()


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"{time.monotonic() - began:.0f} s")
