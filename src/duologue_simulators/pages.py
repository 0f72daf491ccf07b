"""What do simulated vendors look like? Plain pages that say at once that nothing here is real."""

from collections.abc import Mapping
from html import escape

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#222}"
    ".band{background:#444;color:#fff;padding:.5rem 1rem;border-radius:.4rem}"
    "button,select{font:inherit;padding:.5rem .9rem;margin:.2rem .3rem .2rem 0}"
    "label{display:block;margin:.3rem 0}table{border-collapse:collapse;width:100%}"
    "td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid #ddd;vertical-align:top}"
)


def page(vendor: str, title: str, body: str) -> str:
    """A whole page; `body` is HTML, escaped by the caller."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}: {escape(vendor)}, simulated</title><style>{_STYLE}</style>"
        f'<p class="band">{escape(vendor)}, simulated.</p><h1>{escape(title)}</h1>{body}</html>'
    )


def form(action: str, body: str, hidden: Mapping[str, str]) -> str:
    """A form that posts; `body` is HTML, the names and values of `hidden` are escaped here."""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in hidden.items()
    )
    return f'<form method="post" action="{escape(action)}">{fields}{body}</form>'
