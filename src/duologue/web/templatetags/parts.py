"""Which parts do pages draw that need more than a class name? Icons, portraits, pairs, clocks, badges."""

from typing import Any, Protocol

from django import template
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

register = template.Library()

THEMES = ("light", "dark")


BADGES: dict[str, tuple[str, str, str | Promise]] = {
    "confirmed": ("ok", "check", _("Confirmed")),
    "works": ("ok", "check", _("Works")),
    "in_progress": ("go", "video", _("In progress")),
    "pending_payment": ("warn", "clock", _("Not paid yet")),
    "no_show": ("warn", "user", _("No-show")),
    "reconnect": ("warn", "warn", _("Reconnect needed")),
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
def portrait(person: Portrayed | None, size: int = 56, facing: str = "right", extra: str = "") -> SafeString:
    """A person as a D, round towards `facing`; nobody is a dashed D. Hidden from screen readers."""
    classes = " ".join(part for part in (f"portrait p{size}", "left" * (facing == "left"), extra) if part)
    if person is None:
        return format_html('<span class="{} absent" aria-hidden="true"></span>', classes)
    if not person.photo_url:
        return format_html(
            '<span class="{} f{}" aria-hidden="true"><span class="initials">{}</span></span>',
            classes,
            person.portrait_field % 5,
            person.initials,
        )
    # A drawing is turned to look towards the round side; a photograph never is.
    drawn = person.photo_url.endswith(".svg") or getattr(person, "is_drawn", False)
    return format_html(
        '<span class="{}" aria-hidden="true"><img src="{}" alt="" width="{}" height="{}"{}></span>',
        classes,
        person.photo_url,
        size,
        size,
        SafeString(' class="drawn"') if drawn else "",
    )


@register.inclusion_tag("parts/pair.html")
def pair(left: Portrayed | None, right: Portrayed | None, **drawing: Any) -> dict[str, Any]:
    """Two people and the space between them.

    gap: days hours minutes door (with `before`, `value`, `after` inside), apart, near, touch, lost, absent.
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
def htmx() -> SafeString:
    """The script tag of htmx, for the pages that use it."""
    return format_html('<script src="{}" defer></script>', static("vendor/htmx-2.0.11.min.js"))
