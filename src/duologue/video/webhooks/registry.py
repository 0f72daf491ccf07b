"""Which platforms tell by webhook who joined? One table; a module is imported when it is first used."""

from importlib import import_module
from typing import cast

from duologue.video.webhooks.contract import Source

SOURCES = {
    "daily": "duologue.video.webhooks.daily",
    "jaas": "duologue.video.webhooks.jaas",
    "whereby": "duologue.video.webhooks.whereby",
    "zoom": "duologue.video.webhooks.zoom",
}
"""By the platform's slug, which also names the setting with its secrets."""


def source(slug: str) -> Source | None:
    """The platform's module with the functions of `Source`; None for all others."""
    place = SOURCES.get(slug)
    return cast(Source, import_module(place)) if place else None
