"""Which browser asks, and where does it keep its permission for camera and microphone?"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Browser:
    """`allow` is one sentence: where camera and microphone are allowed in it."""

    key: str
    name: str
    allow: str | Promise
    signs: re.Pattern[str]


# The first that fits: phones' browsers name others' too, and everybody names Safari.
BROWSERS = (
    Browser(
        "ios",
        "iPhone, iPad",
        _("Tap the sign beside the address, then Website Settings, and allow camera and microphone there."),
        re.compile(r"iPhone|iPad|iPod"),
    ),
    Browser(
        "android",
        "Android",
        _("Tap the sign left of the address, then Permissions, and allow camera and microphone there."),
        re.compile("Android"),
    ),
    Browser(
        "firefox",
        "Firefox",
        _(
            "Click the crossed-out camera left of the address and take the block away with the cross"
            " beside it."
        ),
        re.compile("Firefox/"),
    ),
    Browser(
        "chrome",
        "Chrome, Edge",
        _("Click the sign left of the address and switch camera and microphone on."),
        re.compile("Chrome/|Chromium/|Edg/"),
    ),
    Browser(
        "safari",
        "Safari",
        _("Choose Safari, Settings for this website, and allow camera and microphone there."),
        re.compile("Macintosh.*Safari/"),
    ),
)
_OTHER = Browser(
    "other", "", _("Click the sign beside the address and allow camera and microphone there."), re.compile("")
)


def browser_of(user_agent: str) -> Browser:
    """A guess that only chooses words."""
    return next((one for one in BROWSERS if one.signs.search(user_agent)), _OTHER)
