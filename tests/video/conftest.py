"""What tests of adapters share to which hosts connect accounts: an account, rooms made in it, a browser."""

import httpx
import pytest

from duologue.video.contract import Account
from duologue_simulators.oauth import NAOKO
from tests.platforms import a_request


@pytest.fixture
def account(request):
    """Connected at the vendor of the module's `ADAPTER`."""
    vendor = request.getfixturevalue(request.module.ADAPTER.vendor)
    return Account(NAOKO.email, vendor.connect()[0])


@pytest.fixture
def make(request, account):
    adapter = request.module.ADAPTER

    def make(wanted=None, *, key=f"booking-1:{adapter.slug}:0", account=account):
        return adapter.create_meeting(wanted or a_request(), idempotency_key=key, account=account)

    return make


@pytest.fixture
def web():
    with httpx.Client(trust_env=False) as client:
        yield client
