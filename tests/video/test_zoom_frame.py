"""Does Zoom open inside our page where the operator's key fits the account, and else in its own tab?"""

import json

import httpx
import pytest

from duologue.video.contract import Account
from duologue.video.registry import frame, is_framed, provider
from duologue_simulators.zoom import sdk
from duologue_simulators.zoom.simulator import Zoom
from tests.platforms import ATTENDEE, HOST, a_request

RIGHTS = [*Zoom.rights, "user:read:zak"]


@pytest.fixture
def with_key(zoom, settings):
    settings.DUOLOGUE_ZOOM_SDK_KEY, settings.DUOLOGUE_ZOOM_SDK_SECRET = sdk.KEY, sdk.SDK_SECRET
    settings.DUOLOGUE_ZOOM_SDK_ACCOUNT, settings.DUOLOGUE_ZOOM_SDK_BASE = sdk.ACCOUNT, zoom.url
    return zoom


def shown(zoom, visitor, rights=RIGHTS):
    account = Account("naoko@studio.example", zoom.connect(scopes=rights)[0])
    request = a_request()
    meeting = provider("zoom").create_meeting(request, idempotency_key="b:zoom:0", account=account)
    return frame(provider("zoom"), meeting, request, visitor, account=account)


def join(zoom, options):
    given = {"signature": options["signature"], "meetingNumber": options["meeting"], "zak": options["zak"]}
    with httpx.Client(trust_env=False) as web:
        return web.post(f"{zoom.url}/_frame/zoom", content=json.dumps(given)).status_code


@pytest.mark.parametrize(("visitor", "zak"), [(HOST, sdk.ZAK), (ATTENDEE, "")], ids=["host", "attendee"])
def test_each_joins_with_a_signature_of_their_own(with_key, visitor, zak):
    found = shown(with_key, visitor)
    assert found.options["zak"] == zak
    assert join(with_key, found.options) == 200
    assert join(with_key, {**found.options, "meeting": "81234567890"}) == 403
    assert all(script.startswith(with_key.url) for script in found.scripts)
    assert "zak" not in repr(found)


def test_a_meeting_of_another_account_is_not_framed(with_key, settings):
    settings.DUOLOGUE_ZOOM_SDK_ACCOUNT = "somebody-else"
    assert shown(with_key, HOST) is None


def test_a_host_to_whom_zoom_gives_no_token_goes_to_zoom(with_key):
    assert shown(with_key, HOST, rights=list(Zoom.rights)) is None
    assert shown(with_key, ATTENDEE, rights=list(Zoom.rights)) is not None


def test_without_a_key_of_the_operator_nothing_is_framed(zoom):
    assert not is_framed("zoom")
    assert shown(zoom, HOST) is None
