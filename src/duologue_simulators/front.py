"""What can a person at a browser do to a simulated vendor? Its first page: what was asked, and buttons."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape

from duologue_simulators.pages import form, page


@dataclass(frozen=True, slots=True)
class Button:
    """Words, and what happens."""

    words: str
    press: Callable[[], None]


def shown(vendor: str, buttons: Mapping[str, Button], lately: Iterable[str]) -> str:
    """The page; `lately` are the latest requests, the last one first."""
    all_of_them = "".join(
        f'<button name="button" value="{escape(name)}">{escape(one.words)}</button>'
        for name, one in buttons.items()
    )
    rows = "".join(f"<tr><td>{escape(one)}</td></tr>" for one in lately)
    asked = f"<table>{rows}</table>" if rows else "<p>Nothing yet.</p>"
    body = form("/_sim/press", all_of_them, {}) + f"<h2>What was asked lately</h2>{asked}"
    return page(vendor, vendor, body)
