"""Which parts do pages draw that need more than a class name? Icons, portraits, pairs, clocks, badges."""

from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from duologue.accounts.photos import SMALL_SIDES, in_page

register = template.Library()

THEMES = ("light", "dark")
FAVICON = Path(__file__).parents[1] / "static" / "favicon.svg"
AT_ONCE = 140
"""Portraits from this size on are fetched with the page, smaller ones when they come near."""


BADGES: dict[str, tuple[str, str, str | Promise]] = {
    "confirmed": ("ok", "check", _("Confirmed")),
    "works": ("ok", "check", _("Works")),
    "in_progress": ("go", "video", _("In progress")),
    "ended": ("", "clock", pgettext_lazy("a session", "Ended")),
    "pending_payment": ("warn", "clock", _("Not paid yet")),
    "no_show": ("warn", "user", _("No-show")),
    "reconnect": ("warn", "warn", _("Reconnect needed")),
    "silent": ("warn", "warn", _("Does not answer")),
    "waiting": ("warn", "clock", pgettext_lazy("a host's page", "Waits for approval")),
    "completed": ("", "check", _("Completed")),
    "cancelled": ("sunken", "x", _("Cancelled")),
    "expired": ("sunken", "clock", _("Expired")),
    "refund_stuck": ("bad", "warn", _("Refund stuck")),
    "failed": ("bad", "warn", _("Failed")),
}


class Portrayed(Protocol):
    """Whoever has a face on a page."""

    @property
    def photo_url(self) -> str: ...
    @property
    def initials(self) -> str: ...
    @property
    def portrait_field(self) -> int: ...


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """One icon of the sprite, hidden from screen readers; `extra` takes classes (s16, s24, turns)."""
    classes = f"icon {extra}".strip()
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        classes,
        static("icons.svg"),
        name,
    )


@register.simple_tag
def portrait(
    person: Portrayed | None, size: int = 56, facing: str = "right", extra: str = "", *, is_here: bool = False
) -> SafeString:
    """A person as a D, round towards `facing`; nobody is a dashed D. Hidden from screen readers.

    With `is_here` a small photo is part of the page, so that many faces take no requests.
    """
    classes = " ".join(part for part in (f"portrait p{size}", "left" * (facing == "left"), extra) if part)
    if person is None:
        return format_html('<span class="{} absent" aria-hidden="true"></span>', classes)
    if not person.photo_url:
        return format_html(
            '<span class="{} f{}" aria-hidden="true">{}</span>',
            classes,
            person.portrait_field % 5,
            _letters(person.initials),
        )
    # A drawing is turned to look towards the round side; a photograph never is.
    drawn = person.photo_url.endswith(".svg") or getattr(person, "is_drawn", False)
    return format_html(
        '<span class="{}" aria-hidden="true"><img {} alt="" width="{}" height="{}"{}{}></span>',
        classes,
        _itself(person.photo_url, size) if is_here else _sources(person.photo_url, size),
        size,
        size,
        # What stands at the top of a page is large, and wanted at once.
        SafeString(' loading="lazy"') if size < AT_ONCE and not is_here else "",
        SafeString(' class="drawn"') if drawn else "",
    )


def _itself(url: str, size: int) -> SafeString:
    if not url.startswith(settings.MEDIA_URL):
        return _sources(url, size)
    try:
        return format_html('src="{}"', in_page(unquote(url.removeprefix(settings.MEDIA_URL))))
    except OSError:  # no file, or none that is a picture
        return _sources(url, size)


def _sources(url: str, size: int) -> SafeString:
    """The smallest picture that is sharp, on plain screens and on those with twice the pixels."""
    plain, fine = (_of_side(url, times * size) for times in (1, 2))
    if plain == fine:
        return format_html('src="{}"', plain)
    return format_html('src="{}" srcset="{} 2x"', plain, fine)


def _of_side(url: str, pixels: int) -> str:
    side = next((one for one in SMALL_SIDES if one >= pixels), None)
    return f"{url}?side={side}" if side and url.startswith(settings.MEDIA_URL) else url


def _letters(initials: str) -> SafeString:
    """Initials; whoever has told no name yet is drawn as somebody."""
    return format_html('<span class="initials">{}</span>', initials) if initials else icon("user")


@register.inclusion_tag("parts/pair.html")
def pair(left: Portrayed | None, right: Portrayed | None, **drawing: Any) -> dict[str, Any]:
    """Two people and the space between them.

    gap: days hours minutes door (with `before`, `value`, `after` inside), or apart, near, held, touch, lost,
    absent.
    label: the one sentence for screen readers; without it the pair is decoration.
    """
    return {"left": left, "right": right, "gap": "touch", "size": 112, **drawing}


@register.inclusion_tag("parts/clocks.html")
def clocks(mine: str, my_time: str, theirs: str, their_time: str) -> dict[str, str]:
    """The session's time in both zones, facing: `{% clocks "You, Berlin" "09:30 – 10:15" … %}`."""
    return {"mine": mine, "my_time": my_time, "theirs": theirs, "their_time": their_time}


@register.inclusion_tag("parts/badge.html")
def badge(status: str, word: str | Promise = "") -> dict[str, str | Promise]:
    """A status as a D with an icon and a word; `word` says it more exactly."""
    kind, symbol, usual = BADGES[str(status)]
    return {"kind": kind, "symbol": symbol, "word": word or usual}


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> SafeString:
    """The stored choice as an attribute of the root, so that a page never flashes in the other theme."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request is not None else ""
    return format_html(' data-theme="{}"', chosen) if chosen in THEMES else SafeString("")


@register.simple_tag
def htmx_later() -> SafeString:
    """Where htmx lies, for pages that fetch it with the first press that needs it."""
    return format_html('<meta name="htmx" content="{}">', static("vendor/htmx-2.0.11.min.js"))


@register.simple_tag
def htmx() -> SafeString:
    """The script tag of htmx, for the pages that use it."""
    return format_html('<script src="{}" defer></script>', static("vendor/htmx-2.0.11.min.js"))


@register.simple_tag
@cache
def favicon() -> SafeString:
    """The tab's icon as part of the page: it is smaller than the request for it."""
    return SafeString("data:image/svg+xml," + quote(FAVICON.read_text("utf-8"), safe="/:=,()'"))
