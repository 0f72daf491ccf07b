"""Where only the relay lets packets through, do two browsers meet by the logins that we give out?"""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from duologue.calls import ice
from duologue.core import clock
from tests.browser.conftest import Launch, visitor
from tests.browser.test_call import HEARS, Two, meet, two
from tests.relay import SECRET, certificate, relay

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["certificate", "relay", "two"]

ONLY = """
  const servers = %s;
  const Real = RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(wishes) { super({ ...wishes, iceServers: servers, iceTransportPolicy: "relay" }); }
  };
"""
KINDS = """async () => {
  const found = await document.querySelector("[data-call]").callStatistics();
  const { selectedCandidatePairId } = found.find(({ type }) => type === "transport");
  const pair = found.find(({ id }) => id === selectedCandidatePairId);
  const kind = (wanted) => found.find(({ id }) => id === wanted).candidateType;
  return [kind(pair.localCandidateId), kind(pair.remoteCandidateId)];
}"""


def servers(relay: int, person: str, transport: str) -> str:
    expires_at = clock.machine() + timedelta(hours=1)
    urls = [f"turn:127.0.0.1:{relay}?transport={transport}"]
    return json.dumps(ice.ice_servers([], urls, SECRET, user=person, expires_at=expires_at))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_call_through_the_relay_alone(relay: int, two: Two, transport: str) -> None:
    for page, person in ((two.host, "host"), (two.attendee, "attendee")):
        page.add_init_script(ONLY % servers(relay, person, transport))
    meet(two)
    for page in (two.host, two.attendee):
        assert page.evaluate(KINDS) == ["relay", "relay"]
        page.wait_for_function(HEARS, polling=250)
    two.host.get_by_role("button", name="Settings").click()
    expect(two.host.get_by_text("Through our relay")).to_be_visible()


def test_the_test_page_finds_the_relay(relay: int, live_server_url: str, launch: Launch) -> None:
    page = visitor(launch(), live_server_url)
    given = servers(relay, "tester", "udp")
    page.route("**/test-video/servers", lambda route: route.fulfill(body=f'{{"iceServers": {given}}}'))
    page.goto("/test-video")
    # On one machine the relay sees no other address than the machine's own.
    expect(page.locator('[data-check="way"] .result')).to_have_text("Relayed")


def test_a_relay_that_is_not_there(live_server_url: str, launch: Launch) -> None:
    page = visitor(launch(), live_server_url)
    given = json.dumps([{"urls": ["turn:127.0.0.1:9?transport=tcp"], "username": "u", "credential": "c"}])
    page.route("**/test-video/servers", lambda route: route.fulfill(body=f'{{"iceServers": {given}}}'))
    page.goto("/test-video")
    expect(page.locator('[data-check="way"] .result')).to_have_text("Blocked")
    expect(page.get_by_text("A call would not work here.")).to_be_visible()
