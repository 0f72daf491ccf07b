"""What do these tests stand on? A vendor at loopback, and accounts that are connected to it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from duologue.connections import vault
from duologue.connections.models import Connection
from duologue.core import clock
from tests.connections.vendor import CLIENT_ID, CLIENT_SECRET, VendorServer, running


@pytest.fixture(scope="session")
def vendor_server() -> Iterator[VendorServer]:
    with running() as server:
        yield server


@pytest.fixture
def vendor(vendor_server: VendorServer, settings: Settings) -> VendorServer:
    """It stands in for Google, Zoom and Microsoft; it rotates refresh tokens, as Zoom does."""
    vendor_server.begin_anew()
    for name in ("GOOGLE", "ZOOM", "MICROSOFT"):
        setattr(settings, f"DUOLOGUE_{name}_CLIENT_ID", CLIENT_ID)
        setattr(settings, f"DUOLOGUE_{name}_CLIENT_SECRET", CLIENT_SECRET)
        setattr(settings, f"DUOLOGUE_{name}_OAUTH_BASE", vendor_server.url)
    return vendor_server


@pytest.fixture
def now() -> datetime:
    return clock.now()


def connect(vendor: VendorServer, user: Any, slug: str = "zoom", **fields: Any) -> Connection:
    """A connection as a row; its access token ended a minute ago, unless `lives` says how long it lives."""
    access, refresh = vendor.granted()
    now = clock.now()
    given: dict[str, Any] = {
        "account_name": "naoko@studio.example",
        "sealed_access": vault.seal(access),
        "sealed_refresh": vault.seal(refresh),
        "access_expires_at": now + fields.pop("lives", timedelta(minutes=-1)),
        "connected_at": now,
        **fields,
    }
    return Connection.objects.create(user=user, vendor=slug, **given)
