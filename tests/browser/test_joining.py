"""Does the door open by itself, and does the test page say what works?"""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from duologue.accounts.models import User
from duologue.bookings.models import Party
from duologue.calls.models import Join
from duologue.scheduling.models import EventType
from tests.browser.conftest import PATIENCE, Launch, visitor
from tests.rooms import link_of, make_room

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
A_MOMENT = timedelta(minutes=15, seconds=20)
"""Before a session: its door opens after some seconds. Browser and server have done something before, so that
even a slow machine shows the closed door in time."""
# As browsers do that let a page measure sound only once it was touched.
MEASURES_LATE = """
  addEventListener("pointerdown", () => { window.wasTouched = true; });
  window.AudioContext = class extends AudioContext {
    #gate = new GainNode(this);
    #touched = false;
    #source = null;
    get state() { return this.#touched ? super.state : "suspended"; }
    createMediaStreamSource(stream) {
      this.#source = super.createMediaStreamSource(stream);
      if (this.#touched) this.#source.connect(this.#gate);
      return this.#gate;
    }
    async resume() {
      if (!window.wasTouched) return;
      this.#touched = true;
      this.#source?.connect(this.#gate);
      await super.resume();
    }
  };
"""


def test_who_waits_at_the_door_is_let_in(live_server_url: str, launch: Launch, paid: EventType) -> None:
    guest = visitor(launch(), live_server_url)
    guest.goto(link_of(make_room(paid, begins_in=timedelta(days=1)), Party.ATTENDEE))
    booking = make_room(paid, begins_in=A_MOMENT)
    guest.goto(link_of(booking, Party.ATTENDEE))
    expect(guest.get_by_text("Leave this page open and it lets you in by itself.")).to_be_visible()
    guest.wait_for_url(f"**/video-call/{booking.pk}", timeout=2 * PATIENCE)
    assert Join.objects.get().way == Join.Way.JOIN_LINK


def test_a_wrong_clock_in_the_browser_changes_nothing(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    page = visitor(launch(), live_server_url, attendee)
    page.add_init_script("const real = Date.now; Date.now = () => real() - 3 * 3600 * 1000;")
    page.goto(f"/video-call/{make_room(paid, attendee, begins_in=timedelta(days=1)).pk}")
    booking = make_room(paid, attendee, begins_in=A_MOMENT)
    page.goto(f"/video-call/{booking.pk}")
    expect(page.get_by_role("heading", name="The room opens at")).to_be_visible()
    expect(page.get_by_role("heading", name="Naoko is not here yet")).to_be_visible(timeout=2 * PATIENCE)


def test_video_with_everything_in_place(live_server_url: str, launch: Launch) -> None:
    page = visitor(launch(), live_server_url)
    page.goto("/test-video")
    page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    expect(page.locator('[data-check="camera"] .result')).to_have_text("Works")
    expect(page.locator('[data-check="microphone"] .result')).to_have_text("Works")
    expect(page.locator('[data-check="browser"] .result')).to_have_text("Works")
    line = page.locator('[data-check="line"] .result')
    for _ in range(4):
        expect(line).not_to_have_text("Trying")
        if line.inner_text() == "Works":
            break
        # Measured while the machine had other things to do: one tests again, as people do.
        page.get_by_role("button", name="Test again").click()
    expect(line).to_have_text("Works")
    expect(page.locator('[data-check="way"] .result')).to_have_text("One network")
    expect(page.get_by_text("Play the tone to be sure of the sound.")).to_be_visible()
    page.get_by_role("button", name="Play a sound").click()
    page.get_by_role("button", name="I hear it").click()
    expect(page.get_by_text("All is well. You are ready for a call.")).to_be_visible()
    page.get_by_role("button", name="I hear nothing").click()
    expect(page.locator('[data-check="sound"] .result')).to_have_text("Not heard")


def test_video_claims_no_silence_where_nothing_is_measured_before_a_click(
    live_server_url: str, launch: Launch
) -> None:
    page = visitor(launch(), live_server_url)
    page.add_init_script(MEASURES_LATE)
    page.goto("/test-video")
    microphone = page.locator('[data-check="microphone"]')
    # Some seconds go by before anything is said.
    expect(microphone).to_contain_text("If the bars stay still, click anywhere on this page.")
    expect(microphone.locator(".result")).to_have_text("Works")
    page.get_by_role("heading", name="Test camera and sound").click()
    expect(microphone).to_contain_text("We hear you.")


def test_video_with_nothing_to_test(live_server_url: str, launch: Launch) -> None:
    page = visitor(launch(devices=False), live_server_url)
    page.goto("/test-video")
    for check in ("camera", "microphone"):
        expect(page.locator(f'[data-check="{check}"] .result')).to_have_text("Not found")
