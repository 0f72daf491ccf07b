"""Which browser looks? The machine's Chromium if it has one, else the one that Playwright brought."""

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Playwright

CHROMIUM = Path("/usr/bin/chromium")


def chromium(playwright: Playwright, flags: Sequence[str] = ("--no-sandbox",)) -> Browser:
    path = str(CHROMIUM) if CHROMIUM.exists() else None
    return playwright.chromium.launch(executable_path=path, args=list(flags))
