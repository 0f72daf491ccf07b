"""Does a call go on while the server behind it is started anew, and does its record stay whole?"""

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page

from duologue.accounts.models import User
from duologue.bookings.models import Party
from duologue.core import clock
from duologue.scheduling.models import EventType
from duologue.usecases.attendance import attendance_of
from tests.browser.conftest import Launch, visitor, wait_until_it_answers
from tests.browser.test_call import Two, meet, see_each_other
from tests.conftest import product_environment
from tests.ports import free_port
from tests.rooms import make_room
from tests.stays import here, met

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 90_000
"""A connected page beats every twelve seconds, and a server needs its time to start."""
# Whatever a page shows in the other's place, and whether the line between the two really broke: on a machine
# that is too busy it may, and the page has to say so.
WATCH = """() => {
  window.alarms = [];
  const part = (name) => document.querySelector(`[data-part=${name}]`);
  const parts = ["between", "roomWords", "ended"].map(part);
  const look = () => {
    for (const one of parts) if (!one.hidden) window.alarms.push(one.innerText);
  };
  const watched = new MutationObserver(look);
  for (const one of parts) watched.observe(one, { attributes: true, attributeFilter: ["hidden"] });
  look();
}"""
NOTE_BREAKS = """
  window.breaks = 0;
  const Usual = RTCPeerConnection;
  window.RTCPeerConnection = class extends Usual {
    constructor(...given) {
      super(...given);
      this.addEventListener("connectionstatechange", () => {
        if (["disconnected", "failed"].includes(this.connectionState)) window.breaks += 1;
      });
    }
  };
"""


class Server:
    """A server of the test's own, which can end and come back at the same address."""

    def __init__(self) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "duologue", "web", "--port", str(self._port)]
        environment = {**product_environment(), "DUOLOGUE_BASE_URL": self.url}
        self._process = subprocess.Popen(command, env=environment)
        wait_until_it_answers(self._process, self._port)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None


@pytest.fixture
def own_server(transactional_db: None, static_files: None) -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def two(own_server: Server, launch: Launch, paid: EventType, attendee: User) -> Two:
    booking = make_room(paid, attendee)
    host, guest = (
        visitor(launch(), own_server.url, user, viewport={"width": 1280, "height": 800})
        for user in (paid.host.user, attendee)
    )
    return Two(booking, host, guest)


def test_a_call_outlives_a_restart_of_the_server(two: Two, own_server: Server) -> None:
    pages = (two.host, two.attendee)
    for page in pages:
        page.add_init_script(NOTE_BREAKS)
    meet(two)
    for page in pages:
        page.evaluate(WATCH)
    before = clock.now()
    # The server is away until each of the two has asked it in vain.
    with _in_vain(two.host), _in_vain(two.attendee):
        own_server.stop()
    see_each_other(*pages)
    own_server.start()
    after = clock.now()
    for page, party in zip(pages, (Party.HOST, Party.ATTENDEE), strict=True):
        _beats_until(page, lambda party=party: _is_whole(two, party, before, after))
        alarms, breaks = page.evaluate("[window.alarms, window.breaks]")
        assert not alarms or breaks, alarms
    see_each_other(*pages)
    assert here(two.booking, now=clock.now()) == set(Party)
    assert met(two.booking)
    # Signals go through the new server: a page that is loaded anew finds the other one there.
    two.attendee.reload()
    see_each_other(*pages)


def _in_vain(page: Page) -> Any:
    return page.expect_event("requestfailed", lambda request: _is_question(request.url), timeout=PATIENCE)


def _is_question(url: str) -> bool:
    return url.endswith("/exchange")


def _beats_until(page: Page, is_so: Any) -> None:
    """Look again whenever the page was answered; the first answer may be written down with the next one."""
    for _ in range(4):
        if is_so():
            return
        with page.expect_response(
            lambda answer: _is_question(answer.url) and answer.status == 200, timeout=PATIENCE
        ):
            pass
    assert is_so()


def _is_whole(two: Two, party: Party, before: datetime, after: datetime) -> bool:
    """Whether one interval tells that this one was there from before the restart until after it."""
    seen = attendance_of(two.booking).of(party)
    return any(one.start < before and one.end is not None and one.end > after for one in seen)
