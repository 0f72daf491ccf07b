"""Can hosts connect accounts here? Half-made settings are said at the start, not at the first click."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning

from duologue.connections.own_links import NEVER
from duologue.connections.vendors import VENDORS, Vendor


def accounts_are_set_up(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Warnings only: sessions take place elsewhere meanwhile."""
    half = [_is_half(vendor) for vendor in VENDORS.values() if vendor.client_id or vendor.client_secret]
    return [*(one for one in half if one is not None), *_schemes()]


def _is_half(vendor: Vendor) -> CheckMessage | None:
    name = vendor.slug.upper()
    callback = f"{settings.BASE_URL}/connections/{vendor.slug}/callback"
    if not vendor.is_set_up:
        missing = "CLIENT_SECRET" if vendor.client_id else "CLIENT_ID"
        return Warning(
            f"{vendor.name} accounts cannot be connected: DUOLOGUE_{name}_{missing} is empty.",
            hint=f"Both stand in your app at {vendor.name}. The redirect address there: {callback}",
            id="duologue.connections.W001",
        )
    if settings.ENV == "production" and urlsplit(callback).scheme != "https":
        return Warning(
            f"{vendor.name} takes no redirect address without https: {callback}",
            hint="Set DUOLOGUE_BASE_URL to the public address, beginning with https://.",
            id="duologue.connections.W002",
        )
    return None


def _schemes() -> list[CheckMessage]:
    refused = sorted(NEVER & {scheme.lower() for scheme in settings.DUOLOGUE_LINK_SCHEMES})
    if not refused:
        return []
    return [
        Warning(
            f"DUOLOGUE_LINK_SCHEMES names what no link may begin with: {', '.join(refused)}.",
            hint="Name schemes that lead to a place, for example https or zoommtg.",
            id="duologue.connections.W003",
        )
    ]
